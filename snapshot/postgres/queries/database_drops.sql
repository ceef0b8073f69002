-- Statements that drop what pg_dump takes along although it lies in no schema: for each such object of
-- the user's that is no member of an extension, in the server's own words.
SELECT 'DROP ' || pg_catalog.replace(i.type, '-', ' ') || ' IF EXISTS '
       || coalesce(  -- the identity of a transform is not how SQL names it
           (SELECT pg_catalog.format('FOR %s LANGUAGE %I',
                       pg_catalog.format_type(t.trftype, NULL), l.lanname)
            FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang
            WHERE object.classid = 'pg_catalog.pg_transform'::regclass AND t.oid = object.objid),
           i.identity) || ' CASCADE'
FROM (
    SELECT 'pg_catalog.pg_event_trigger'::regclass::oid, oid, 1 FROM pg_catalog.pg_event_trigger
  UNION ALL
    SELECT 'pg_catalog.pg_cast'::regclass::oid, oid, 2 FROM pg_catalog.pg_cast
  UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::regclass::oid, oid, 3 FROM pg_catalog.pg_foreign_server
  UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass::oid, oid, 4
    FROM pg_catalog.pg_foreign_data_wrapper
  UNION ALL
    SELECT 'pg_catalog.pg_transform'::regclass::oid, oid, 2 FROM pg_catalog.pg_transform
  UNION ALL
    SELECT 'pg_catalog.pg_am'::regclass::oid, oid, 5 FROM pg_catalog.pg_am
  UNION ALL
    SELECT 'pg_catalog.pg_language'::regclass::oid, oid, 5 FROM pg_catalog.pg_language
) object (classid, objid, turn)
CROSS JOIN LATERAL pg_catalog.pg_identify_object(object.classid, object.objid, 0) i
WHERE object.objid >= 16384  -- those below are the server's own (source: transam.h, FirstNormalObjectId)
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = object.classid AND d.objid = object.objid AND d.deptype IN ('e', 'i'))
ORDER BY object.turn, i.identity

-- Every object that users made, with its columns and their defaults, as the server names it. Of two
-- such lists, one before a DROP ... CASCADE and one after it, the difference is what was dropped.
SELECT DISTINCT i.type AS kind,
       coalesce((pg_catalog.parse_ident(i.schema))[1],
           -- triggers, rules, policies and defaults have the schema of their table
           CASE WHEN pg_catalog.array_length(a.object_names, 1) = 3 THEN a.object_names[1] END,
           '') AS schema,
       i.identity AS name
FROM (
    SELECT classid, objid, objsubid FROM pg_catalog.pg_depend WHERE deptype NOT IN ('e', 'i')
  UNION
    SELECT 'pg_catalog.pg_class'::regclass, c.attrelid, c.attnum
    FROM pg_catalog.pg_attribute c JOIN pg_catalog.pg_class t ON t.oid = c.attrelid
    WHERE c.attnum > 0 AND NOT c.attisdropped AND t.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
  UNION
    SELECT 'pg_catalog.pg_extension'::regclass, oid, 0 FROM pg_catalog.pg_extension
  UNION
    SELECT 'pg_catalog.pg_namespace'::regclass, oid, 0 FROM pg_catalog.pg_namespace
) o (classid, objid, objsubid)
CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, o.objsubid) i
CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(o.classid, o.objid, o.objsubid) a
WHERE o.objid >= 16384  -- those below are the server's own (source: transam.h, FirstNormalObjectId)
  AND i.identity IS NOT NULL
  -- parts of operator families go with them; large objects and publications are no part of a schema
  AND i.type NOT IN ('operator of access method', 'function of access method', 'large object')
  AND i.type NOT LIKE 'publication%'
  AND coalesce(i.schema, i.identity) !~ '^pg_(toast|temp)'
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend member
    WHERE member.classid = o.classid AND member.objid = o.objid AND member.deptype = 'e')

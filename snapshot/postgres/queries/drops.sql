-- Statements that empty the schema public without dropping it (its owner may be another role): for
-- each object that is no member of an extension and no part of another object, in the server's own
-- words (pg_identify_object quotes).
SELECT 'DROP ' || CASE i.type WHEN 'statistics object' THEN 'statistics' ELSE i.type END
       || ' IF EXISTS ' || i.identity || ' CASCADE'
FROM (
    SELECT 'pg_catalog.pg_class'::regclass::oid, oid, 1 FROM pg_catalog.pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND relpersistence <> 't'
  UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass::oid, oid, 2 FROM pg_catalog.pg_proc
    WHERE pronamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_operator'::regclass::oid, oid, 2 FROM pg_catalog.pg_operator
    WHERE oprnamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_opfamily'::regclass::oid, oid, 2 FROM pg_catalog.pg_opfamily
    WHERE opfnamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_collation'::regclass::oid, oid, 3 FROM pg_catalog.pg_collation
    WHERE collnamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::regclass::oid, oid, 2 FROM pg_catalog.pg_ts_config
    WHERE cfgnamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::regclass::oid, oid, 2 FROM pg_catalog.pg_ts_dict
    WHERE dictnamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_opclass'::regclass::oid, oid, 2 FROM pg_catalog.pg_opclass
    WHERE opcnamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_conversion'::regclass::oid, oid, 2 FROM pg_catalog.pg_conversion
    WHERE connamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_ts_parser'::regclass::oid, oid, 3 FROM pg_catalog.pg_ts_parser
    WHERE prsnamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_ts_template'::regclass::oid, oid, 3 FROM pg_catalog.pg_ts_template
    WHERE tmplnamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass::oid, oid, 2 FROM pg_catalog.pg_statistic_ext
    WHERE stxnamespace = 'public'::regnamespace
  UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass::oid, t.oid, 3 FROM pg_catalog.pg_type t
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typnamespace = 'public'::regnamespace
      AND (t.typtype IN ('e', 'd', 'r', 'b') OR NOT t.typisdefined OR (t.typtype = 'c' AND c.relkind = 'c'))
) object (classid, objid, turn)
CROSS JOIN LATERAL pg_catalog.pg_identify_object(object.classid, object.objid, 0) i
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = object.classid AND d.objid = object.objid AND d.deptype IN ('e', 'i')
      AND d.refobjid <> d.objid)  -- a partitioned table depends on its own key
ORDER BY object.turn, i.identity

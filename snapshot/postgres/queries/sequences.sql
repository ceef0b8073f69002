-- All sequences, with the table that owns each (serial: 'a', identity: 'i'), and those that have a
-- default of it.
SELECT n.nspname AS schema, c.relname AS name, tn.nspname AS owner_schema, t.relname AS owner_name,
       s.seqincrement < 0 AS descending, s.seqstart AS start,
       ARRAY(
           SELECT DISTINCT ARRAY[un.nspname::text, u.relname::text]
           FROM pg_catalog.pg_depend x
           JOIN pg_catalog.pg_attrdef a ON a.oid = x.objid
           JOIN pg_catalog.pg_class u ON u.oid = a.adrelid
           JOIN pg_catalog.pg_namespace un ON un.oid = u.relnamespace
           WHERE x.classid = 'pg_catalog.pg_attrdef'::regclass AND x.refobjid = c.oid
             AND x.refclassid = 'pg_catalog.pg_class'::regclass
           ORDER BY 1
       ) AS used_by
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d
       ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend e
      WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"

-- Indexes of ordinary tables that can be dropped and built again exactly as they were: nothing but
-- foreign keys depends on them, and their definition says everything about them. What
-- pg_get_constraintdef() leaves out (storage parameters, tablespace) keeps an index where it is.
SELECT n.nspname AS schema,
       c.relname AS table_name,
       x.relname AS name,
       con.oid IS NOT NULL AS is_constraint,
       coalesce(pg_catalog.pg_get_constraintdef(con.oid), pg_catalog.pg_get_indexdef(x.oid))
           AS definition,
       pg_catalog.obj_description(x.oid, 'pg_class') AS index_comment,
       pg_catalog.obj_description(con.oid, 'pg_constraint') AS constraint_comment,
       i.indisclustered AS clustered,
       i.indisreplident AS replica_identity
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_constraint con
    ON con.conindid = x.oid AND con.conrelid = c.oid AND con.contype IN ('p', 'u', 'x')
WHERE c.relkind = 'r' AND NOT c.relispartition AND x.relkind = 'i'
  AND i.indisvalid AND i.indisready AND i.indislive
  AND x.reltablespace = 0 AND (con.oid IS NULL OR x.reloptions IS NULL)
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE ((d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = x.oid)
          OR (d.refclassid = 'pg_catalog.pg_constraint'::regclass AND d.refobjid = con.oid))
        AND NOT (d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = x.oid)
        AND NOT (d.classid = 'pg_catalog.pg_constraint'::regclass AND EXISTS (
            SELECT FROM pg_catalog.pg_constraint f WHERE f.oid = d.objid AND f.contype = 'f')))
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = x.oid
        AND d.deptype IN ('e', 'x'))
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = x.oid AND coalesce(a.attstattarget, -1) >= 0)
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", x.relname COLLATE "C"

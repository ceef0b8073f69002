-- Users' rules on tables with their state; a view's cannot be switched.
SELECT n.nspname AS schema, c.relname AS table_name,
       rn.nspname AS root_schema, r.relname AS root_name,
       w.rulename AS name, w.ev_enabled::text AS enabled
FROM pg_catalog.pg_rewrite w
JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class r ON r.oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", w.rulename COLLATE "C"

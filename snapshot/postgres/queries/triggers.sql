-- Users' triggers with their state, roots of partition trees before their partitions: enabling one on
-- the root also enables its copies, each of which is then given its own state.
SELECT n.nspname AS schema, c.relname AS table_name,
       rn.nspname AS root_schema, r.relname AS root_name,
       g.tgname AS name, g.tgenabled::text AS enabled
FROM pg_catalog.pg_trigger g
JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class r ON r.oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE NOT g.tgisinternal AND c.relkind IN ('r', 'p')
ORDER BY c.relispartition, c.relkind DESC, n.nspname COLLATE "C", c.relname COLLATE "C", g.tgname COLLATE "C"

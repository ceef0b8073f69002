-- Users' triggers with their state, roots of partition trees before their partitions: enabling one on
-- the root also enables its copies, each of which is then given its own state. Until 14 such copies
-- count as internal.
SELECT n.nspname AS schema, c.relname AS table_name,
       rn.nspname AS root_schema, r.relname AS root_name,
       g.tgname AS name, g.tgenabled::text AS enabled
FROM pg_catalog.pg_trigger g
JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class r ON r.oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE (NOT g.tgisinternal OR (g.tgparentid <> 0 AND EXISTS (
          SELECT FROM pg_catalog.pg_trigger above
          WHERE above.tgname = g.tgname AND NOT above.tgisinternal AND above.tgrelid IN (
              SELECT relid FROM pg_catalog.pg_partition_ancestors(c.oid)))))
  AND (c.relkind IN ('r', 'p') OR (c.relkind = 'f' AND c.relispartition))
ORDER BY (SELECT pg_catalog.count(*) FROM pg_catalog.pg_partition_ancestors(c.oid)),
         n.nspname COLLATE "C", c.relname COLLATE "C", g.tgname COLLATE "C"

-- Tables and partitioned tables of users, with the relations that hold their rows.
SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'p' AS partitioned,
       leaf_n.nspname AS leaf_schema, leaf.relname AS leaf_name, leaf.oid::bigint AS oid,
       -- a table that was never analysed has an estimate of 0 or -1 rows
       CASE WHEN leaf.reltuples > 0 THEN leaf.reltuples::bigint
            ELSE pg_catalog.pg_relation_size(leaf.oid) / 8192 * 50 END AS rows
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT c.oid WHERE c.relkind = 'r'
  UNION ALL
    SELECT part.relid::oid FROM pg_catalog.pg_partition_tree(c.oid) part
    WHERE c.relkind = 'p' AND part.isleaf
) held (oid)
JOIN pg_catalog.pg_class leaf ON leaf.oid = held.oid AND leaf.relkind = 'r'
JOIN pg_catalog.pg_namespace leaf_n ON leaf_n.oid = leaf.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", leaf_n.nspname COLLATE "C",
         leaf.relname COLLATE "C"

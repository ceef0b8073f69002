-- Unique indexes of tables that are no partitions, each with its columns and expressions as SQL.
SELECT n.nspname AS schema, c.relname AS name, i.relname AS index,
       ARRAY(SELECT pg_catalog.pg_get_indexdef(x.indexrelid, k, true)
             FROM pg_catalog.generate_series(1, x.indnkeyatts::int) k ORDER BY k) AS keys,
       pg_catalog.pg_get_expr(x.indpred, x.indrelid, true) AS predicate,
       -- since PostgreSQL 15
       coalesce((pg_catalog.to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_equal,
       c.relkind = 'p' AS partitioned
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE x.indisunique AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", i.relname COLLATE "C"

-- Checks of tables that hold for all their rows; what a table inherits is its parent's.
SELECT n.nspname AS schema, c.relname AS name, k.conname AS check,
       pg_catalog.pg_get_expr(k.conbin, k.conrelid, true) AS expression
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND k.convalidated AND k.coninhcount = 0
  AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", k.conname COLLATE "C"

-- CHECK constraints that are NOT VALID: they hold for rows that are loaded, not for those that were there.
SELECT n.nspname AS schema, c.relname AS table_name, k.conname AS name,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition,
       pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND NOT k.convalidated AND k.coninhcount = 0
  AND coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", k.conname COLLATE "C"

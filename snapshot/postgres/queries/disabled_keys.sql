-- Foreign keys that ALTER TABLE ... DISABLE TRIGGER ALL has switched off. pg_dump does not say so.
SELECT DISTINCT n.nspname AS schema, c.relname AS table_name, k.conname AS name
FROM pg_catalog.pg_trigger g
JOIN pg_catalog.pg_constraint k ON k.oid = g.tgconstraint
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE g.tgisinternal AND g.tgenabled <> 'O' AND k.contype = 'f'
ORDER BY 1, 2, 3

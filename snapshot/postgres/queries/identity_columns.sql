-- Columns that are GENERATED ALWAYS AS IDENTITY: an UPDATE may not set them.
SELECT n.nspname AS schema, c.relname AS table_name, a.attname AS name
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attidentity = 'a' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'

-- Columns of users' tables that no subset may write as NULL: by themselves, by their domain, or
-- because they are computed.
WITH RECURSIVE refusing (oid) AS (
    SELECT oid FROM pg_catalog.pg_type WHERE typtype = 'd' AND typnotnull
  UNION
    SELECT t.oid FROM pg_catalog.pg_type t JOIN refusing ON t.typbasetype = refusing.oid
    WHERE t.typtype = 'd'
)
SELECT n.nspname AS schema, c.relname AS name, a.attname AS column
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND (a.attnotnull OR a.attgenerated <> '' OR a.atttypid IN (SELECT oid FROM refusing))
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'

-- Options that servers since the minor releases of late 2026 (15.20, 17.12) keep for themselves at
-- every column. A pg_dump older than those writes them down, and other servers refuse them.
SELECT DISTINCT o.option
FROM pg_catalog.pg_attribute a, pg_catalog.unnest(a.attoptions) o (option)
WHERE o.option LIKE 'pg\_attver=%'
ORDER BY o.option

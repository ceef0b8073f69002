-- The columns' own types, domains included; checks and exclusions, as the server prints them.
SELECT n.nspname AS schema,
       c.relname AS name,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            a.attname, a.atttypid::bigint, a.atttypmod) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                     k.conname, pg_catalog.pg_get_expr(k.conbin, k.conrelid),
                     (SELECT pg_catalog.array_agg(a.attname)
                      FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey))) ORDER BY k.conname)
                 FROM pg_catalog.pg_constraint k
                 WHERE k.conrelid = c.oid AND k.contype = 'c'), '[]') AS checks,
       -- exclusion constraints; since PostgreSQL 18 also keys WITHOUT OVERLAPS
       coalesce((SELECT pg_catalog.json_agg((SELECT pg_catalog.array_agg(a.attname)
                      FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])))
                 FROM pg_catalog.pg_index i
                 WHERE i.indrelid = c.oid AND i.indisexclusion), '[]') AS exclusions
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
  AND EXISTS (SELECT FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
ORDER BY 1, 2

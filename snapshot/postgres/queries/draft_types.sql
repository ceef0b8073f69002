-- All types that a user's column may have: what they are made of, and the checks of domains.
SELECT t.oid::bigint AS oid,
       t.typname AS name,
       pg_catalog.format_type(t.oid, NULL) AS sql,
       t.typtype AS kind,
       t.typcategory AS category,
       CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN t.typelem::bigint ELSE 0 END AS element,
       t.typbasetype::bigint AS base,
       t.typtypmod AS modifier,
       coalesce((SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
                 FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), '{}') AS labels,
       -- multiranges are there since PostgreSQL 14
       coalesce((SELECT r.rngsubtype::bigint FROM pg_catalog.pg_range r
                 WHERE t.oid IN (r.rngtypid,
                                 (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::bigint::oid)
                ), 0) AS subtype,
       coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                     a.attname, a.atttypid::bigint, a.atttypmod) ORDER BY a.attnum)
                 FROM pg_catalog.pg_attribute a
                 WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '[]'
               ) AS fields,
       coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                     c.conname, pg_catalog.pg_get_expr(c.conbin, 0)) ORDER BY c.conname)
                 FROM pg_catalog.pg_constraint c
                 WHERE c.contypid = t.oid AND c.contype = 'c'), '[]') AS checks
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('b', 'd', 'e', 'r', 'm')
   OR t.typtype = 'c' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
ORDER BY 1

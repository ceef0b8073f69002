-- How each foreign key compares: operators (referenced OP referencing) and, where the collations of
-- the two columns differ, the referenced column's, which decides (source: ri_triggers.c). The last
-- column of a key with PERIOD (since PostgreSQL 18) is a range that the referenced ones cover.
SELECT n.nspname AS schema, t.relname AS name, k.conname AS key,
       coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false) AS period,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                   o_n.nspname, o.oprname, collation_n.nspname, c.collname) ORDER BY u.position)
        FROM ROWS FROM (pg_catalog.unnest(k.conpfeqop), pg_catalog.unnest(k.conkey),
                        pg_catalog.unnest(k.confkey))
             WITH ORDINALITY u (operator, here, there, position)
        JOIN pg_catalog.pg_operator o ON o.oid = u.operator
        JOIN pg_catalog.pg_namespace o_n ON o_n.oid = o.oprnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.here
        JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.there
        LEFT JOIN pg_catalog.pg_collation c
               ON c.oid = b.attcollation AND a.attcollation <> b.attcollation
        LEFT JOIN pg_catalog.pg_namespace collation_n ON collation_n.oid = c.collnamespace
       ) AS comparisons
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class t ON t.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0

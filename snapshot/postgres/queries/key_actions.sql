-- What a foreign key does when a referenced row goes (NO ACTION a, RESTRICT r, CASCADE c, SET NULL n,
-- SET DEFAULT d), the unique index that it needs, and how it compares. conperiod exists since
-- PostgreSQL 18.
SELECT n.nspname AS schema, t.relname AS table_name, k.conname AS name,
       k.confdeltype::text AS on_delete, k.confupdtype::text AS on_update,
       x.relname AS needs,
       coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false) AS period,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(opn.nspname, op.oprname)
                                   ORDER BY o.position)
        FROM pg_catalog.unnest(k.conpfeqop) WITH ORDINALITY o (oid, position)
        JOIN pg_catalog.pg_operator op ON op.oid = o.oid
        JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace) AS operators
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class t ON t.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
JOIN pg_catalog.pg_class x ON x.oid = k.conindid
WHERE k.contype = 'f' AND k.conparentid = 0

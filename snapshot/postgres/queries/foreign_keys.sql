-- Foreign keys as the user made them. A partition's copy of its parent's key (conparentid <> 0) only
-- follows its parent; it cannot be altered by itself. conenforced exists since PostgreSQL 18.
SELECT k.conname AS name,
       tn.nspname AS table_schema, t.relname AS table_name,
       rn.nspname AS referenced_schema, r.relname AS referenced_name,
       trn.nspname AS root_schema, tr.relname AS root_name,
       rrn.nspname AS referenced_root_schema, rr.relname AS referenced_root_name,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY c (attnum, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.attnum
             ORDER BY c.position) AS columns,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY c (attnum, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = c.attnum
             ORDER BY c.position) AS referenced_columns,
       k.condeferrable AS deferrable,
       k.condeferred AS deferred,
       k.convalidated AS validated,
       coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true) AS enforced,
       k.confmatchtype = 'f' AS match_full,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition,
       pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class t ON t.oid = k.conrelid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
JOIN pg_catalog.pg_class tr ON tr.oid = coalesce(pg_catalog.pg_partition_root(t.oid), t.oid)
JOIN pg_catalog.pg_namespace trn ON trn.oid = tr.relnamespace
JOIN pg_catalog.pg_class rr ON rr.oid = coalesce(pg_catalog.pg_partition_root(r.oid), r.oid)
JOIN pg_catalog.pg_namespace rrn ON rrn.oid = rr.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0
ORDER BY tn.nspname COLLATE "C", t.relname COLLATE "C", k.conname COLLATE "C"

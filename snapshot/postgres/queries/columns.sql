-- What a row of a table needs: columns with their base types, defaults and sequences, and unique
-- indexes with the server's own text of expressions and predicates.
WITH RECURSIVE base (oid, type, not_null) AS (
    SELECT oid, CASE WHEN typtype = 'd' THEN typbasetype ELSE oid END, typnotnull
    FROM pg_catalog.pg_type
  UNION
    SELECT base.oid, t.typbasetype, base.not_null OR t.typnotnull
    FROM base JOIN pg_catalog.pg_type t ON t.oid = base.type AND t.typtype = 'd'
)
SELECT n.nspname AS schema,
       c.relname AS name,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
               'name', a.attname,
               'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
               'oid', t.oid::bigint,
               'category', CASE WHEN t.typtype = 'e' THEN 'E' ELSE t.typcategory::text END,
               'labels', (SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
                          FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
               'length', CASE WHEN t.oid IN ('varchar'::regtype, 'bpchar'::regtype)
                              THEN nullif(a.atttypmod, -1) - 4 END,
               'exact', t.oid IN ('bool'::regtype, 'int2'::regtype, 'int4'::regtype,
                                  'int8'::regtype, 'text'::regtype, 'varchar'::regtype,
                                  'uuid'::regtype, 'date'::regtype, 'timestamptz'::regtype,
                                  'timestamp'::regtype, 'numeric'::regtype)
                        AND coalesce(l.collisdeterministic, true) OR t.typtype = 'e',
               'not_null', a.attnotnull OR base.not_null,
               'default', CASE WHEN a.attidentity <> '' THEN ''
                               WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                          END,
               'generated', a.attgenerated <> '',
               'sequence', coalesce(
                   pg_catalog.pg_get_serial_sequence(
                       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
                       a.attname),
                   (SELECT pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(s.relname)
                    FROM pg_catalog.pg_depend p
                    JOIN pg_catalog.pg_class s ON s.oid = p.refobjid AND s.relkind = 'S'
                    JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
                    WHERE p.classid = 'pg_catalog.pg_attrdef'::regclass AND p.objid = d.oid
                      AND p.refclassid = 'pg_catalog.pg_class'::regclass
                    LIMIT 1)),
               'primary', a.attnum = ANY (key.indkey)
           ) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        JOIN base ON base.oid = a.atttypid
        JOIN pg_catalog.pg_type t ON t.oid = base.type AND t.typtype <> 'd'
        LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
               'name', x.relname,
               'primary', i.indisprimary,
               'columns', CASE WHEN i.indexprs IS NULL THEN (
                   SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.position)
                   FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, position)
                   JOIN pg_catalog.pg_attribute a
                     ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                   WHERE k.position <= i.indnkeyatts) END,
               'expressions', (
                   SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(i.indexrelid, p, true) ORDER BY p)
                   FROM pg_catalog.generate_series(1, i.indnkeyatts::int) p),
               'predicate', pg_catalog.pg_get_expr(i.indpred, i.indrelid, true),
               -- the column is there since PostgreSQL 15
               'nulls_distinct', NOT coalesce(
                   (pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)
           ) ORDER BY x.relname)
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid) AS uniques
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index key ON key.indrelid = c.oid AND key.indisprimary
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
  AND EXISTS (SELECT FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
ORDER BY 1, 2

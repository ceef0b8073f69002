-- What masking must know of tables beyond the catalog: the types of columns without domain, array and
-- modifier, unique indexes, exclusion constraints, checks, partition keys, and what inherits what.
WITH RECURSIVE base (oid, type, modifier, not_null) AS (
    SELECT oid, CASE WHEN typtype = 'd' THEN typbasetype ELSE oid END,
           CASE WHEN typtype = 'd' THEN typtypmod ELSE -1 END, typtype = 'd' AND typnotnull
    FROM pg_catalog.pg_type
  UNION
    SELECT base.oid, t.typbasetype, CASE WHEN base.modifier >= 0 THEN base.modifier ELSE t.typtypmod END,
           base.not_null OR t.typnotnull
    FROM base JOIN pg_catalog.pg_type t ON t.oid = base.type AND t.typtype = 'd'
), plain (oid, type, modifier, not_null) AS (
    SELECT base.oid, base.type, base.modifier, base.not_null
    FROM base JOIN pg_catalog.pg_type t ON t.oid = base.type AND t.typtype <> 'd'
), own_function AS (  -- the server's own: an expression that calls others is not evaluated here
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.refobjid >= 16384
)
SELECT n.nspname AS schema,
       c.relname AS name,
       (SELECT pg_catalog.json_agg(
                   pg_catalog.json_build_array(pn.nspname, p.relname) ORDER BY i.inhseqno)
        FROM pg_catalog.pg_inherits i
        JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
        JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
        WHERE i.inhrelid = c.oid AND NOT c.relispartition) AS parents,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
               'name', a.attname,
               -- of an extension its own word, wherever it was installed
               'type', CASE WHEN x.objid IS NULL THEN pg_catalog.format_type(e.oid, NULL)
                            ELSE e.typname::text END,
               'kind', CASE WHEN x.objid IS NOT NULL THEN 'x' ELSE e.typtype::text END,
               'array', e.oid <> t.oid,
               'modifier', CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE plain.modifier END,
               'not_null', a.attnotnull OR plain.not_null,
               'identity', a.attidentity <> '',
               'labels', (SELECT pg_catalog.array_agg(l.enumlabel::text ORDER BY l.enumsortorder)
                          FROM pg_catalog.pg_enum l WHERE l.enumtypid = e.oid),
               'fields', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                                     f.attname, pg_catalog.format_type(f.atttypid, NULL))
                                 ORDER BY f.attnum)
                          FROM pg_catalog.pg_attribute f
                          WHERE f.attrelid = e.typrelid AND f.attnum > 0 AND NOT f.attisdropped)
           ) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        JOIN plain ON plain.oid = a.atttypid
        JOIN pg_catalog.pg_type t ON t.oid = plain.type
        -- of an array its element, without the element's domain
        LEFT JOIN plain element ON element.oid = t.typelem AND t.typcategory = 'A'
        JOIN pg_catalog.pg_type e ON e.oid = coalesce(element.type, t.oid)
        LEFT JOIN pg_catalog.pg_depend x
               ON x.classid = 'pg_catalog.pg_type'::regclass AND x.objid = e.oid AND x.deptype = 'e'
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       ) AS columns,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
               'name', ix.relname,
               'columns', ARRAY(
                   SELECT a.attname::text
                   FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, position)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
                   WHERE k.position <= i.indnkeyatts ORDER BY k.position),
               -- a column that is computed from others stands for an expression over them
               'expressions', i.indexprs IS NOT NULL OR EXISTS (
                   SELECT FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
                     AND a.attgenerated <> ''),
               'reads', ARRAY(  -- its columns, those in expressions, and what they are computed from
                   SELECT DISTINCT coalesce(source.attname, a.attname)::text
                   FROM pg_catalog.pg_attribute a
                   LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
                                                    AND a.attgenerated <> ''
                   LEFT JOIN pg_catalog.pg_depend d
                          -- before 15 the column depends on them, since then its expression
                          ON (d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
                              OR d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = f.adrelid
                             AND d.objsubid = f.adnum)
                         AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid
                         AND d.refobjsubid > 0 AND d.refobjsubid <> a.attnum
                   LEFT JOIN pg_catalog.pg_attribute source
                          ON source.attrelid = c.oid AND source.attnum = d.refobjsubid
                   WHERE a.attrelid = c.oid AND (a.attnum = ANY (i.indkey::int2[]) OR EXISTS (
                       SELECT FROM pg_catalog.pg_depend x
                       WHERE x.classid = 'pg_catalog.pg_class'::regclass AND x.objid = i.indexrelid
                         AND x.refclassid = 'pg_catalog.pg_class'::regclass AND x.refobjid = c.oid
                         AND x.refobjsubid = a.attnum))
                   ORDER BY 1),
               'folded', ARRAY(  -- columns whose capitals count for nothing
                   SELECT a.attname::text FROM pg_catalog.pg_attribute a
                   JOIN plain ON plain.oid = a.atttypid
                   JOIN pg_catalog.pg_type t ON t.oid = plain.type
                   LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
                   WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
                     AND (t.typname = 'citext' OR NOT l.collisdeterministic)
                   ORDER BY 1),
               'predicate', CASE WHEN NOT EXISTS (
                   SELECT FROM own_function f
                   WHERE f.classid = 'pg_catalog.pg_class'::regclass AND f.objid = i.indexrelid)
                   THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END,
               'nulls_distinct', NOT coalesce(
                   (pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)
           ) ORDER BY ix.relname)
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ix ON ix.oid = i.indexrelid
        WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid) AS uniques,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
               'name', k.conname,
               'columns', ARRAY(
                   SELECT a.attname::text
                   FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY p (attnum, position)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum
                   ORDER BY p.position),
               'operators', ARRAY(
                   SELECT o.oprname::text
                   FROM pg_catalog.unnest(k.conexclop) WITH ORDINALITY p (operator, position)
                   JOIN pg_catalog.pg_operator o ON o.oid = p.operator ORDER BY p.position)
           ) ORDER BY k.conname)
        FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'x') AS exclusions,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
               'name', k.conname,
               'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid),
               'columns', ARRAY(
                   SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) p (attnum)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum
                   ORDER BY 1)
           ) ORDER BY k.conname)
        FROM pg_catalog.pg_constraint k
        WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.convalidated
          AND NOT EXISTS (SELECT FROM own_function f
                          WHERE f.classid = 'pg_catalog.pg_constraint'::regclass AND f.objid = k.oid)
       ) AS checks,
       pt.partstrat::text AS strategy,
       coalesce(pt.partdefid, 0) <> 0 AS default_partition,
       coalesce((SELECT pg_catalog.json_agg(DISTINCT a.attname)
        FROM pg_catalog.pg_partitioned_table sub
        JOIN pg_catalog.pg_attribute a ON a.attrelid = sub.partrelid
         AND (a.attnum = ANY (sub.partattrs::int2[]) OR EXISTS (
             -- a column in an expression depends on its table (source: heap.c, StorePartitionKey)
             SELECT FROM pg_catalog.pg_depend d
             WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = sub.partrelid
               AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = sub.partrelid
               AND d.objsubid = a.attnum AND d.refobjsubid = 0 AND sub.partexprs IS NOT NULL))
        WHERE sub.partstrat <> 'h'
          AND sub.partrelid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid))
          AND NOT (sub.partdefid <> 0 AND sub.partrelid = c.oid)
       ), '[]') AS bound_columns
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_partitioned_table pt ON pt.partrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"

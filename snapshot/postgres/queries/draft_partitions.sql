-- Partitions with what they take, parents first. An expression in the key has no column.
SELECT n.nspname AS schema,
       r.relname AS name,
       i.inhparent::bigint AS parent,
       p.oid::bigint AS partition,
       p.relkind = 'p' AS divided,
       k.partstrat AS strategy,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY c.position)
        FROM pg_catalog.unnest(k.partattrs::int2[]) WITH ORDINALITY c (attnum, position)
        LEFT JOIN pg_catalog.pg_attribute a
          ON a.attrelid = i.inhparent AND a.attnum = c.attnum AND c.attnum > 0) AS columns,
       pg_catalog.pg_get_expr(p.relpartbound, p.oid) AS bound
FROM pg_catalog.pg_class r
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
CROSS JOIN pg_catalog.pg_partition_tree(r.oid) t
JOIN pg_catalog.pg_inherits i ON i.inhrelid = t.relid
JOIN pg_catalog.pg_class p ON p.oid = t.relid
JOIN pg_catalog.pg_partitioned_table k ON k.partrelid = i.inhparent
WHERE r.relkind = 'p' AND NOT r.relispartition
ORDER BY 1, 2, t.level, bound

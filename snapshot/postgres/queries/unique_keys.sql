-- What keeps two rows from being alike: unique constraints and indexes, and exclusion constraints,
-- as the user made them (a partition's copy only follows its parent). `involved` are all columns
-- that decide, those of expressions and of a predicate too. `operators` tell equal values of the
-- key's columns. indnullsnotdistinct exists since PostgreSQL 15.
SELECT n.nspname AS schema, c.relname AS table_name,
       rn.nspname AS root_schema, r.relname AS root_name,
       x.relname AS name,
       con.oid IS NOT NULL AS is_constraint,
       -- of a partitioned table "ON ONLY", for pg_dump attaches those of the partitions one by one
       coalesce(pg_catalog.pg_get_constraintdef(con.oid),
                CASE WHEN c.relkind = 'p'
                     THEN pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(x.oid), ' ON ONLY ', ' ON ')
                     ELSE pg_catalog.pg_get_indexdef(x.oid) END) AS definition,
       pg_catalog.obj_description(x.oid, 'pg_class') AS index_comment,
       pg_catalog.obj_description(con.oid, 'pg_constraint') AS constraint_comment,
       i.indisclustered AS clustered,
       i.indisreplident AS replica_identity,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
             WHERE k.position <= i.indnkeyatts ORDER BY k.position) AS columns,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0
               AND a.attnum = ANY (used.numbers) ORDER BY a.attnum) AS involved,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       i.indexprs IS NOT NULL OR i.indisexclusion OR EXISTS (
           SELECT FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = c.oid AND a.attgenerated <> ''
             AND a.attnum = ANY (used.numbers)) AS opaque,
       coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_equal,
       coalesce(con.condeferrable, false) AS deferrable,
       c.relkind = 'p' AS partitioned,
       coalesce((
           SELECT pg_catalog.json_agg(pg_catalog.json_build_array(opn.nspname, op.oprname)
                                      ORDER BY k.position)
           FROM pg_catalog.unnest(i.indclass::oid[]) WITH ORDINALITY k (opclass, position)
           JOIN pg_catalog.pg_opclass oc ON oc.oid = k.opclass AND oc.opcmethod = 403  -- btree
           JOIN pg_catalog.pg_amop am ON am.amopfamily = oc.opcfamily AND am.amopstrategy = 3
               AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype
           JOIN pg_catalog.pg_operator op ON op.oid = am.amopopr
           JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
           WHERE k.position <= i.indnkeyatts), '[]') AS operators
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class r ON r.oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
LEFT JOIN pg_catalog.pg_constraint con
    ON con.conindid = x.oid AND con.conrelid = c.oid AND con.contype IN ('p', 'u', 'x')
CROSS JOIN LATERAL (
    SELECT ARRAY(
        SELECT attnum FROM pg_catalog.unnest(i.indkey::int2[]) k (attnum)
      UNION
        SELECT d.refobjsubid::int2 FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid
          AND ((d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = x.oid)
            OR (d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = con.oid))
    ) AS numbers
) used
WHERE (i.indisunique OR i.indisexclusion) AND i.indislive AND NOT x.relispartition
  AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", x.relname COLLATE "C"

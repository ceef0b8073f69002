-- What decides which mask a column can have: its type without domains, array and modifier, unique
-- indexes, partition keys, exclusion constraints, comments, and the parent it is inherited from.
WITH RECURSIVE base (oid, type, modifier, array_, not_null) AS (
    SELECT oid, oid, -1, false, false FROM pg_catalog.pg_type
  UNION
    SELECT b.oid,
           CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END,
           CASE WHEN t.typtype = 'd' AND t.typtypmod <> -1 THEN t.typtypmod ELSE b.modifier END,
           b.array_ OR t.typtype <> 'd',
           b.not_null OR t.typtype = 'd' AND t.typnotnull AND NOT b.array_
    FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type
    WHERE t.typtype = 'd' OR t.typcategory = 'A' AND t.typlen = -1 AND t.typelem <> 0
)
SELECT n.nspname AS schema,
       c.relname AS table_name,
       pg_catalog.obj_description(c.oid, 'pg_class') AS table_comment,
       a.attname AS name,
       pg_catalog.format_type(t.oid, NULL) AS type,
       t.typtype::text AS kind,
       b.array_ AS array,
       -- types below 16384 are the server's own (source: transam.h, FirstNormalObjectId)
       t.oid < 16384 OR t.typtype = 'e' AS known,
       CASE WHEN t.typtype = 'b' AND t.oid >= 16384 THEN t.typname::text END AS extension_type,
       a.attnotnull OR b.not_null AS not_null,
       a.attgenerated <> '' AS generated,
       pg_catalog.col_description(c.oid, a.attnum) AS comment,
       (SELECT x.relname::text
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        WHERE i.indrelid = c.oid AND i.indisunique
          AND (a.attnum = ANY (i.indkey::int2[]) OR EXISTS (  -- an expression of it
               SELECT FROM pg_catalog.pg_depend d
               WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
                 AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid
                 AND d.refobjsubid = a.attnum))
        ORDER BY i.indnkeyatts, x.relname LIMIT 1) AS unique_index,
       EXISTS (SELECT FROM pg_catalog.pg_index i
               WHERE i.indrelid = c.oid AND i.indisexclusion
                 AND a.attnum = ANY (i.indkey::int2[])) AS excluded,
       EXISTS (SELECT FROM pg_catalog.pg_partition_tree(c.oid) part
               JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = part.relid
               JOIN pg_catalog.pg_attribute pa ON pa.attrelid = p.partrelid
                AND pa.attnum = ANY (p.partattrs::int2[])
               WHERE pa.attname = a.attname AND c.relkind = 'p') AS partition_key,
       (SELECT pg_catalog.json_build_array(un.nspname, u.relname)
        FROM pg_catalog.pg_inherits h
        JOIN pg_catalog.pg_class u ON u.oid = h.inhparent
        JOIN pg_catalog.pg_namespace un ON un.oid = u.relnamespace
        JOIN pg_catalog.pg_attribute ua ON ua.attrelid = u.oid AND ua.attname = a.attname
         AND NOT ua.attisdropped
        WHERE h.inhrelid = c.oid ORDER BY h.inhseqno LIMIT 1) AS inherited_from
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN base b ON b.oid = a.atttypid
JOIN pg_catalog.pg_type t ON t.oid = b.type
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND t.typtype <> 'd' AND NOT (t.typcategory = 'A' AND t.typlen = -1 AND t.typelem <> 0)
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum

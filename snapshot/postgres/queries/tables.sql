-- Tables whose rows a snapshot may hold: ordinary tables and roots of partition trees, with their
-- columns in order. Members of extensions are left out, but for their configuration tables, of which
-- only the rows that match extcondition are the user's (documentation: 38.17.3, extension
-- configuration tables).
WITH RECURSIVE base (oid, type) AS (
    SELECT oid, CASE WHEN typtype = 'd' THEN typbasetype ELSE oid END FROM pg_catalog.pg_type
  UNION
    SELECT base.oid, t.typbasetype
    FROM base JOIN pg_catalog.pg_type t ON t.oid = base.type AND t.typtype = 'd'
), portable (oid) AS (
    -- types whose binary form is documented nowhere but has not changed since 13, and does not
    -- depend on the database as money's (lc_monetary) or an array of enums' (oids) does
    SELECT pg_catalog.to_regtype(name) FROM pg_catalog.unnest('{bool, bytea, "\"char\"", name, int8, int2,
        int4, text, oid, json, jsonb, float4, float8, numeric, bpchar, varchar, date, time, timetz,
        timestamp, timestamptz, interval, bit, varbit, uuid, inet, cidr, macaddr, macaddr8, point,
        lseg, path, box, polygon, line, circle, tsvector, int4range, int8range, numrange,
        daterange, tsrange, tstzrange, int4multirange, int8multirange, nummultirange,
        datemultirange, tsmultirange, tstzmultirange}'::text[]) name
), binary_safe (oid) AS (
    SELECT oid FROM portable
  UNION
    SELECT t.typarray FROM pg_catalog.pg_type t JOIN portable USING (oid)
  UNION
    SELECT oid FROM pg_catalog.pg_type WHERE typtype = 'e'  -- sent as its label
), plain (oid, type, binary_safe) AS (
    SELECT base.oid, base.type, base.type IN (SELECT oid FROM binary_safe)
    FROM base JOIN pg_catalog.pg_type t ON t.oid = base.type AND t.typtype <> 'd'
), member AS (
    SELECT objid FROM pg_catalog.pg_depend
    WHERE classid = 'pg_catalog.pg_class'::regclass AND deptype = 'e'
), configuration (oid, condition) AS (
    SELECT c.* FROM pg_catalog.pg_extension e,
        ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) c
), calling (classid, objid) AS (
    -- what calls functions that are not the server's own (source: transam.h, FirstNormalObjectId);
    -- types, as a domain's constraints and a cast may; of an enum there are none
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
    LEFT JOIN pg_catalog.pg_type t
           ON d.refclassid = 'pg_catalog.pg_type'::regclass AND t.oid = d.refobjid
    WHERE d.refobjid >= 16384 AND d.objsubid = 0 AND t.typtype IS DISTINCT FROM 'e'
      AND d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass,
                           'pg_catalog.pg_type'::regclass)
), foreign_code (oid) AS (
    -- tables for whose queries the planner evaluates such functions: those of indexes, statistics
    -- and the keys of partitions
    SELECT i.indrelid FROM pg_catalog.pg_index i
    JOIN calling c ON c.classid = 'pg_catalog.pg_class'::regclass AND c.objid = i.indexrelid
    WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
  UNION
    SELECT s.stxrelid FROM pg_catalog.pg_statistic_ext s
    JOIN calling c ON c.classid = 'pg_catalog.pg_statistic_ext'::regclass AND c.objid = s.oid
  UNION
    SELECT p.partrelid FROM pg_catalog.pg_partitioned_table p
    JOIN calling c ON c.classid = 'pg_catalog.pg_class'::regclass AND c.objid = p.partrelid
    WHERE p.partexprs IS NOT NULL
)
SELECT n.nspname AS schema,
       c.relname AS name,
       c.relkind = 'p' AS partitioned,
       c.relrowsecurity AND c.relforcerowsecurity AS forced_row_security,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
       greatest(c.reltuples, 0)::bigint AS estimated_rows,
       -- no page, and so no row that any transaction could see
       c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) = 0 AS empty,
       pg_catalog.pg_table_size(c.oid) + coalesce(leaves.size, 0) AS size,
       coalesce(leaves.pages, pg_catalog.pg_relation_size(c.oid) / 8192) AS pages,
       configuration.condition AS configuration,
       configuration.oid IS NULL
           AND (coalesce(leaves.foreign_code, c.oid IN (SELECT oid FROM foreign_code))
                OR coalesce(leaves.foreign_partitions, false)) AS foreign_code,
       coalesce(leaves.foreign_partitions, false) AS foreign_partitions,
       coalesce(leaves.names, '[]') AS leaves,
       coalesce((
           SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.position)
           FROM (
               SELECT i.indrelid, i.indkey, i.indnkeyatts
               FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
               WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                 AND i.indexprs IS NULL
                 AND NOT EXISTS (
                     SELECT FROM pg_catalog.pg_attribute nullable
                     WHERE nullable.attrelid = c.oid AND nullable.attnum = ANY (i.indkey)
                       AND NOT nullable.attnotnull)
               ORDER BY i.indisprimary DESC, i.indnkeyatts, x.relname
               LIMIT 1
           ) i,
           pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, position),
           pg_catalog.pg_attribute a
           WHERE k.position <= i.indnkeyatts AND a.attrelid = c.oid AND a.attnum = k.attnum
       ), '{}') AS key,
       coalesce(attributes.columns, '[]') AS columns
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN configuration ON configuration.oid = c.oid
LEFT JOIN (
    SELECT a.attrelid AS relation, pg_catalog.json_agg(pg_catalog.json_build_object(
        'name', a.attname,
        'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'generated', a.attgenerated <> '',
        'required', (a.attnotnull OR t.typnotnull) AND NOT a.atthasdef AND a.attidentity = ''
                    AND t.typdefault IS NULL,
        'collatable', a.attcollation <> 0,
        'binary', plain.binary_safe,
        'base', CASE WHEN plain.type < 16384 THEN pg_catalog.format_type(plain.type, -1) END,
        'json', CASE
            WHEN plain.type = 'int8'::regtype THEN 'bigint'
            WHEN plain.type IN ('int2'::regtype, 'int4'::regtype,
                                'bool'::regtype, 'text'::regtype, 'varchar'::regtype,
                                'bpchar'::regtype) THEN 'native'
            WHEN plain.type IN ('float4'::regtype, 'float8'::regtype) THEN 'float'
            WHEN plain.type = 'jsonb'::regtype THEN 'jsonb'
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_cast
                WHERE castsource = plain.type AND casttarget = 'text'::regtype) THEN 'output'
            ELSE 'cast' END
    ) ORDER BY a.attnum) AS columns
    FROM pg_catalog.pg_attribute a
    JOIN plain ON plain.oid = a.atttypid
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid >= 16384  -- not the server's own
    GROUP BY a.attrelid
) attributes ON attributes.relation = c.oid
LEFT JOIN LATERAL (
    SELECT pg_catalog.sum(pg_catalog.pg_table_size(part.relid))::bigint AS size,
           pg_catalog.max(pg_catalog.pg_relation_size(part.relid)) / 8192 AS pages,
           pg_catalog.bool_or(part.relid IN (SELECT oid FROM foreign_code)) AS foreign_code,
           pg_catalog.bool_or(p.relkind = 'f') AS foreign_partitions,
           pg_catalog.json_agg(pg_catalog.json_build_array(pn.nspname, p.relname)
                               ORDER BY pn.nspname, p.relname)
               FILTER (WHERE p.relkind = 'r') AS names
    FROM pg_catalog.pg_partition_tree(c.oid) part
    JOIN pg_catalog.pg_class p ON p.oid = part.relid
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
) leaves ON c.relkind = 'p'
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (c.oid NOT IN (SELECT objid FROM member) OR configuration.oid IS NOT NULL)
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"

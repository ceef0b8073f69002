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
        lseg, path, box, polygon, line, circle, tsvector, tsquery, int4range, int8range, numrange,
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
    SELECT c.* FROM pg_catalog.pg_extension e, unnest(e.extconfig, e.extcondition) c
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
           unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, position),
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
        'collatable', a.attcollation <> 0,
        'binary', plain.binary_safe,
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
    FROM pg_catalog.pg_attribute a JOIN plain ON plain.oid = a.atttypid
    WHERE a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attrelid
) attributes ON attributes.relation = c.oid
LEFT JOIN LATERAL (
    SELECT pg_catalog.sum(pg_catalog.pg_table_size(leaf.relid))::bigint AS size,
           pg_catalog.max(pg_catalog.pg_relation_size(leaf.relid)) / 8192 AS pages
    FROM pg_catalog.pg_partition_tree(c.oid) leaf WHERE leaf.isleaf
) leaves ON c.relkind = 'p'
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (c.oid NOT IN (SELECT objid FROM member) OR configuration.oid IS NOT NULL)
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"

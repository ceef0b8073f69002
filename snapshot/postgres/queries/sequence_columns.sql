-- The columns that take their values from a sequence: those that own it (serial: 'a', identity:
-- 'i'), and those with a default of it.
SELECT sn.nspname AS schema, s.relname AS name, n.nspname AS table_schema, c.relname AS table_name,
       a.attname AS column, q.seqincrement < 0 AS descending, q.seqmin AS least, q.seqmax AS most,
       q.seqcycle AS cycles
FROM pg_catalog.pg_sequence q
JOIN pg_catalog.pg_class s ON s.oid = q.seqrelid
JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
JOIN (
    SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number
    FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0 AND d.refobjsubid > 0
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    UNION
    SELECT d.refobjid, f.adrelid, f.adnum
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass
      AND d.refclassid = 'pg_catalog.pg_class'::regclass
) uses ON uses.sequence = s.oid
JOIN pg_catalog.pg_attribute a ON a.attrelid = uses.relation AND a.attnum = uses.number
JOIN pg_catalog.pg_class c ON c.oid = uses.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE s.relkind = 'S' AND c.relkind IN ('r', 'p')
  AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
ORDER BY 1, 2, 3, 4, 5

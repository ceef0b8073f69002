-- What objects of the schemas that are taken need from those that are left out (the parameter), and
-- extensions that lie in one of these: pg_dump writes them down all the same.
WITH located (classid, objid, namespace) AS (
    SELECT 'pg_catalog.pg_class'::regclass::oid, oid, relnamespace FROM pg_catalog.pg_class
  UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass::oid, oid, pronamespace FROM pg_catalog.pg_proc
  UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass::oid, oid, typnamespace FROM pg_catalog.pg_type
  UNION ALL
    SELECT 'pg_catalog.pg_constraint'::regclass::oid, oid, connamespace FROM pg_catalog.pg_constraint
  UNION ALL
    SELECT 'pg_catalog.pg_operator'::regclass::oid, oid, oprnamespace FROM pg_catalog.pg_operator
  UNION ALL
    SELECT 'pg_catalog.pg_opclass'::regclass::oid, oid, opcnamespace FROM pg_catalog.pg_opclass
  UNION ALL
    SELECT 'pg_catalog.pg_opfamily'::regclass::oid, oid, opfnamespace FROM pg_catalog.pg_opfamily
  UNION ALL
    SELECT 'pg_catalog.pg_collation'::regclass::oid, oid, collnamespace FROM pg_catalog.pg_collation
  UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::regclass::oid, oid, cfgnamespace FROM pg_catalog.pg_ts_config
  UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::regclass::oid, oid, dictnamespace FROM pg_catalog.pg_ts_dict
  UNION ALL
    SELECT 'pg_catalog.pg_ts_parser'::regclass::oid, oid, prsnamespace FROM pg_catalog.pg_ts_parser
  UNION ALL
    SELECT 'pg_catalog.pg_ts_template'::regclass::oid, oid, tmplnamespace
    FROM pg_catalog.pg_ts_template
  UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass::oid, oid, stxnamespace
    FROM pg_catalog.pg_statistic_ext
  UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::regclass::oid, w.oid, c.relnamespace
    FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
  UNION ALL
    SELECT 'pg_catalog.pg_trigger'::regclass::oid, g.oid, c.relnamespace
    FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
    WHERE NOT g.tgisinternal
  UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::regclass::oid, d.oid, c.relnamespace
    FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_class c ON c.oid = d.adrelid
  UNION ALL
    SELECT 'pg_catalog.pg_policy'::regclass::oid, p.oid, c.relnamespace
    FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
), taken (oid) AS (
    SELECT oid FROM pg_catalog.pg_namespace
    WHERE nspname <> ALL (%(left_out)s::text[]) AND nspname !~ '^pg_' AND nspname <> 'information_schema'
), lacking (schema, needing, needed) AS (
    SELECT n.nspname, o.type || ' ' || o.identity, r.type || ' ' || r.identity
    FROM pg_catalog.pg_depend d
    JOIN located l ON l.classid = d.classid AND l.objid = d.objid
    JOIN located m ON m.classid = d.refclassid AND m.objid = d.refobjid
    JOIN taken ON taken.oid = l.namespace
    JOIN pg_catalog.pg_namespace n ON n.oid = m.namespace AND n.nspname = ANY (%(left_out)s::text[])
    LEFT JOIN pg_catalog.pg_rewrite w  -- a view is known by its own name, not by its rule's
           ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = d.objid
          AND w.rulename = '_RETURN'
    LEFT JOIN pg_catalog.pg_class x ON d.refclassid = 'pg_catalog.pg_class'::regclass
                                   AND x.oid = d.refobjid AND x.relkind IN ('i', 'I')
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(
        CASE WHEN w.oid IS NULL THEN d.classid ELSE 'pg_catalog.pg_class'::regclass END,
        coalesce(w.ev_class, d.objid), d.objsubid) o
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.refclassid, d.refobjid, 0) r
    WHERE d.deptype IN ('n', 'a') AND x.oid IS NULL AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend e
        WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
  UNION
    SELECT n.nspname, 'extension ' || e.extname, 'schema ' || n.nspname
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace AND n.nspname = ANY (%(left_out)s::text[])
)
SELECT schema, needing, needed FROM lacking
ORDER BY schema COLLATE "C", needing COLLATE "C", needed COLLATE "C"

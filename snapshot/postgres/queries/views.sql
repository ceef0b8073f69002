-- Views and materialised views, and the views each one reads, for the order of refreshing.
SELECT n.nspname AS schema, c.relname AS name,
       c.relkind = 'm' AND c.relispopulated AS refreshed,
       coalesce((
           SELECT pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(rn.nspname, r.relname))
           FROM pg_catalog.pg_rewrite w
           JOIN pg_catalog.pg_depend d
             ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
            AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> c.oid
           JOIN pg_catalog.pg_class r ON r.oid = d.refobjid AND r.relkind IN ('v', 'm')
           JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
           WHERE w.ev_class = c.oid
       ), '[]') AS reads
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"

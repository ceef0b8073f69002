-- Event triggers that DDL fires. Those of extensions keep the extension's own books: they are left on.
SELECT e.evtname AS name, e.evtenabled::text AS enabled,
       pg_catalog.pg_has_role(e.evtowner, 'USAGE') AS owned
FROM pg_catalog.pg_event_trigger e
WHERE e.evtenabled <> 'D' AND e.evtevent <> 'login'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')
ORDER BY e.evtname COLLATE "C"

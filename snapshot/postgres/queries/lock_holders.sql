-- Other sessions that hold locks on this database's own relations (a partition's count as its
-- root's), or on what keeps two commands of ours apart; with the relations, for each session.
SELECT a.pid,
       coalesce(nullif(a.application_name, ''), 'without a name') AS application,
       coalesce(a.usename::text, '') AS role,
       coalesce(pg_catalog.host(a.client_addr),
                CASE WHEN a.backend_start IS NULL THEN 'an address that this role may not see'
                     ELSE 'this machine' END) AS client,
       coalesce(a.state, '') AS state,
       coalesce(pg_catalog.date_trunc('second', coalesce(a.xact_start, a.backend_start))::text, '')
           AS since,
       pg_catalog.pg_has_role(a.usesysid, 'MEMBER') AS may_end,
       coalesce(pg_catalog.jsonb_agg(DISTINCT pg_catalog.jsonb_build_array(n.nspname, c.relname))
                    FILTER (WHERE c.relkind IN ('r', 'p', 'm', 'S', 'v', 'f')), '[]') AS relations
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
LEFT JOIN pg_catalog.pg_class c
       ON c.oid = coalesce(pg_catalog.pg_partition_root(l.relation), l.relation)
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE l.granted AND l.pid <> pg_catalog.pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_catalog.pg_database
                    WHERE datname = pg_catalog.current_database())
  AND (l.relation >= 16384  -- not the server's own (source: transam.h, FirstNormalObjectId)
       OR (l.locktype = 'advisory' AND l.classid = 0 AND l.objid = 1936613744))  -- ADVISORY_LOCK
GROUP BY a.pid, a.application_name, a.usename, a.client_addr, a.state, a.xact_start,
         a.backend_start, a.usesysid
ORDER BY a.xact_start NULLS LAST, a.pid

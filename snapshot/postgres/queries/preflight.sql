-- What a restore needs to know of server, role and sessions before it starts: one row, and only what
-- any role may read. What is hidden from this role is NULL.
WITH setting AS (
    SELECT pg_catalog.jsonb_object_agg(name, setting) AS value
    FROM pg_catalog.pg_settings
    WHERE name IN ('max_locks_per_transaction', 'max_connections', 'max_prepared_transactions',
                   'autovacuum_max_workers', 'autovacuum_worker_slots', 'max_worker_processes',
                   'max_wal_senders', 'data_directory', 'default_transaction_read_only')
)
SELECT pg_catalog.pg_is_in_recovery() AS standby,
       (setting.value ->> 'default_transaction_read_only') = 'on' AS read_only,
       (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS superuser,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_create,
       -- the size of the server's table of locks (source: lock.c, NLOCKENTS)
       (setting.value ->> 'max_locks_per_transaction')::int AS locks_per_transaction,
       (setting.value ->> 'max_connections')::int
           + coalesce(setting.value ->> 'autovacuum_worker_slots',
                      setting.value ->> 'autovacuum_max_workers')::int
           + (setting.value ->> 'max_worker_processes')::int
           + (setting.value ->> 'max_wal_senders')::int + 1
           + (setting.value ->> 'max_prepared_transactions')::int AS backends,
       setting.value ->> 'data_directory' AS data_directory,
       coalesce((
           SELECT pg_catalog.jsonb_object_agg(v.name, v.superuser AND NOT v.trusted)
           FROM (SELECT name, pg_catalog.bool_and(superuser) AS superuser,
                        pg_catalog.bool_or(trusted) AS trusted
                 FROM pg_catalog.pg_available_extension_versions GROUP BY name) v
       ), '{}') AS extensions,  -- by name: only a superuser may create it
       coalesce((
           SELECT pg_catalog.jsonb_object_agg(nspname, pg_catalog.has_schema_privilege(oid, 'CREATE'))
           FROM pg_catalog.pg_namespace
           WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
       ), '{}') AS schemas,  -- by name: this role may create objects in it
       coalesce((
           SELECT pg_catalog.jsonb_object_agg(a.name, a.sessions)
           FROM (SELECT coalesce(nullif(application_name, ''), 'without a name')
                            || CASE WHEN state LIKE 'idle in transaction%' THEN ', idle in transaction'
                               ELSE '' END AS name,
                        pg_catalog.count(*) AS sessions
                 FROM pg_catalog.pg_stat_activity
                 WHERE datname = pg_catalog.current_database()
                   AND pid <> pg_catalog.pg_backend_pid() AND backend_type = 'client backend'
                 GROUP BY 1) a
       ), '{}') AS sessions,
       coalesce((
           SELECT pg_catalog.jsonb_agg(s.subname ORDER BY s.subname)
           FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
           WHERE d.datname = pg_catalog.current_database() AND s.subenabled
       ), '[]') AS subscriptions,
       coalesce((SELECT pg_catalog.jsonb_agg(pubname ORDER BY pubname) FROM pg_catalog.pg_publication),
                '[]') AS publications,
       coalesce((
           SELECT pg_catalog.jsonb_agg(evtname ORDER BY evtname) FROM pg_catalog.pg_event_trigger
           WHERE evtenabled IN ('O', 'A') AND evtevent <> 'login'
             AND NOT pg_catalog.pg_has_role(evtowner, 'USAGE')
       ), '[]') AS event_triggers,  -- that this role may not switch off
       coalesce((
           SELECT pg_catalog.jsonb_agg(slot_name ORDER BY slot_name)
           FROM pg_catalog.pg_replication_slots WHERE database = pg_catalog.current_database()
       ), '[]') AS slots
FROM setting

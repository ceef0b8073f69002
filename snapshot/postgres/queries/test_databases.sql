-- The databases that tests made on this server: templates, and clones of them.
SELECT d.datname AS name,
       d.oid::bigint AS oid,
       d.datistemplate AS template,
       pg_catalog.shobj_description(d.oid, 'pg_database') AS origin,
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
            THEN pg_catalog.pg_database_size(d.oid) END AS size
FROM pg_catalog.pg_database d
WHERE d.datconnlimit = 1952805748
  AND d.datname ~ '^snapshot_(test_[0-9a-f]{8}_[0-9]+|template_[0-9a-f]{16})$'
ORDER BY d.datname;

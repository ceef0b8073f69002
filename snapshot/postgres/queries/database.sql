-- What a database is, apart from what is in it: one row a database. Columns that only
-- some versions have (datlocprovider since 15, daticulocale 15 and 16, datlocale since 17) are read
-- through jsonb.
SELECT d.datname AS name,
       d.oid::bigint AS oid,
       pg_catalog.pg_get_userbyid(d.datdba) AS owner,
       pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owned,
       (SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
           AS may_create_databases,
       pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
       d.datcollate AS lc_collate,
       d.datctype AS lc_ctype,
       coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') AS provider,
       coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale')
           AS locale,
       pg_catalog.to_jsonb(d) ->> 'daticurules' AS icu_rules,
       t.spcname AS tablespace,
       d.datistemplate AS is_template,
       d.datconnlimit AS connection_limit,
       pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
            CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee) END,
            a.privilege_type, a.is_grantable))
        FROM pg_catalog.aclexplode(d.datacl) a) AS privileges,
       coalesce((
           SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(r.rolname,
               pg_catalog.split_part(setting, '=', 1),
               pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1)))
           FROM pg_catalog.pg_db_role_setting s
           LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole,
           pg_catalog.unnest(s.setconfig) setting
           WHERE s.setdatabase = d.oid), '[]') AS settings,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid
            AND a.pid <> pg_catalog.pg_backend_pid()) AS sessions,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid
            AND NOT pg_catalog.pg_has_role(a.usesysid, 'MEMBER')) AS foreign_sessions,
       coalesce((
           SELECT pg_catalog.jsonb_agg('replication slot ' || slot_name)
           FROM pg_catalog.pg_replication_slots WHERE database = d.datname), '[]')
       || coalesce((
           SELECT pg_catalog.jsonb_agg('subscription ' || subname)
           FROM pg_catalog.pg_subscription WHERE subdbid = d.oid), '[]')
       || coalesce((
           SELECT pg_catalog.jsonb_agg('prepared transaction ' || gid)
           FROM pg_catalog.pg_prepared_xacts WHERE database = d.datname), '[]') AS bound
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
ORDER BY d.datname COLLATE "C"

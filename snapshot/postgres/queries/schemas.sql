-- The users' schemas that hold at least one object: all but `public`, which may be empty; an extension
-- lies in the schema that it was created in, its members do not count.
SELECT n.nspname
FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
  AND (n.nspname <> 'public' OR EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend member
        WHERE member.classid = d.classid AND member.objid = d.objid AND member.deptype = 'e')))
ORDER BY n.nspname COLLATE "C"

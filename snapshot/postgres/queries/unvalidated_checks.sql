-- Constraints that are NOT VALID: they hold for rows that are loaded, not for those that were there.
-- CHECK and, since PostgreSQL 18, NOT NULL; of tables, partitions and domains, each with the tables
-- (roots of partition trees) whose rows it concerns. Parents come before those that inherit.
WITH RECURSIVE constrained AS (
    SELECT k.*
    FROM pg_catalog.pg_constraint k
    WHERE k.contype IN ('c', 'n') AND NOT k.convalidated AND (k.coninhcount = 0 OR k.conislocal)
      AND coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
), made_of (type, part) AS (
    SELECT oid, typbasetype FROM pg_catalog.pg_type WHERE typtype = 'd'
  UNION ALL
    SELECT oid, typelem FROM pg_catalog.pg_type WHERE typelem <> 0
  UNION ALL
    SELECT rngtypid, rngsubtype FROM pg_catalog.pg_range
  UNION ALL  -- multiranges exist since PostgreSQL 14
    SELECT (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid, rngtypid FROM pg_catalog.pg_range r
  UNION ALL
    SELECT c.reltype, a.atttypid
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.reltype <> 0 AND a.attnum > 0 AND NOT a.attisdropped
), holding (domain, type) AS (
    SELECT contypid, contypid FROM constrained WHERE contypid <> 0
  UNION
    SELECT h.domain, m.type FROM holding h JOIN made_of m ON m.part = h.type
), concerned (id, relation) AS (
    SELECT oid, conrelid FROM constrained WHERE conrelid <> 0
  UNION
    SELECT k.oid, a.attrelid
    FROM constrained k JOIN holding h ON h.domain = k.contypid
    JOIN pg_catalog.pg_attribute a ON a.atttypid = h.type AND a.attnum > 0 AND NOT a.attisdropped
), below (id, relation) AS (  -- what inherits it
    SELECT oid, conrelid FROM constrained WHERE conrelid <> 0
  UNION
    SELECT b.id, i.inhrelid
    FROM below b JOIN pg_catalog.pg_inherits i ON i.inhparent = b.relation
), level (relation, depth) AS (
    SELECT conrelid, 0 FROM constrained
  UNION
    SELECT i.inhrelid, l.depth + 1
    FROM level l JOIN pg_catalog.pg_inherits i ON i.inhparent = l.relation
)
SELECT n.nspname AS schema, coalesce(c.relname, t.typname) AS owner_name, k.conname AS name,
       k.contypid <> 0 AS of_domain,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition,
       pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment,
       (SELECT coalesce(pg_catalog.jsonb_agg(DISTINCT pg_catalog.jsonb_build_array(rn.nspname, r.relname)), '[]')
        FROM concerned JOIN pg_catalog.pg_class r
          ON r.oid = coalesce(pg_catalog.pg_partition_root(relation), relation) AND r.relkind IN ('r', 'p')
        JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
        WHERE concerned.id = k.oid) AS roots,
       (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(bn.nspname, b.relname)), '[]')
        FROM below
        JOIN pg_catalog.pg_constraint valid ON valid.conrelid = below.relation
         AND valid.conname = k.conname AND valid.contype = k.contype AND valid.convalidated
        JOIN pg_catalog.pg_class b ON b.oid = below.relation
        JOIN pg_catalog.pg_namespace bn ON bn.oid = b.relnamespace
        WHERE below.id = k.oid) AS valid_in
FROM constrained k
LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
JOIN pg_catalog.pg_namespace n ON n.oid = coalesce(c.relnamespace, t.typnamespace)
ORDER BY (SELECT pg_catalog.max(depth) FROM level WHERE relation = k.conrelid),
         n.nspname COLLATE "C", coalesce(c.relname, t.typname) COLLATE "C", k.conname COLLATE "C"

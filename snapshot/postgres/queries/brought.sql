-- What the rows of tables mean and where they lie: a digest for each table, which changes with its
-- relations and their files (any rewrite makes new ones), its columns and their types, enum labels
-- and domains included; and why its rows cannot be known by their transaction, if they cannot.
WITH RECURSIVE root (oid, schema, name) AS (
    SELECT c.oid, n.nspname, c.relname
    FROM ROWS FROM (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[]))
        wanted (schema, name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
    WHERE c.relkind IN ('r', 'p')
), part (root, oid) AS (
    SELECT oid, oid FROM root
  UNION
    SELECT root.oid, tree.relid::oid FROM root, pg_catalog.pg_partition_tree(root.oid) tree
), used (root, type) AS (
    SELECT part.root, a.atttypid FROM part
    JOIN pg_catalog.pg_attribute a ON a.attrelid = part.oid
    WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION
    SELECT used.root, made_of.type FROM used, LATERAL (
        SELECT typelem FROM pg_catalog.pg_type WHERE oid = used.type AND typelem <> 0
      UNION ALL
        SELECT typbasetype FROM pg_catalog.pg_type WHERE oid = used.type AND typbasetype <> 0
      UNION ALL
        -- rngmultitypid exists since PostgreSQL 14
        SELECT rngsubtype FROM pg_catalog.pg_range r
        WHERE used.type IN (rngtypid, (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid)
      UNION ALL
        SELECT a.atttypid FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid
        WHERE t.oid = used.type AND a.attnum > 0 AND NOT a.attisdropped
    ) made_of (type)
), type_of (root, text, by_name) AS (
    SELECT used.root,
        pg_catalog.string_agg(pg_catalog.concat_ws(' ', t.oid, t.typname, t.typtype, t.typbasetype,
            t.typtypmod, t.typcollation, t.typrelid, t.typinput::oid, t.typoutput::oid, (
                SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', oid, enumsortorder,
                    pg_catalog.quote_literal(enumlabel)), ',' ORDER BY oid)
                FROM pg_catalog.pg_enum WHERE enumtypid = t.oid), (
                SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', attnum, attisdropped,
                    atttypid, atttypmod, pg_catalog.quote_literal(attname)), ',' ORDER BY attnum)
                FROM pg_catalog.pg_attribute WHERE attrelid = t.typrelid AND attnum > 0), (
                SELECT pg_catalog.string_agg(pg_catalog.md5(pg_catalog.concat_ws(' ', prosrc,
                    probin)), ',' ORDER BY oid)
                FROM pg_catalog.pg_proc
                WHERE oid >= 16384 AND oid IN (t.typinput, t.typoutput))
            ), ';' ORDER BY t.oid) FILTER (WHERE t.oid >= 16384),
        -- their bytes are numbers of objects, and their text is the objects' names
        pg_catalog.bool_or(t.typnamespace = 'pg_catalog'::regnamespace
                           AND (t.typname ~ '^reg' OR t.typname = 'aclitem'))
    FROM used JOIN pg_catalog.pg_type t ON t.oid = used.type GROUP BY used.root
), column_of (relation, text, computed) AS (
    SELECT a.attrelid,
        pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attnum, a.atttypid, a.atttypmod,
            a.attcollation, a.attisdropped, a.attgenerated, a.atthasmissing,
            pg_catalog.quote_literal(a.attname),
            -- what stands for the value in rows that are older than the column
            pg_catalog.quote_nullable(a.attmissingval::text),
            CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END
        ), ',' ORDER BY a.attnum),
        pg_catalog.bool_or(a.attgenerated <> '' AND EXISTS (
            SELECT FROM pg_catalog.pg_depend
            WHERE classid = 'pg_catalog.pg_attrdef'::regclass AND objid = d.oid
              AND refobjid >= 16384 AND refclassid IN ('pg_catalog.pg_proc'::regclass,
                  'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_type'::regclass)))
    FROM pg_catalog.pg_attribute a
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND a.attrelid IN (SELECT oid FROM part)
    GROUP BY a.attrelid
), relation_of (root, text, computed, other_storage, elsewhere, hidden) AS (
    SELECT part.root,
        pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.oid, c.relkind, c.relpersistence, c.relam,
            coalesce(pg_catalog.pg_relation_filenode(c.oid), 0), c.reltoastrelid,
            coalesce(pg_catalog.pg_relation_filenode(nullif(c.reltoastrelid, 0)), 0),
            pg_catalog.pg_get_expr(c.relpartbound, c.oid), column_of.text), ';' ORDER BY c.oid),
        coalesce(pg_catalog.bool_or(column_of.computed), false),
        pg_catalog.bool_or(c.relkind = 'r' AND am.amname IS DISTINCT FROM 'heap'),
        pg_catalog.bool_or(c.relkind NOT IN ('r', 'p') OR c.relpersistence = 't'),
        pg_catalog.bool_or(c.relrowsecurity AND c.relforcerowsecurity)
    FROM part
    JOIN pg_catalog.pg_class c ON c.oid = part.oid
    LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
    LEFT JOIN column_of ON column_of.relation = c.oid
    GROUP BY part.root
)
SELECT root.schema, root.name,
    pg_catalog.md5(relation_of.text || ' ' || coalesce(type_of.text, '')) AS relation,
    CASE
        WHEN other_storage THEN 'its rows are not kept in a heap'
        WHEN elsewhere THEN 'some of its rows are on another server'
        WHEN hidden THEN 'row security is forced on its owner'
        WHEN coalesce(by_name, false) THEN 'it holds numbers of objects, which are shown as names'
        WHEN relation_of.computed THEN 'a column is computed by a function of this database'
    END AS hindrance
FROM root
JOIN relation_of ON relation_of.root = root.oid
LEFT JOIN type_of ON type_of.root = root.oid

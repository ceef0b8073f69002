-- Everything that makes up the schema, as (kind, schema, name, definition), to tell whether two
-- databases have the same one. Whether a foreign key is deferrable is left out on purpose: a restore
-- may leave it so. So are the states of triggers.
WITH member AS (
    SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), namespace AS (
    SELECT oid, nspname FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), relation AS (
    SELECT c.*, n.nspname, n.nspname || '.' || c.relname AS label
    FROM pg_catalog.pg_class c JOIN namespace n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't'
      AND (('pg_catalog.pg_class'::regclass)::oid, c.oid) NOT IN (SELECT classid, objid FROM member)
), object (kind, schema, name, definition) AS (
    SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END, c.nspname, c.label,
           pg_catalog.concat_ws(E'\n', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
               pg_catalog.pg_get_partkeydef(c.oid), pg_catalog.pg_get_expr(c.relpartbound, c.oid),
               (SELECT pg_catalog.string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno)
                FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid),
               (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname,
                           pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                           a.attgenerated, a.attcollation::regcollation,
                           pg_catalog.pg_get_expr(d.adbin, d.adrelid)),
                       E'\n' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a
                LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
    FROM relation c WHERE c.relkind IN ('r', 'p', 'f')
  UNION ALL
    SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, c.nspname, c.label,
           pg_catalog.pg_get_viewdef(c.oid)
    FROM relation c WHERE c.relkind IN ('v', 'm')
  UNION ALL
    SELECT 'sequence', c.nspname, c.label,
           pg_catalog.concat_ws(' ', s.seqtypid::regtype, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
    FROM relation c JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
  UNION ALL
    SELECT 'index', c.nspname, c.label, pg_catalog.pg_get_indexdef(c.oid)
    FROM relation c
    JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    JOIN relation t ON t.oid = i.indrelid
    WHERE c.relkind IN ('i', 'I') AND NOT c.relispartition
  UNION ALL
    SELECT 'constraint', c.nspname, c.label || '.' || k.conname,
           CASE k.contype
               -- columns by name: their numbers change where one was dropped
               WHEN 'f' THEN pg_catalog.concat_ws(' ', k.confrelid::regclass,
                   ARRAY(SELECT a.attname
                         FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY n (number, place)
                         JOIN pg_catalog.pg_attribute a
                           ON a.attrelid = k.conrelid AND a.attnum = n.number
                         ORDER BY n.place),
                   ARRAY(SELECT a.attname
                         FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY n (number, place)
                         JOIN pg_catalog.pg_attribute a
                           ON a.attrelid = k.confrelid AND a.attnum = n.number
                         ORDER BY n.place),
                   k.confmatchtype, k.confupdtype, k.confdeltype, k.convalidated)
               ELSE pg_catalog.pg_get_constraintdef(k.oid) END
    FROM pg_catalog.pg_constraint k JOIN relation c ON c.oid = k.conrelid
    -- 'n': NOT NULL constraints are listed since PostgreSQL 18, and are seen in the columns;
    -- 't': constraint triggers, seen among the triggers
    WHERE k.contype NOT IN ('n', 't') AND k.conparentid = 0 AND k.coninhcount = 0
  UNION ALL
    SELECT 'trigger', c.nspname, c.label || '.' || g.tgname, pg_catalog.pg_get_triggerdef(g.oid)
    FROM pg_catalog.pg_trigger g JOIN relation c ON c.oid = g.tgrelid
    WHERE NOT g.tgisinternal AND NOT c.relispartition
  UNION ALL
    SELECT 'rule', c.nspname, c.label || '.' || w.rulename, pg_catalog.pg_get_ruledef(w.oid)
    FROM pg_catalog.pg_rewrite w JOIN relation c ON c.oid = w.ev_class
    WHERE w.rulename <> '_RETURN'
  UNION ALL
    SELECT 'policy', c.nspname, c.label || '.' || p.polname,
           pg_catalog.concat_ws(' ', p.polcmd, p.polpermissive,
               pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_catalog.pg_policy p JOIN relation c ON c.oid = p.polrelid
  UNION ALL
    SELECT 'function', n.nspname,
           n.nspname || '.' || f.proname || '(' || pg_catalog.oidvectortypes(f.proargtypes) || ')',
           pg_catalog.concat_ws(E'\n', pg_catalog.pg_get_function_arguments(f.oid),
               pg_catalog.pg_get_function_result(f.oid), f.prokind, f.provolatile,
               f.proisstrict, f.prosecdef, f.proconfig, f.prosrc)
    FROM pg_catalog.pg_proc f JOIN namespace n ON n.oid = f.pronamespace
    WHERE (('pg_catalog.pg_proc'::regclass)::oid, f.oid) NOT IN (SELECT classid, objid FROM member)
      AND NOT EXISTS (  -- made by the type they belong to (ranges, multiranges)
          SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'i')
  UNION ALL
    SELECT 'type', n.nspname, n.nspname || '.' || t.typname,
           pg_catalog.concat_ws(E'\n', t.typtype,
               (SELECT pg_catalog.string_agg(e.enumlabel, E'\n' ORDER BY e.enumsortorder)
                FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
               CASE WHEN t.typtype = 'd' THEN pg_catalog.concat_ws(' ',
                   pg_catalog.format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
                   (SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
                    FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')) END,
               (SELECT pg_catalog.string_agg(
                           a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a
                WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
               (SELECT r.rngsubtype::regtype::text FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid))
    FROM pg_catalog.pg_type t
    JOIN namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))
      AND (('pg_catalog.pg_type'::regclass)::oid, t.oid) NOT IN (SELECT classid, objid FROM member)
  UNION ALL
    SELECT 'schema', n.nspname, n.nspname, '' FROM namespace n
    WHERE n.nspname <> 'public'
      AND (('pg_catalog.pg_namespace'::regclass)::oid, n.oid) NOT IN (SELECT classid, objid FROM member)
  UNION ALL
    SELECT 'extension', n.nspname, e.extname, ''
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname <> 'plpgsql'
  UNION ALL
    SELECT 'statistics', n.nspname, n.nspname || '.' || s.stxname, pg_catalog.pg_get_statisticsobjdef(s.oid)
    FROM pg_catalog.pg_statistic_ext s JOIN namespace n ON n.oid = s.stxnamespace
)
SELECT kind, schema, name, definition
FROM object
ORDER BY kind, name COLLATE "C"

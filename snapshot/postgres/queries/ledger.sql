-- The ledger's tables that exist, and whether each is plain: no code of its owner runs when it is
-- read or written.
SELECT c.relname, c.relkind = 'r' AND NOT c.relhasrules AND NOT c.relrowsecurity
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                    WHERE g.tgrelid = c.oid AND NOT g.tgisinternal)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                    WHERE k.conrelid = c.oid AND k.contype IN ('c', 'x'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_attrdef d WHERE d.adrelid = c.oid)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid = c.oid)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i
                    WHERE i.indrelid = c.oid
                      AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.atttypid >= 16384)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h
                    WHERE c.oid IN (h.inhrelid, h.inhparent)) AS plain
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'snapshot' AND c.relname IN ('seeded', 'seed_rule', 'seed_run')
  AND c.relkind NOT IN ('i', 'S', 'c')

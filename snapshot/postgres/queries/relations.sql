-- How many relations there are, and so how many locks a transaction that replaces all of them takes:
-- tables, indexes, sequences, views, and the TOAST tables with their indexes.
SELECT pg_catalog.count(*)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
WHERE c.relpersistence <> 't'
  AND ((n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
       OR coalesce(i.indrelid, c.oid) IN (
           SELECT t.reltoastrelid FROM pg_catalog.pg_class t
           JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
           WHERE tn.nspname !~ '^pg_' AND tn.nspname <> 'information_schema'))

-- Settings for a transaction that reads or writes values as text. The text must be exact and the
-- same everywhere, and every name is printed with its schema. A server may lack a setting
-- (transaction_timeout exists since PostgreSQL 17); it is then left out.
SELECT pg_catalog.set_config('search_path', '', true);
SELECT pg_catalog.set_config(s.name, wanted.value, true)
FROM (VALUES
    ('DateStyle', 'ISO, YMD'),
    ('IntervalStyle', 'postgres'),
    ('TimeZone', 'UTC'),
    ('extra_float_digits', '3'),
    ('bytea_output', 'hex'),
    ('xmloption', 'content'),
    ('lc_monetary', 'C'),
    ('array_nulls', 'on'),
    ('standard_conforming_strings', 'on'),
    ('backslash_quote', 'safe_encoding'),
    ('quote_all_identifiers', 'off'),
    ('synchronize_seqscans', 'off'),
    ('row_security', 'off'),
    ('jit', 'off'),  -- compiling our queries of the catalog takes longer than running them
    ('constraint_exclusion', 'off'),  -- the planner would run what CHECK constraints call
    ('check_function_bodies', 'off'),
    ('statement_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0'),
    ('transaction_timeout', '0')
) wanted (name, value)
JOIN pg_catalog.pg_settings s USING (name)

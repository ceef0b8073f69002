"""Definitions that print otherwise once they have been dumped and restored, or easily might.

Each stands in a schema of its own. The number is the oldest version that knows it.
"""

from __future__ import annotations

_QUIET = (
    "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
    "CREATE TABLE t (id int, s varchar(9), a int, b int, c int);"
)


def _check(condition: str) -> tuple[int, str]:
    return 13, (
        "CREATE TABLE t (s varchar(9), s2 varchar, k char(3), x text, a int, b int, c int,"
        f" at timestamptz, d date, net cidr, o oid, j jsonb, l text[], CHECK ({condition}))"
    )


FIXED_POINTS: dict[str, tuple[int, str]] = {
    # checks
    "varchar in list": _check("s IN ('a', 'b')"),
    "varchar not in list": _check("s NOT IN ('a', 'b')"),
    "varchar in list of one": _check("s IN ('a')"),
    "char in list": _check("k IN ('a', 'b')"),
    "cidr in list": _check("net IN ('10.0.0.0/8', '192.168.0.0/16')"),
    "regclass in list": _check("o IN ('pg_class'::regclass, 'pg_type'::regclass)"),
    "any of array": _check("s = ANY (ARRAY['a', 'b']::varchar[])"),
    "any of constant": _check("s = ANY ('{a,b}'::varchar[])"),
    "all of array": _check("s <> ALL (ARRAY['a', 'b']::varchar[])"),
    "array cast twice": _check("x = ANY (ARRAY['a', 'b']::varchar[]::text[])"),
    "array of varchar as text": _check("s::text = ANY (ARRAY['a'::varchar, 'b'::varchar]::text[])"),
    "list of columns": _check("a IN (b, c)"),
    "list of varchar columns": _check("x IN (s, s2)"),
    "list with a cast": _check("a IN (b, c::int, 3 + 4)"),
    "like any": _check("s LIKE ANY (ARRAY['a%', 'b%'])"),
    "between and": _check("a BETWEEN 1 AND 5 AND b > 0"),
    "and between": _check("b > 0 AND a BETWEEN 1 AND 5"),
    "between or": _check("a BETWEEN 1 AND 5 OR b BETWEEN 2 AND 3 OR c = 1"),
    "not between": _check("a NOT BETWEEN 1 AND 5 OR b > 0"),
    "between symmetric": _check("a BETWEEN SYMMETRIC 5 AND 1 AND c > 0"),
    "row in list": _check("(a, b) IN ((1, 2), (3, 4))"),
    "row not in list": _check("(a, b) NOT IN ((1, 2), (3, 4)) AND c > 0"),
    "row equal": _check("(a, b) = (1, 2) AND c = 3"),
    "row less": _check("(a, b) < (1, 2) AND ROW(a, b) IS DISTINCT FROM ROW(3, 4)"),
    "brackets left": _check("((a > 1 AND b > 1) AND c > 1) OR (a = 7 OR b = 7)"),
    "brackets right": _check("a > 1 AND (b > 1 AND (c > 1 OR (a = 2 OR b = 2)))"),
    "not": _check("NOT (a > 1 AND b > 1) AND NOT (s IN ('a', 'b') OR c > 1)"),
    "in list inside and": _check("s IN ('a', 'b') AND k IN ('x', 'y') AND x NOT IN ('m', 'n')"),
    "case": _check("CASE s WHEN 'a' THEN a BETWEEN 1 AND 2 WHEN 'b' THEN true ELSE a IN (7, 8) END"),
    "varchar compared": _check("s = 'a' AND s || s2 > 'b' AND length(s) > 1 AND s <> s2"),
    "functions of the standard": _check(
        "trim(both 'x' from s) > '' AND substring(x from 1 for 2) > '' AND position('a' in x) > 0"
        " AND extract(year from d) > 1 AND overlay(x placing 'y' from 1) > ''"
        " AND (at AT TIME ZONE 'UTC') > '2000-01-01' AND coalesce(s, s2, 'x') > '' AND nullif(s, 'a') > ''"
    ),
    "patterns": _check("s LIKE 'a%' AND s NOT ILIKE 'b%' AND s SIMILAR TO 'c%' AND s ~ '^d' AND x LIKE 'e!%' ESCAPE '!'"),
    "constants": _check(
        "at > '2024-01-01 12:00+02' AND d < date '2030-01-01' + 1 AND b'101' = b'101'"
        " AND a > -5 AND a * 1.50 > 1e3 AND interval '1 day 2 hours' > '0' AND x <> E'\\\\ \\n '' \"'"
    ),
    "json": _check("j ->> 'a' IN ('x', 'y') AND j @> '{\"a\": 1}' AND j #>> '{a,b}' IS NOT NULL"),
    "array parts": _check("l[1] IN ('a', 'b') AND l[1:2] = ARRAY['a', 'b'] AND 'x' = ANY (l) AND cardinality(l) < 5"),
    "truth": _check("(a > 1) IS TRUE AND (b > 1) IS NOT FALSE AND (c > 1) IS UNKNOWN AND s IS NOT NULL"),
    "not valid": (13, "CREATE TABLE t (s varchar(9)); ALTER TABLE t ADD CONSTRAINT later CHECK (s IN ('a', 'b')) NOT VALID"),
    "two with one name made": (13, "CREATE TABLE t (a int CHECK (a > 1) CHECK (a BETWEEN 1 AND 2 AND a > 0), CHECK (a > 3))"),
    # domains and defaults
    "domain": (13, "CREATE DOMAIN d AS varchar(5) DEFAULT 'a' CHECK (VALUE IN ('a', 'b') AND VALUE <> 'c' AND VALUE > '')"),
    "domain between": (13, "CREATE DOMAIN d AS int NOT NULL CHECK (VALUE BETWEEN 1 AND 9 AND VALUE <> 5)"),
    "column of a domain in list": (13, "CREATE DOMAIN d AS varchar(5); CREATE TABLE t (a d CHECK (a IN ('a', 'b')), b d DEFAULT 'x')"),
    "enum in list": (13, "CREATE TYPE e AS ENUM ('a', 'b', 'c'); CREATE TABLE t (a e CHECK (a IN ('a', 'b')), b e[] DEFAULT '{a}', c e DEFAULT 'b'::e, CHECK (b <@ ARRAY['a', 'b']::e[]))"),
    "defaults": (
        13,
        """CREATE TABLE t (a varchar(9) DEFAULT 'x', b varchar DEFAULT CASE WHEN 'q'::varchar IN ('q', 'r') THEN 's' END,
        c text[] DEFAULT ARRAY['a', 'b']::varchar[], d numeric(5,2) DEFAULT 1, e timestamptz DEFAULT now() - interval '1 day',
        f bool DEFAULT (2 BETWEEN 1 AND 3 AND true AND 1 IN (1, 2)), g bit(3) DEFAULT b'101', h int DEFAULT -1, i date DEFAULT ('now'::text)::date,
        j text DEFAULT NULL, k char(3) DEFAULT 'a', l timestamp(0) DEFAULT CURRENT_TIMESTAMP(0), m text DEFAULT CURRENT_USER, n "char" DEFAULT 'c')""",
    ),
    "generated": (13, "CREATE TABLE t (s varchar, a int, b int, c bool GENERATED ALWAYS AS (s IN ('a', 'b')) STORED, d bool GENERATED ALWAYS AS (a BETWEEN 1 AND 5 AND b > 0) STORED, e text GENERATED ALWAYS AS (s || '-' || s) STORED)"),
    "generated virtual": (18, "CREATE TABLE t (s varchar, a int, c bool GENERATED ALWAYS AS (s IN ('a', 'b') AND a > 1 AND a > 2) VIRTUAL)"),
    # indexes and statistics
    "index predicate": (13, "CREATE TABLE t (s varchar, a int, b int); CREATE INDEX i ON t (a) WHERE s IN ('a', 'b') AND a BETWEEN 1 AND 2 AND b > 0"),
    "index expression": (13, "CREATE TABLE t (s varchar, a int, b int); CREATE INDEX i ON t ((s IN ('a', 'b')), lower(s), (a BETWEEN 1 AND 2 AND b > 0)); CREATE UNIQUE INDEX ON t (s varchar_pattern_ops DESC)"),
    "exclusion": (13, "CREATE TABLE t (s varchar, r int4range, EXCLUDE USING gist (r WITH &&) WHERE (s IN ('a', 'b') AND s <> 'c' AND s > ''))"),
    "statistics": (14, "CREATE TABLE t (s varchar, a int, b int); CREATE STATISTICS st ON (s IN ('a', 'b')), (a BETWEEN 1 AND 2 AND b > 0), a FROM t"),
    "constraint of an index": (13, "CREATE TABLE t (a int NOT NULL, b int); CREATE UNIQUE INDEX other_name ON t (b, a); ALTER TABLE t ADD CONSTRAINT fresh UNIQUE USING INDEX other_name; CREATE UNIQUE INDEX for_key ON t (a); ALTER TABLE t ADD PRIMARY KEY USING INDEX for_key"),
    # views
    "view": (13, "CREATE TABLE t (s varchar, a int, b int); CREATE VIEW v AS SELECT *, s IN ('x', 'y') AS f, (a, b) IN ((1, 2), (3, 4)) AS g FROM t WHERE s IN ('a', 'b') AND a BETWEEN 1 AND 2 AND b > 0"),
    "materialised view": (13, "CREATE TABLE t (s varchar, a int); CREATE MATERIALIZED VIEW mv AS SELECT a, count(*) FILTER (WHERE s NOT IN ('a', 'b')) FROM t WHERE a BETWEEN 1 AND 2 AND a <> 7 GROUP BY a HAVING max(s) IN ('a', 'b'); CREATE INDEX ON mv (a)"),
    "views of views": (13, "CREATE TABLE t (s varchar, a int); CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w (x, y) AS SELECT v.*, 1 AS z FROM v WHERE s IN ('a', 'b') ; CREATE VIEW u AS SELECT w FROM w"),
    "view after renaming": (13, "CREATE TABLE t (a int, b int); CREATE TABLE s (a int, c int); CREATE VIEW v AS SELECT * FROM t JOIN s USING (a) WHERE b IN (1, c) AND c BETWEEN 1 AND 2 AND b > 1; ALTER TABLE t RENAME b TO bb; ALTER TABLE s RENAME TO s2; ALTER TABLE s2 ADD b int"),
    "view of all sorts": (
        13,
        """CREATE TABLE t (s varchar, a int, b int);
        CREATE VIEW v AS WITH c AS (SELECT a FROM t WHERE s IN ('a', 'b')) SELECT DISTINCT ON (t.a) t.a, x.n, rank() OVER (PARTITION BY t.b ORDER BY t.a) FROM t
        JOIN c USING (a) LEFT JOIN LATERAL (SELECT t.b + 1 AS n) x ON true WHERE EXISTS (SELECT 1 FROM c WHERE c.a = t.a AND t.s IN ('q', 'r')) ORDER BY t.a, t.b DESC NULLS LAST LIMIT 5;
        CREATE VIEW w AS VALUES (1, 'a'::varchar), (2, 'b'); CREATE VIEW u AS SELECT a FROM t UNION ALL (SELECT b FROM t EXCEPT SELECT 1) ;
        CREATE VIEW g AS SELECT a, b, sum(a) FROM t GROUP BY GROUPING SETS ((a, b), (a), ());
        CREATE RECURSIVE VIEW r (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n BETWEEN 1 AND 9 AND n <> 100""",
    ),
    "view with options": (13, "CREATE TABLE t (s varchar, a int); CREATE VIEW v WITH (security_barrier, check_option = local) AS SELECT s, a FROM t WHERE s IN ('a', 'b'); ALTER VIEW v ALTER s SET DEFAULT 'a'; CREATE VIEW w AS SELECT a FROM t WHERE a > 1 WITH CASCADED CHECK OPTION"),
    # what acts
    "policy": (13, "CREATE TABLE t (s varchar, a int, b int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (s IN ('a', 'b') AND a > 1 AND b > 1) WITH CHECK (a BETWEEN 1 AND 2 AND b > 0)"),
    "policy with a query": (13, "CREATE TABLE t (s varchar, a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (a IN (SELECT u.a FROM t u WHERE u.s IN ('a', 'b')) AND EXISTS (SELECT 1 FROM t u WHERE u.a BETWEEN 1 AND 2 AND u.s = t.s))"),
    "trigger": (13, _QUIET + "CREATE TRIGGER g AFTER UPDATE OF s, a ON t FOR EACH ROW WHEN (NEW.s IN ('a', 'b') AND OLD.a BETWEEN 1 AND 2 AND OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION quiet('x', E'y\\'\"')"),
    "constraint trigger": (13, _QUIET + "CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t DEFERRABLE FOR EACH ROW WHEN ((NEW.a, NEW.b) IN ((1, 2), (3, 4))) EXECUTE FUNCTION quiet(); ALTER TABLE t DISABLE TRIGGER g"),
    "rule": (13, _QUIET + "CREATE RULE r AS ON DELETE TO t WHERE OLD.s IN ('a', 'b') AND OLD.a BETWEEN 1 AND 2 AND OLD.b > 0 DO INSTEAD NOTHING"),
    "rule that does much": (13, _QUIET + "CREATE RULE r AS ON UPDATE TO t WHERE OLD.id <> NEW.id DO ALSO (DELETE FROM t WHERE s IN ('a', 'b'); INSERT INTO t (s) VALUES ('x'), (NEW.s); UPDATE t SET a = 1, (b, c) = (SELECT 1, 2) WHERE a BETWEEN 1 AND 2 AND b > 0)"),
    "atomic function": (14, "CREATE TABLE t (s varchar, a int, b int); CREATE FUNCTION f(x varchar) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t WHERE s IN ('a', 'b') AND a BETWEEN 1 AND 2 AND b > 0 AND t.s = x; END; CREATE FUNCTION g(x varchar) RETURNS bool LANGUAGE sql RETURN x IN ('a', 'b')"),
    "defaults of arguments": (13, "CREATE FUNCTION f(a varchar DEFAULT 'x', b bool DEFAULT 'q'::varchar IN ('q', 'r'), c int[] DEFAULT '{}', d bool DEFAULT 2 BETWEEN 1 AND 3 AND true) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    "function of many clauses": (13, "CREATE FUNCTION f(VARIADIC \"order\" text[], OUT \"x y\" int, OUT b varchar) LANGUAGE sql STABLE SECURITY DEFINER COST 7 SET search_path = pg_catalog, \"$user\", \"Odd\" SET datestyle = 'ISO, DMY' AS $_$ SELECT 1, $$x$$::varchar $_$"),
    # partitions
    "partition bounds": (13, "CREATE TABLE t (s varchar, a int) PARTITION BY LIST (s); CREATE TABLE t1 PARTITION OF t (CHECK (s IN ('a', 'b') AND a > 0 AND a < 9)) FOR VALUES IN ('a', 'b', NULL); CREATE TABLE t2 PARTITION OF t DEFAULT"),
    "partition keys": (13, "CREATE TABLE t (s varchar, a int, b int) PARTITION BY RANGE ((a BETWEEN 1 AND 2 AND b > 0), (s IN ('a', 'b')), lower(s) COLLATE \"C\"); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (false, false, MINVALUE) TO (true, true, 'x')"),
    "partitions by time": (13, "CREATE TABLE t (at timestamptz, d date, n numeric) PARTITION BY RANGE (at, d); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2024-01-01 00:00+02', MINVALUE) TO ('2024-07-01', MAXVALUE); CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('2025-01-01', '2024-01-01') TO (MAXVALUE, MAXVALUE)"),
    "partition of another order": (13, "CREATE TABLE t (a int, b varchar, c int) PARTITION BY LIST (a); CREATE TABLE t1 (gone int, c int, b varchar, a int); ALTER TABLE t1 DROP gone; ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1); CREATE INDEX ON t (b) WHERE b IN ('x', 'y')"),
    "partitions of two levels": (13, "CREATE TABLE t (gone int, a int, b varchar, PRIMARY KEY (a, b), CHECK (b IN ('x', 'y'))) PARTITION BY LIST (b); ALTER TABLE t DROP gone; CREATE TABLE t1 PARTITION OF t FOR VALUES IN ('x') PARTITION BY HASH (a); CREATE TABLE t11 PARTITION OF t1 (CHECK (a BETWEEN 1 AND 5 AND a <> 3)) FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE r (a int, b varchar, FOREIGN KEY (b, a) REFERENCES t (b, a))"),
    # columns
    "column dropped": (13, "CREATE TABLE t (a int, gone text, b int PRIMARY KEY, c int UNIQUE, UNIQUE (c, a)); ALTER TABLE t DROP gone; CREATE TABLE u (gone int, x int REFERENCES t, y int, z int, FOREIGN KEY (z, y) REFERENCES t (c, a)); ALTER TABLE u DROP gone; CREATE INDEX ON u (z, y) INCLUDE (x); CREATE STATISTICS st ON x, z FROM u; CREATE VIEW v AS SELECT * FROM u"),
    "columns dropped and policies": (13, _QUIET + "ALTER TABLE t DROP id, DROP a; CREATE POLICY p ON t USING (b BETWEEN 1 AND 2 AND s IN ('a', 'b')); CREATE TRIGGER g AFTER UPDATE OF b, s ON t FOR EACH ROW WHEN (NEW.b > 1) EXECUTE FUNCTION quiet(); ALTER TABLE t ADD CHECK (b BETWEEN 1 AND 2 AND c > 0), ADD UNIQUE (c, b), REPLICA IDENTITY FULL"),
    "renamed": (13, "CREATE TABLE t (id serial PRIMARY KEY, a int UNIQUE CHECK (a > 0), b int GENERATED ALWAYS AS IDENTITY); ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME a TO z; ALTER TABLE u RENAME id TO key; ALTER SEQUENCE t_id_seq RENAME TO other; CREATE TABLE t (id serial PRIMARY KEY, a int UNIQUE)"),
    "long names": (13, f"CREATE TABLE {'t' * 63} ({'c' * 63} varchar UNIQUE CHECK ({'c' * 63} IN ('a', 'b')), id serial PRIMARY KEY REFERENCES {'t' * 63}, n int NOT NULL)"),
    "type changed": (13, "CREATE TABLE t (a int DEFAULT 1 CHECK (a BETWEEN 1 AND 2 AND a > 0), s text CHECK (s IN ('a', 'b'))); CREATE INDEX i ON t (a) WHERE s IN ('a', 'b'); ALTER TABLE t ALTER a TYPE bigint, ALTER s TYPE varchar(7); ALTER TABLE t ALTER a TYPE numeric(9,2)"),
    # inheritance
    "other order": (13, "CREATE TABLE p (a int, b varchar, c int); CREATE TABLE t (c int, x int, b varchar, y int, a int, CHECK (b IN ('a', 'b'))); ALTER TABLE t INHERIT p"),
    "several parents": (13, "CREATE TABLE p (a int DEFAULT 1, b varchar CHECK (b IN ('a', 'b'))); CREATE TABLE q (c int, a int DEFAULT 2, d int NOT NULL); CREATE TABLE t (x int, a int DEFAULT 3, d int) INHERITS (q, p)"),
    "parents later": (13, "CREATE TABLE p (a int, b int); CREATE TABLE q (c int, d int); CREATE TABLE t (d int, b int, z int, a int, c int); ALTER TABLE t INHERIT q; ALTER TABLE t INHERIT p; ALTER TABLE t DROP z"),
    "two levels": (13, "CREATE TABLE p (a int, b int CHECK (b BETWEEN 1 AND 2 AND b > 0)); CREATE TABLE t (x int, b int, a int, CONSTRAINT p_b_check CHECK (b BETWEEN 1 AND 2 AND b > 0)); CREATE TABLE g (y int, a int, x int, b int); ALTER TABLE t INHERIT p; ALTER TABLE t ADD z int; ALTER TABLE g ADD z int, ADD CONSTRAINT p_b_check CHECK (b BETWEEN 1 AND 2 AND b > 0), INHERIT t"),
    "column of the parent later": (13, "CREATE TABLE p (a int); CREATE TABLE t (x int DEFAULT 1) INHERITS (p); CREATE TABLE u (y varchar) INHERITS (t); ALTER TABLE p ADD b varchar DEFAULT 'q' CHECK (b IN ('q', 'r')); ALTER TABLE t ALTER b SET DEFAULT 'r'; ALTER TABLE p DROP a"),
    "not null of a child": (18, "CREATE TABLE p (a int, b int); CREATE TABLE t () INHERITS (p); CREATE TABLE u () INHERITS (t); ALTER TABLE t ALTER b SET NOT NULL; ALTER TABLE u ADD CONSTRAINT own NOT NULL a"),
    "left the parent": (13, "CREATE TABLE p (a int NOT NULL, b int CHECK (b > 0)); CREATE TABLE t (x int) INHERITS (p); ALTER TABLE t NO INHERIT p"),
    # options and names
    "options": (13, "CREATE TABLE t (a int, s text) WITH (autovacuum_enabled = false, fillfactor = 70); ALTER TABLE t SET (parallel_workers = 2, autovacuum_analyze_threshold = 9); ALTER TABLE t RESET (fillfactor); ALTER TABLE t SET (fillfactor = 60); ALTER TABLE t SET (toast.autovacuum_enabled = false); ALTER TABLE t ALTER a SET (n_distinct_inherited = 2, n_distinct = -0.5), ALTER s SET STORAGE EXTERNAL; CREATE INDEX i ON t (a) WITH (fillfactor = 60, deduplicate_items = off)"),
    "odd names": (13, '''CREATE TABLE "T ""x""" ("a b" varchar CHECK ("a b" IN ('a', 'b')), "A" int, "a" int, "ü" int, "100%" int, "b;--" int, CONSTRAINT "c ''" CHECK ("A" BETWEEN 1 AND 2 AND "a" > 0 AND "ü" > 0)); CREATE INDEX "i (" ON "T ""x""" ("a b") WHERE "a b" IN ('((a AND b) AND c)', 'ARRAY[''a''::varchar]::text[]'); CREATE VIEW "v ," AS SELECT "a b" AS "x, y", "A" FROM "T ""x""" WHERE "a" BETWEEN 1 AND 2 AND "A" > 1'''),
    "keywords": (13, """CREATE TABLE "table" ("select" int, "user" varchar CHECK ("user" IN ('a', 'b')), "order" int, "group" int, "left" int, value int, "json" text, "values" int, "interval" int, "timestamp" text, "between" int CHECK ("between" BETWEEN 1 AND 2 AND "left" > 0), "char" int, "name" int, type text, "and" bool, "or" bool, CHECK ("and" AND "or" AND "and")); CREATE FUNCTION "left"("in" int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW "view" AS SELECT "order", "left", value AS "end" FROM "table" WHERE "user" IN ('a', 'b'); CREATE TYPE "range" AS ENUM ('and', 'or'); CREATE SEQUENCE "sequence"; CREATE TABLE "like" (LIKE "table" INCLUDING ALL)"""),
    "comments": (13, "CREATE TABLE t (a int); COMMENT ON TABLE t IS E'a ''quoted'' \\\\ text\\n--\\n-- Name: x; Type: TABLE; Schema: y; Owner: -\\n--\\n'; COMMENT ON COLUMN t.a IS '((a AND b) AND c)'"),
    "texts like conditions": (13, "CREATE TABLE t (s varchar DEFAULT '((a AND b) AND c)' CHECK (s IN ('((a OR b) OR c)', 'ARRAY[''x''::character varying])::text[]'))); CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN '((a AND b) AND c)'; -- ((a OR b) OR c)\nEND $$"),
    "not null": (13, "CREATE TABLE t (a int NOT NULL, b int PRIMARY KEY, c int CHECK (c IS NOT NULL)); ALTER TABLE t ALTER c SET NOT NULL; CREATE TABLE u () INHERITS (t); ALTER TABLE u ALTER a SET NOT NULL; CREATE TABLE w (LIKE t INCLUDING ALL)"),
    "named not null": (18, "CREATE TABLE t (a int CONSTRAINT x NOT NULL, b int CONSTRAINT y NOT NULL NO INHERIT, c int); ALTER TABLE t ADD CONSTRAINT z NOT NULL c NOT VALID; CREATE TABLE u () INHERITS (t); CREATE TABLE w (c int, a int); ALTER TABLE w ADD CONSTRAINT other NOT NULL a"),
    "nulls not distinct": (15, "CREATE TABLE t (a int, s varchar, UNIQUE NULLS NOT DISTINCT (a)); CREATE UNIQUE INDEX i ON t (s) NULLS NOT DISTINCT WHERE s IN ('a', 'b'); CREATE VIEW v WITH (security_invoker = on, security_barrier = false) AS SELECT a FROM t WHERE s IN ('a', 'b')"),
    "keys": (13, "CREATE TABLE p (a int, b int, UNIQUE (b, a), PRIMARY KEY (a, b)); CREATE TABLE t (x int, y int, FOREIGN KEY (y, x) REFERENCES p (b, a) MATCH FULL ON DELETE SET NULL DEFERRABLE, UNIQUE (y, x) INITIALLY DEFERRED); ALTER TABLE t ADD CONSTRAINT later FOREIGN KEY (x, y) REFERENCES p NOT VALID"),
    "typed table": (13, "CREATE TYPE k AS (a int, s varchar); CREATE TABLE t OF k (a WITH OPTIONS DEFAULT 1 PRIMARY KEY, CHECK (s IN ('a', 'b')))"),
    "sequences": (13, "CREATE SEQUENCE a START 5 INCREMENT -1 MINVALUE -9 MAXVALUE 9; CREATE SEQUENCE b AS smallint; ALTER SEQUENCE b AS bigint; ALTER SEQUENCE b RESTART 7; CREATE TABLE t (id int DEFAULT nextval('a'), s text DEFAULT nextval('b')::text); ALTER SEQUENCE a RENAME TO c"),
}  # fmt: skip


def fixed_points(version: int) -> list[str]:
    """The statements that make them all on a version."""
    made = []
    for name, (since, statements) in FIXED_POINTS.items():
        if version >= since:
            schema = f'"fixed {name}"'
            made.append(f"CREATE SCHEMA {schema}; SET search_path = {schema}; {statements}")
    return made

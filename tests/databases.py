"""Databases to try things on, as SQL. Each is small, and odd in a way of its own."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

EXAMPLES = Path(__file__).parent.parent / "examples"

SCHEMAS: dict[str, str] = {
    "not null cycle": """
        CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b DEFERRABLE INITIALLY DEFERRED;
        BEGIN; INSERT INTO a SELECT g, 11 - g FROM generate_series(1, 10) g;
        INSERT INTO b SELECT g, g FROM generate_series(1, 10) g; COMMIT;
        ALTER TABLE a ALTER CONSTRAINT a_b_fkey NOT DEFERRABLE;
    """,
    "overlapping cycles": """
        CREATE TABLE x (id int PRIMARY KEY, y int, z int);
        CREATE TABLE y (id int PRIMARY KEY, z int NOT NULL);
        CREATE TABLE z (id int PRIMARY KEY, x int NOT NULL REFERENCES x, y int REFERENCES y);
        CREATE TABLE leaf (id int PRIMARY KEY, z int REFERENCES z);
        INSERT INTO x VALUES (1), (2); INSERT INTO y VALUES (1, 7), (2, 8);
        INSERT INTO z VALUES (7, 1, 2), (8, 2, 1); UPDATE x SET y = 3 - id, z = 6 + id;
        INSERT INTO leaf VALUES (1, 7);
        ALTER TABLE x ADD FOREIGN KEY (y) REFERENCES y; ALTER TABLE x ADD FOREIGN KEY (z) REFERENCES z;
        ALTER TABLE y ADD FOREIGN KEY (z) REFERENCES z DEFERRABLE INITIALLY IMMEDIATE;
    """,
    "self references": """
        CREATE SCHEMA hr;
        CREATE TABLE hr.person (id int PRIMARY KEY, code text UNIQUE, boss int REFERENCES hr.person,
            mentor text REFERENCES hr.person (code) DEFERRABLE INITIALLY DEFERRED,
            a int, b int, c int, d int, UNIQUE (a, b),
            FOREIGN KEY (c, d) REFERENCES hr.person (a, b) MATCH FULL ON DELETE SET NULL);
        INSERT INTO hr.person VALUES (1, 'p1', 2, 'p3', 1, 1, 2, 2), (2, 'p2', 3, 'p2', 2, 2, 1, 1),
            (3, 'p3', NULL, NULL, 3, 3, NULL, NULL);
        CREATE TABLE public.badge (person text NOT NULL REFERENCES hr.person (code) ON UPDATE CASCADE);
        INSERT INTO public.badge VALUES ('p2'), ('p2'), ('p1');
        COMMENT ON CONSTRAINT badge_person_fkey ON public.badge IS 'a comment';
    """,
    "partitions": """
        CREATE TABLE sale (id int, region text, at date, parent int, PRIMARY KEY (id, region))
            PARTITION BY LIST (region);
        CREATE TABLE sale_eu PARTITION OF sale FOR VALUES IN ('de', 'fr') PARTITION BY HASH (id);
        CREATE TABLE sale_eu_0 PARTITION OF sale_eu FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE sale_eu_1 PARTITION OF sale_eu FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE TABLE sale_rest PARTITION OF sale DEFAULT;
        CREATE TABLE line (id int PRIMARY KEY, sale int, region text, sale_line int,
            FOREIGN KEY (sale, region) REFERENCES sale);
        INSERT INTO sale SELECT g, (ARRAY['de', 'fr', 'us'])[1 + g % 3], date '2024-01-01' + g, NULL
            FROM generate_series(1, 60) g;
        INSERT INTO line SELECT id, id, region FROM sale;
        UPDATE sale SET parent = id;
        ALTER TABLE sale ADD FOREIGN KEY (parent) REFERENCES line;
        ALTER TABLE sale_rest ADD CONSTRAINT of_leaf FOREIGN KEY (id) REFERENCES line (id);
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN NEW.at := NEW.at + 1; RETURN NEW; END';
        CREATE TRIGGER touched BEFORE INSERT ON sale FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE INDEX ON sale (at);
    """,
    "inheritance": """
        CREATE TABLE parent (id serial PRIMARY KEY, name text);
        CREATE TABLE child (age int) INHERITS (parent);
        CREATE TABLE grandchild (toy text) INHERITS (child);
        INSERT INTO parent (name) VALUES ('p'); INSERT INTO child (name, age) VALUES ('c', 1);
        INSERT INTO grandchild (name, age, toy) VALUES ('g', 2, 't');
    """,
    "names": """
        CREATE SCHEMA "We ird"; CREATE TYPE "We ird"."T y" AS ENUM ('a"b', 'c''d');
        CREATE TABLE "We ird"."ta""ble %s
new line" ("col %s" int PRIMARY KEY, "select" "We ird"."T y", "ünï\\c" text, "100%" text);
        INSERT INTO "We ird"."ta""ble %s
new line" VALUES (1, 'a"b', E'\\t\\n\\\\', '\\.'), (2, 'c''d', '\\N', ''), (3, NULL, NULL, '💥');
        CREATE TABLE "Capital" (r int, "R" int); CREATE TABLE "capital" (r int, "R" int);
        INSERT INTO "Capital" VALUES (1, 2), (1, 2); INSERT INTO "capital" VALUES (3, 4);
        CREATE TABLE "a.b" (p int); INSERT INTO "a.b" VALUES (1);
        CREATE SCHEMA a; CREATE TABLE a.b (p int); CREATE SCHEMA "a.b"; CREATE TABLE "a.b".c (p int);
        CREATE TABLE a."b.c" (p int); INSERT INTO a."b.c" VALUES (5); INSERT INTO "a.b".c VALUES (6);
        CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
    """,
    "columns": """
        CREATE TABLE g (id int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 3) PRIMARY KEY,
            other int GENERATED BY DEFAULT AS IDENTITY, half int,
            double int GENERATED ALWAYS AS (half * 2) STORED, kept text DEFAULT 'k');
        INSERT INTO g (half) VALUES (1), (2), (NULL); DELETE FROM g WHERE half = 2;
        ALTER TABLE g DROP COLUMN kept;
    """,
    "sequences": """
        CREATE SEQUENCE down START 10 INCREMENT -2 MINVALUE -100 MAXVALUE 100 CACHE 5;
        SELECT nextval('down'); CREATE SEQUENCE untouched START 7; CREATE SEQUENCE called;
        SELECT setval('called', 42); CREATE SEQUENCE waiting; SELECT setval('waiting', 9, false);
        CREATE TABLE s (id serial, big bigserial); INSERT INTO s DEFAULT VALUES;
        ALTER SEQUENCE s_big_seq RESTART WITH 1000;
    """,
    "triggers": """
        CREATE TABLE t (id int PRIMARY KEY, v text);
        CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
            $f$ BEGIN IF TG_LEVEL = 'ROW' AND TG_WHEN = 'BEFORE' THEN NEW.v := NEW.v || '!'; END IF;
            RETURN NEW; END $f$;
        CREATE TRIGGER origin BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION shout();
        CREATE TRIGGER always BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION shout();
        CREATE TRIGGER replica BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION shout();
        CREATE TRIGGER disabled BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION shout();
        CREATE TRIGGER statement AFTER TRUNCATE ON t EXECUTE FUNCTION shout();
        CREATE CONSTRAINT TRIGGER later AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION shout();
        ALTER TABLE t ENABLE ALWAYS TRIGGER always; ALTER TABLE t ENABLE REPLICA TRIGGER replica;
        ALTER TABLE t DISABLE TRIGGER disabled;
        INSERT INTO t VALUES (1, 'a'), (2, 'b');
    """,
    "not valid": """
        CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int, p int);
        INSERT INTO c VALUES (1, 99), (2, NULL);
        ALTER TABLE c ADD CONSTRAINT to_p FOREIGN KEY (p) REFERENCES p NOT VALID;
        ALTER TABLE c ADD CONSTRAINT large CHECK (id > 5) NOT VALID;
        COMMENT ON CONSTRAINT to_p ON c IS 'kept'; COMMENT ON CONSTRAINT large ON c IS 'too';
    """,
    "views": """
        CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 5);
        CREATE VIEW v AS SELECT id + 1 AS id FROM t;
        CREATE MATERIALIZED VIEW z AS SELECT count(*) AS n FROM v;
        CREATE VIEW between_them AS SELECT n FROM z;
        CREATE MATERIALIZED VIEW a AS SELECT n * 2 AS n FROM between_them;
        CREATE UNIQUE INDEX ON a (n);
        CREATE MATERIALIZED VIEW unpopulated AS SELECT * FROM a WITH NO DATA;
    """,
    "types": """
        CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (x int, y text, m mood[]);
        CREATE DOMAIN email AS text CHECK (VALUE ~ '@'); CREATE DOMAIN mail AS email NOT NULL;
        CREATE TYPE frange AS RANGE (subtype = float8);
        CREATE TABLE t (id int PRIMARY KEY, m mood, ms mood[], p pair, ps pair[], e email, f frange);
        INSERT INTO t VALUES (1, 'ok', '{sad,NULL}', '(1,"a,b",{sad})',
            ARRAY['(1,"q""uote",)', '(,,)']::pair[], 'a@b', '[1.5,2]'),
            (2, NULL, '{}', ROW(NULL, NULL, NULL), NULL, NULL, 'empty');
        CREATE TABLE x (r tsrange, EXCLUDE USING gist (r WITH &&));
        INSERT INTO x VALUES ('[2020-01-01,2020-02-01)'), (NULL);
        CREATE TABLE u (id int, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED); INSERT INTO u VALUES (2), (1);
    """,
    "large objects": r"""
        CREATE TABLE t (id int PRIMARY KEY, file oid); SELECT lo_create(4242);
        SELECT lo_put(4242, 0, convert_to(repeat('abc', 200000), 'UTF8'));
        SELECT lo_create(4243); SELECT lo_create(4244); SELECT lo_put(4244, 300000, '\x00ff5c0a');
        INSERT INTO t VALUES (1, 4242), (2, 4243);
    """,
    "row security": """
        CREATE TABLE r (id int PRIMARY KEY, who text); INSERT INTO r VALUES (1, 'a'), (2, 'b');
        ALTER TABLE r ENABLE ROW LEVEL SECURITY; ALTER TABLE r FORCE ROW LEVEL SECURITY;
        CREATE POLICY mine ON r USING (who = current_user) WITH CHECK (true);
        CREATE RULE quiet AS ON INSERT TO r DO ALSO NOTHING; ALTER TABLE r DISABLE RULE quiet;
    """,
    "bodies": r"""
        SET check_function_bodies = off;
        CREATE PROCEDURE odd() LANGUAGE plpgsql AS $x$ BEGIN PERFORM $$
COPY public.t FROM stdin;
1
\.
--
-- Name: fake; Type: TABLE; Schema: public; Owner: -
--
$$; END $x$;
        CREATE FUNCTION early() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM later; -- ;';
        CREATE TABLE later (id int PRIMARY KEY, v text);
        INSERT INTO later VALUES (1, E'COPY "public"."later" ("id", "v") FROM stdin;\n\\.\n-- Name: x');
        COMMENT ON TABLE later IS E'a; "comment" with ''quotes'' \\ and $$';
    """,
    "ranges": """
        CREATE TABLE rng (a int, b text, c int DEFAULT 7) PARTITION BY RANGE (a);
        CREATE TABLE rng_low PARTITION OF rng FOR VALUES FROM (MINVALUE) TO (100);
        CREATE TABLE rng_high (c int, b text NOT NULL, a int);
        ALTER TABLE rng ATTACH PARTITION rng_high FOR VALUES FROM (100) TO (200);
        CREATE TABLE rng_rest PARTITION OF rng DEFAULT;
        CREATE TABLE rng_gone (LIKE rng INCLUDING ALL);
        ALTER TABLE rng ATTACH PARTITION rng_gone FOR VALUES FROM (500) TO (600);
        INSERT INTO rng SELECT g, 'x' || g FROM generate_series(-10, 520, 5) g;
        ALTER TABLE rng DETACH PARTITION rng_gone;
        ALTER TABLE rng_low ADD CONSTRAINT only_low CHECK (b <> 'no');
        CREATE INDEX ON rng (a); CREATE INDEX only_leaf ON rng_high (b);
        CREATE TABLE sub (a int, b int) PARTITION BY RANGE (a);
        CREATE TABLE sub_1 PARTITION OF sub FOR VALUES FROM (0) TO (10) PARTITION BY LIST (b);
        CREATE TABLE sub_1_1 PARTITION OF sub_1 FOR VALUES IN (1, NULL);
        INSERT INTO sub VALUES (1, 1), (2, NULL);
    """,
    "settings": """
        CREATE TABLE s (id int PRIMARY KEY, a int, b int, big text, kept text) WITH (fillfactor = 70);
        ALTER TABLE s ALTER big SET STORAGE EXTERNAL; ALTER TABLE s ALTER kept SET STATISTICS 500;
        ALTER TABLE s ALTER a SET (n_distinct = 5); ALTER TABLE s REPLICA IDENTITY FULL;
        CREATE STATISTICS st (ndistinct, dependencies) ON a, b FROM s;
        CREATE UNLOGGED TABLE u (id int); INSERT INTO u VALUES (1);
        CREATE COLLATION mine (locale = 'C'); CREATE TABLE c (t text COLLATE mine PRIMARY KEY);
        INSERT INTO c VALUES ('b'), ('A'); INSERT INTO s VALUES (1, 2, 3, repeat('x', 5000), NULL);
        CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple);
        CREATE TEXT SEARCH CONFIGURATION ours (COPY = english);
        CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION seen();
        CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
        CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
        CREATE CAST (text AS oid) WITH INOUT;
        COMMENT ON DATABASE "postgres" IS NULL; COMMENT ON COLUMN s.a IS 'a comment';
        COMMENT ON SCHEMA public IS 'ours'; COMMENT ON INDEX s_pkey IS 'the key';
    """,
    "rules": """
        CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE log (id int);
        CREATE VIEW v AS SELECT id, v FROM t WHERE id > 1 WITH CHECK OPTION;
        CREATE VIEW vv WITH (security_barrier) AS SELECT count(*) AS n FROM v;
        CREATE RULE logged AS ON UPDATE TO t DO ALSO INSERT INTO log VALUES (new.id);
        CREATE RULE through AS ON DELETE TO v DO INSTEAD DELETE FROM t WHERE t.id = old.id;
        INSERT INTO t VALUES (1, 'a'), (2, 'b'); UPDATE t SET v = 'c' WHERE id = 2;
        CREATE RECURSIVE VIEW r (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 3;
    """,
    "foreign tables": """
        CREATE FOREIGN DATA WRAPPER dummy; CREATE SERVER far FOREIGN DATA WRAPPER dummy;
        CREATE FOREIGN TABLE ft (id int) SERVER far; CREATE TABLE here (id int PRIMARY KEY);
        CREATE VIEW both_of_them AS SELECT id FROM here UNION ALL SELECT id FROM ft;
        INSERT INTO here VALUES (1);
    """,
    "long names": f"""
        CREATE SCHEMA "{"s" * 63}"; CREATE TABLE "{"s" * 63}"."{"ü" * 31}" ("{"c" * 63}" int PRIMARY KEY);
        INSERT INTO "{"s" * 63}"."{"ü" * 31}" VALUES (1), (2);
        CREATE TABLE "{"s" * 63}"."{"ü" * 30}x" (p int REFERENCES "{"s" * 63}"."{"ü" * 31}");
        INSERT INTO "{"s" * 63}"."{"ü" * 30}x" VALUES (2);
    """,
    "many columns": f"""
        CREATE TABLE wide ({", ".join(f"c{n} int" for n in range(1600))});
        INSERT INTO wide (c0, c1599) VALUES (1, 2), (3, 4);
    """,
    "awkward values": r"""
        CREATE TABLE a (id int PRIMARY KEY, n name, ch "char", bp char(10), j json, jb jsonb,
            m money, o oid, rc regclass, by bytea, bt bit(3), vb varbit, ip inet, ci cidr, iv interval,
            ts timestamptz, tz timetz, tv tsvector, l pg_lsn, f4 float4, f8 float8, nu numeric);
        INSERT INTO a VALUES
            (1, 'n', 'c', 'ab ', '{ "a" : 1, "a":2 }', '{"a":1.10,"b":[1e400]}', 1234.5,
             4000000000, 'a', '\x00ff5c0a', '101', '1', '1.2.3.4/8', '10.0.0.0/8',
             '1 year -2 days 03:00:00.5', 'infinity', '12:00+05', 'a:1 b', '0/16B3748', '-0', '-0', 'NaN'),
            (2, '', '', '', '[1, 2]', '"str"', NULL, NULL, NULL, '', NULL, '', '::1', '::/0',
             '-1 mons', '4713-01-01 00:00:00+00 BC', NULL, '', NULL, 'nan', '-infinity', 1e-20),
            (3, NULL, NULL, NULL, 'null', 'null', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
             NULL, '294276-12-31 23:59:59+00', NULL, NULL, NULL, 3.4e38, 1e-300, 12345678901234567890.10);
    """,
    "no tables": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
}

# what needs a later server, by major version
LATER: dict[str, tuple[int, str]] = {
    "multiranges": (
        14,
        """
        CREATE TYPE fr AS RANGE (subtype = float8, multirange_type_name = fmr);
        CREATE TABLE t (id int PRIMARY KEY, m int4multirange, f fmr, z text COMPRESSION pglz);
        INSERT INTO t VALUES (1, '{[1,3),[5,7)}', '{[1.5,2]}', repeat('z', 9000)), (2, '{}', NULL, NULL);
        CREATE PROCEDURE p(OUT n int) BEGIN ATOMIC SELECT count(*)::int FROM t; END;
        """,
    ),
    "set null of columns": (
        15,
        """
        CREATE TABLE p (tenant int, id int, PRIMARY KEY (tenant, id));
        CREATE TABLE c (tenant int NOT NULL, id int, p int, UNIQUE NULLS NOT DISTINCT (tenant, p),
            FOREIGN KEY (tenant, p) REFERENCES p ON DELETE SET NULL (p));
        INSERT INTO p VALUES (1, 1), (1, 2); INSERT INTO c VALUES (1, 1, 1), (1, 2, NULL);
        CREATE VIEW v WITH (security_invoker) AS SELECT * FROM c;
        """,
    ),
    "not enforced": (
        18,
        """
        CREATE TABLE p (id int PRIMARY KEY);
        CREATE TABLE c (id int, p int, CONSTRAINT loose FOREIGN KEY (p) REFERENCES p NOT ENFORCED,
            CONSTRAINT small CHECK (id < 5) NOT ENFORCED, CONSTRAINT named NOT NULL id);
        INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1), (9, 99);
        ALTER TABLE c ADD CONSTRAINT later NOT NULL p NOT VALID;
        CREATE TABLE virtual (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL,
            half int GENERATED ALWAYS AS (id / 2) STORED);
        INSERT INTO virtual VALUES (4), (6);
        CREATE TABLE booking (room int, at daterange, PRIMARY KEY (room, at WITHOUT OVERLAPS));
        """.replace("PRIMARY KEY (room, at WITHOUT OVERLAPS)", "CHECK (room > 0)"),
    ),
}

# what servers without the contributed extensions do not have
EXTENSIONS = """
    CREATE SCHEMA extensions; CREATE EXTENSION hstore SCHEMA extensions; CREATE EXTENSION citext;
    CREATE EXTENSION pg_trgm; CREATE EXTENSION pgcrypto; CREATE EXTENSION "uuid-ossp";
    CREATE EXTENSION ltree; CREATE EXTENSION btree_gist; CREATE EXTENSION cube;
    CREATE EXTENSION earthdistance; CREATE EXTENSION unaccent;
    CREATE TABLE t (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), h extensions.hstore,
        c citext UNIQUE, l ltree, cu cube, x xml);
    INSERT INTO t VALUES ('00000000-0000-0000-0000-000000000001', 'a=>1,"b c"=>NULL', 'AbC', 'a.b.c',
        '(1,2),(3,4)', '<a/>'), ('00000000-0000-0000-0000-000000000002', NULL, 'ünï', NULL, NULL, 'x');
    CREATE INDEX ON t USING gin (c gin_trgm_ops); CREATE INDEX ON t USING gist (l);
    CREATE TABLE e (r int4range, k int, EXCLUDE USING gist (k WITH =, r WITH &&));
    INSERT INTO e VALUES ('[1,2)', 1);
"""


def build(url: str, name: str) -> None:
    """Make the named database."""
    if name == "cuebe":
        files = (EXAMPLES / "cuebe" / "schema.sql", Path(__file__).parent / "cuebe_rows.sql")
        texts = [file.read_text() for file in files]
    else:
        texts = [LATER[name][1] if name in LATER else SCHEMAS.get(name, EXTENSIONS)]
    with psycopg.connect(url, autocommit=True) as connection:
        for text in texts:
            connection.execute(sql.SQL(text))


def disturb(url: str) -> None:
    """Leave the schema, and change the content: rows are lost, sequences move on."""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
            " AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
        ).fetchall()
        if tables:
            connection.execute(sql.SQL(f"TRUNCATE {', '.join(name for (name,) in tables)}"))
        connection.execute(
            "SELECT setval(c.oid, CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END)"
            " FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid"
        )

"""Schemas with one unusual feature each, for drafts of blueprints. The comment says since when."""

from __future__ import annotations

TYPES = {
    "timestamp6": "timestamp(6)", "timestamp3": "timestamp(3)", "timestamptz0": "timestamptz(0)",
    "time6": "time(6)", "timetz": "timetz", "timetz3": "timetz(3)", "interval": "interval",
    "interval_fields": "interval day to second(3)", "interval_year": "interval year",
    "numeric_3_2": "numeric(3,2)", "numeric_plain": "numeric", "numeric_12": "numeric(12)",
    "varchar_2": "varchar(2)", "varchar_40": "varchar(40)", "char_3": "char(3)", "bit_5": "bit(5)",
    "varbit_9": "varbit(9)", "money": "money", "inet": "inet", "cidr": "cidr", "xml": "xml",
    "macaddr": "macaddr", "macaddr8": "macaddr8", "tsvector": "tsvector", "tsquery": "tsquery",
    "point": "point", "line": "line", "lseg": "lseg", "box": "box", "path": "path",
    "polygon": "polygon", "circle": "circle", "oid": "oid", "one_char": '"char"', "name": "name",
    "bytea": "bytea", "json": "json", "jsonb": "jsonb", "uuid": "uuid", "real": "real",
    "double": "double precision", "smallint": "smallint", "int4range": "int4range",
    "numrange": "numrange", "tstzrange": "tstzrange", "tsrange": "tsrange",
    "daterange": "daterange", "text_array": "text[]", "int_array": "int[]",
    "numeric_array": "numeric(5,2)[]", "timestamp_array": "timestamp(3)[]",
    "jsonb_array": "jsonb[]", "uuid_array": "uuid[]", "bool_array": "boolean[]",
    "date_array": "date[]", "varchar_array": "varchar(3)[]", "matrix": "int[][]",
    "jsonpath": "jsonpath", "pg_lsn": "pg_lsn", "regclass": "regclass", "regtype": "regtype",
}  # fmt: skip

CHECKS = {
    "in_list": "kind text NOT NULL CHECK (kind IN ('a', 'b'))",
    "in_varchar": "kind varchar(9) NOT NULL CHECK (kind IN ('new', 'it''s'))",
    "any_array": "kind text NOT NULL CHECK (kind = ANY ('{x,y}'::text[]))",
    "in_numbers": "n int NOT NULL CHECK (n IN (2, 4, 8))",
    "equal_to": "kind text NOT NULL CHECK (kind = 'only')",
    "or_list": "kind text NOT NULL CHECK (kind = 'a' OR kind = 'b')",
    "between": "n int NOT NULL CHECK (n BETWEEN 90 AND 95)",
    "between_numeric": "n numeric(4,1) NOT NULL CHECK (n > -2.5 AND n < -1)",
    "above_smallint": "n smallint NOT NULL CHECK (n > 30000)",
    "between_float": "n real NOT NULL CHECK (n >= 0 AND n <= 1)",
    "between_dates": "d date NOT NULL CHECK (d >= '1999-01-01' AND d < '1999-02-01')",
    "in_the_past": "d timestamptz NOT NULL CHECK (d <= now())",
    "in_the_future": "d date NOT NULL CHECK (d > CURRENT_DATE)",
    "exact_length": "code text NOT NULL CHECK (length(code) = 7)",
    "least_length": "word varchar(80) NOT NULL CHECK (char_length(word) >= 30)",
    "most_length": "body text NOT NULL CHECK (length(body) <= 12)",
    "not_blank": "word text NOT NULL CHECK (length(trim(word)) > 0 AND word <> '')",
    "bytes_length": "digest bytea NOT NULL CHECK (octet_length(digest) = 20)",
    "two_columns": "low int NOT NULL, high int NOT NULL, CHECK (low < high)",
    "two_dates": "start_date date NOT NULL, end_date date NOT NULL, CHECK (end_date > start_date)",
    "start_end": "starts timestamp NOT NULL, ends timestamp NOT NULL, CHECK (starts < ends)",
    "updated_created": "updated_at timestamptz NOT NULL, created_at timestamptz NOT NULL,"
    " CHECK (updated_at >= created_at)",
    "nullable_end": "since date NOT NULL, until date, CHECK (until IS NULL OR until > since)",
    "different": "a int NOT NULL, b int NOT NULL, CHECK (a <> b)",
    "xor": "a int, b text, CHECK ((a IS NULL) <> (b IS NULL))",
    "num_nonnulls": "a int, b text, c date, CHECK (num_nonnulls(a, b, c) = 1)",
    "one_of": "a int, b text, CHECK (a IS NOT NULL OR b IS NOT NULL)",
    "jsonb_object": "j jsonb NOT NULL CHECK (jsonb_typeof(j) = 'object')",
    "jsonb_list": "j jsonb NOT NULL CHECK (jsonb_typeof(j) = 'array')",
    "jsonb_key": "j jsonb NOT NULL CHECK (j ? 'a')",
    "cardinality": "tags text[] NOT NULL CHECK (cardinality(tags) > 0)",
    "array_length": "tags int[] NOT NULL CHECK (array_length(tags, 1) = 2)",
    "regex_code": "code text NOT NULL CHECK (code ~ '^[A-Z]{3}-\\d{4}$')",
    "regex_mail": "email text NOT NULL CHECK (email ~* '^[^@ ]+@[^@ ]+\\.[a-z]+$')",
    "regex_phone": "phone text NOT NULL CHECK (phone ~ '^\\+?[0-9]{10,15}$')",
    "regex_slug": "slug text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')",
    "regex_colour": "colour char(7) NOT NULL CHECK (colour ~ '^#[0-9a-fA-F]{6}$')",
    "regex_or": "code text NOT NULL CHECK (code ~ '^(DE|FR)[0-9]+$')",
    "like": "path text NOT NULL CHECK (path LIKE '/home/%')",
    "lower": "mail text NOT NULL CHECK (mail = lower(mail))",
    "upper": "code varchar(12) NOT NULL CHECK (upper(code) = code)",
    "modulo": "n int NOT NULL CHECK (n % 2 = 0)",
    "sum": "a int NOT NULL, b int NOT NULL, total int NOT NULL, CHECK (total = a + b)",
    "depends": "status text NOT NULL, done_at timestamptz,"
    " CHECK ((status = 'done') = (done_at IS NOT NULL)), CHECK (status IN ('open', 'done'))",
    "either_state": "status text NOT NULL, reason text, CHECK (status = 'ok' AND reason IS NULL"
    " OR status = 'bad' AND reason IS NOT NULL)",
    "interval_bound": "length interval NOT NULL CHECK (length <= '01:00'::interval)",
    "extract": "d date NOT NULL CHECK (EXTRACT(day FROM d) = 1)",
    "not_valid": "n int NOT NULL",
    "no_inherit": "n int NOT NULL CHECK (n > 5) NO INHERIT",
    "case": "n int NOT NULL CHECK (CASE WHEN n > 5 THEN n < 9 ELSE n = 1 END)",
    "status_default": "status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'shut'))",
    "percent": "share numeric(5,4) NOT NULL CHECK (share >= 0 AND share <= 1)",
    "boolean": "agreed boolean NOT NULL CHECK (agreed)",
}  # fmt: skip

_P = "CREATE TABLE p (id serial PRIMARY KEY, name text NOT NULL);"
OTHERS = {
    "enum": "CREATE TYPE e AS ENUM ('x', 'y z', 'it''s'); CREATE TABLE t (id serial PRIMARY KEY,"
    " e e NOT NULL, es e[] NOT NULL)",
    "domain_int": "CREATE DOMAIN d AS int CHECK (VALUE > 90 AND VALUE < 99); CREATE TABLE t"
    " (id serial PRIMARY KEY, d d NOT NULL)",
    "domain_mail": "CREATE DOMAIN d AS text CHECK (VALUE ~ '^[a-z.0-9]+@[a-z.]+$'); CREATE TABLE t"
    " (id serial PRIMARY KEY, contact d NOT NULL)",
    "domain_of_domain": "CREATE DOMAIN a AS varchar(9) CHECK (length(VALUE) > 3); CREATE DOMAIN b"
    " AS a NOT NULL CHECK (VALUE <> 'none'); CREATE TABLE t (id serial PRIMARY KEY, b b)",
    "domain_odd": "CREATE DOMAIN d AS int CHECK (VALUE % 7 = 3); CREATE TABLE t"
    " (id serial PRIMARY KEY, d d NOT NULL)",
    "domain_key": "CREATE DOMAIN d AS text CHECK (VALUE ~ '^[A-Z]{8}$'); CREATE TABLE t"
    " (d d PRIMARY KEY); CREATE TABLE c (id serial PRIMARY KEY, d d NOT NULL REFERENCES t)",
    "composite": "CREATE TYPE pair AS (a int, b text, c date); CREATE TABLE t"
    " (id serial PRIMARY KEY, p pair NOT NULL, ps pair[] NOT NULL)",
    "exclusion": "CREATE TABLE t (id serial PRIMARY KEY, during tstzrange NOT NULL,"
    " EXCLUDE USING gist (during WITH &&))",
    "composite_fk": "CREATE TABLE p (a int, b text, PRIMARY KEY (a, b)); CREATE TABLE t"
    " (id serial PRIMARY KEY, a int NOT NULL, b text NOT NULL, FOREIGN KEY (a, b) REFERENCES p)",
    "composite_fk_null": "CREATE TABLE p (a int, b text, PRIMARY KEY (a, b)); CREATE TABLE t"
    " (id serial PRIMARY KEY, a int, b text, FOREIGN KEY (a, b) REFERENCES p)",
    "match_full": "CREATE TABLE p (a int, b text, PRIMARY KEY (a, b)); CREATE TABLE t"
    " (id serial PRIMARY KEY, a int, b text, FOREIGN KEY (a, b) REFERENCES p MATCH FULL)",
    "tenants": "CREATE TABLE tenant (id serial PRIMARY KEY); CREATE TABLE person (tenant_id int"
    " NOT NULL REFERENCES tenant, id serial, PRIMARY KEY (tenant_id, id)); CREATE TABLE project"
    " (tenant_id int NOT NULL REFERENCES tenant, id serial, PRIMARY KEY (tenant_id, id)); CREATE"
    " TABLE task (id serial PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenant, project_id int"
    " NOT NULL, person_id int NOT NULL, reviewer_id int, FOREIGN KEY (tenant_id, project_id)"
    " REFERENCES project, FOREIGN KEY (tenant_id, person_id) REFERENCES person,"
    " FOREIGN KEY (tenant_id, reviewer_id) REFERENCES person)",
    "cycle_null": "CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id serial PRIMARY KEY,"
    " a_id int NOT NULL REFERENCES a); ALTER TABLE a ADD b_id int REFERENCES b",
    "cycle": "CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id serial PRIMARY KEY,"
    " a_id int NOT NULL REFERENCES a); ALTER TABLE a ADD b_id int NOT NULL REFERENCES b",
    "cycle_deferrable": "CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id serial PRIMARY"
    " KEY, a_id int NOT NULL REFERENCES a DEFERRABLE); ALTER TABLE a ADD b_id int NOT NULL"
    " REFERENCES b DEFERRABLE INITIALLY DEFERRED",
    "cycle_uuid": "CREATE TABLE a (id uuid PRIMARY KEY); CREATE TABLE b (id uuid PRIMARY KEY,"
    " a_id uuid NOT NULL REFERENCES a); ALTER TABLE a ADD b_id uuid NOT NULL REFERENCES b",
    "cycle_of_three": "CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id serial PRIMARY"
    " KEY, a_id int NOT NULL REFERENCES a); CREATE TABLE c (id serial PRIMARY KEY, b_id int NOT"
    " NULL REFERENCES b); ALTER TABLE a ADD c_id int NOT NULL REFERENCES c",
    "cycle_natural": "CREATE TABLE a (code text PRIMARY KEY); CREATE TABLE b (code text PRIMARY"
    " KEY, a text NOT NULL REFERENCES a); ALTER TABLE a ADD b text NOT NULL REFERENCES b",
    "self_null": "CREATE TABLE t (id serial PRIMARY KEY, parent_id int REFERENCES t)",
    "self_not_null": "CREATE TABLE t (id serial PRIMARY KEY, parent_id int NOT NULL REFERENCES t)",
    "self_natural": "CREATE TABLE t (code text PRIMARY KEY, parent text NOT NULL REFERENCES t)",
    "self_composite": "CREATE TABLE t (a int, b int, pa int, pb int, PRIMARY KEY (a, b),"
    " FOREIGN KEY (pa, pb) REFERENCES t)",
    "by_list": "CREATE TABLE t (id serial, k text, PRIMARY KEY (id, k)) PARTITION BY LIST (k);"
    " CREATE TABLE t1 PARTITION OF t FOR VALUES IN ('a', 'b');"
    " CREATE TABLE t2 PARTITION OF t FOR VALUES IN ('c', NULL)",
    "by_range": "CREATE TABLE t (id serial, d date, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);"
    " CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2001-01-01') TO ('2001-02-01');"
    " CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('2001-02-01') TO ('2001-03-01')",
    "by_range_numbers": "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);"
    " CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (500) TO (700)",
    "by_range_open": "CREATE TABLE t (id serial, d timestamptz, PRIMARY KEY (id, d)) PARTITION BY"
    " RANGE (d); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (MINVALUE) TO ('2001-01-01')",
    "by_hash": "CREATE TABLE t (id serial PRIMARY KEY) PARTITION BY HASH (id);"
    " CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
    " CREATE TABLE t2 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
    "partitions_of_partitions": "CREATE TABLE t (id serial, k text, d date, PRIMARY KEY (id, k, d))"
    " PARTITION BY LIST (k); CREATE TABLE t1 PARTITION OF t FOR VALUES IN ('a') PARTITION BY"
    " RANGE (d); CREATE TABLE t2 PARTITION OF t1 FOR VALUES FROM ('2001-01-01') TO ('2001-02-01')",
    "by_list_default": "CREATE TABLE t (id serial, k text, PRIMARY KEY (id, k)) PARTITION BY LIST"
    " (k); CREATE TABLE t1 PARTITION OF t FOR VALUES IN ('a'); CREATE TABLE t2 PARTITION OF t"
    " DEFAULT",
    "without_partition": "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id)",
    "no_primary_key": "CREATE TABLE t (a int NOT NULL, b text); " + _P,
    "inheritance": "CREATE TABLE t (id serial PRIMARY KEY, a int NOT NULL);"
    " CREATE TABLE u (b text NOT NULL, PRIMARY KEY (id)) INHERITS (t)",
    "inheritance_no_key": "CREATE TABLE t (id serial PRIMARY KEY, a int NOT NULL);"
    " CREATE TABLE u (b text NOT NULL) INHERITS (t)",
    "two_schemas": "CREATE SCHEMA s; CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL);"
    " CREATE TABLE s.t (id serial PRIMARY KEY, t_id int NOT NULL REFERENCES public.t, x int NOT"
    " NULL); CREATE TABLE s.u (id serial PRIMARY KEY, t_id int NOT NULL REFERENCES s.t, other int"
    " REFERENCES public.t)",
    "two_foreign_schemas": "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (id serial PRIMARY"
    " KEY); CREATE TABLE b.t (id serial PRIMARY KEY, t_id int NOT NULL REFERENCES a.t)",
    "called_r": "CREATE TABLE r (id serial PRIMARY KEY, r text NOT NULL); CREATE TABLE s"
    " (id serial PRIMARY KEY, r_id int NOT NULL REFERENCES r, r2 int NOT NULL REFERENCES r)",
    "keywords": 'CREATE TABLE "class" ("import" serial PRIMARY KEY, "def" text NOT NULL); CREATE'
    ' TABLE "select" (id serial PRIMARY KEY, "class" int NOT NULL REFERENCES "class",'
    ' "from" int REFERENCES "class")',
    "quotes": """CREATE TABLE "a""b" (id serial PRIMARY KEY, "c""d'e" text NOT NULL)""",
    "digit_first": 'CREATE TABLE "2019" (id serial PRIMARY KEY, "1st" text NOT NULL); CREATE TABLE'
    ' t (id serial PRIMARY KEY, a int NOT NULL REFERENCES "2019", b int REFERENCES "2019")',
    "spaces": 'CREATE TABLE "Order Details" ("Order Id" int PRIMARY KEY, "Unit Price" numeric(8,2)'
    ' NOT NULL); CREATE TABLE "Sub Orders" ("Order Id" int NOT NULL REFERENCES "Order Details",'
    ' n int, PRIMARY KEY ("Order Id", n), other int REFERENCES "Order Details")',
    "mixed_case": 'CREATE TABLE "User" ("Id" serial PRIMARY KEY, "firstName" text NOT NULL); CREATE'
    ' TABLE "Post" ("Id" serial PRIMARY KEY, "authorId" int NOT NULL REFERENCES "User",'
    ' "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" timestamp(3) NOT'
    " NULL)",
    "unicode": 'CREATE TABLE "größe" (id serial PRIMARY KEY, "名前" text NOT NULL); CREATE TABLE t'
    ' (id serial PRIMARY KEY, a int NOT NULL REFERENCES "größe", b int REFERENCES "größe")',
    "underscore": "CREATE TABLE _t (_id serial PRIMARY KEY, _x text NOT NULL); CREATE TABLE u"
    " (id serial PRIMARY KEY, a int NOT NULL REFERENCES _t, b int REFERENCES _t)",
    "names_of_ours": "CREATE TABLE count (id serial PRIMARY KEY, number int NOT NULL UNIQUE);"
    " CREATE TABLE date (id serial PRIMARY KEY, count_id int NOT NULL REFERENCES count, b int"
    " REFERENCES count, row int NOT NULL); CREATE TABLE number (id serial PRIMARY KEY, date_id int"
    " REFERENCES date)",
    "dotted": 'CREATE TABLE "a.b" (id serial PRIMARY KEY); CREATE TABLE t (id serial PRIMARY KEY,'
    ' x int NOT NULL REFERENCES "a.b", y int REFERENCES "a.b")',
    "ssn": "CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL, ssn text NOT NULL); " + _P,
    "ssn_null": "CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL, ssn text)",
    "junction": _P + "CREATE TABLE q (id serial PRIMARY KEY); CREATE TABLE t (p_id int REFERENCES"
    " p, q_id int REFERENCES q, PRIMARY KEY (p_id, q_id))",
    "junction_id": _P + "CREATE TABLE q (id serial PRIMARY KEY); CREATE TABLE t (id serial PRIMARY"
    " KEY, p_id int NOT NULL REFERENCES p, q_id int NOT NULL REFERENCES q, UNIQUE (p_id, q_id))",
    "junction_of_three": _P + "CREATE TABLE q (id serial PRIMARY KEY); CREATE TABLE t (p_id int"
    " REFERENCES p, q_id int REFERENCES q, p2 int REFERENCES p, PRIMARY KEY (p_id, q_id, p2))",
    "friends": _P + "CREATE TABLE t (a int REFERENCES p, b int REFERENCES p, PRIMARY KEY (a, b),"
    " CHECK (a < b))",
    "not_oneself": _P + "CREATE TABLE t (id serial PRIMARY KEY, a int NOT NULL REFERENCES p, b int"
    " NOT NULL REFERENCES p, CHECK (a <> b))",
    "one_to_one": _P + "CREATE TABLE t (p_id int PRIMARY KEY REFERENCES p, bio text)",
    "one_to_one_null": _P + "CREATE TABLE t (id serial PRIMARY KEY, p_id int UNIQUE REFERENCES p)",
    "owner_xor": _P + "CREATE TABLE q (id serial PRIMARY KEY); CREATE TABLE t (id serial PRIMARY"
    " KEY, p_id int REFERENCES p, q_id int REFERENCES q, CHECK (num_nonnulls(p_id, q_id) = 1))",
    "owner_xor_sql": _P + "CREATE TABLE q (id serial PRIMARY KEY); CREATE TABLE t (id serial"
    " PRIMARY KEY, p_id int REFERENCES p, q_id int REFERENCES q,"
    " CHECK (p_id IS NULL AND q_id IS NOT NULL OR p_id IS NOT NULL AND q_id IS NULL))",
    "composite_key": "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))",
    "key_without_sequence": "CREATE TABLE t (id int PRIMARY KEY, name varchar(3) UNIQUE)",
    "smallint_key": "CREATE TABLE t (id smallint PRIMARY KEY); CREATE TABLE c (id smallint PRIMARY"
    " KEY, t_id smallint NOT NULL REFERENCES t)",
    "text_key": "CREATE TABLE t (code varchar(4) PRIMARY KEY); CREATE TABLE c (code char(2), t"
    " varchar(4) REFERENCES t, PRIMARY KEY (code, t))",
    "date_key": "CREATE TABLE t (d date PRIMARY KEY, n int NOT NULL)",
    "uuid_key": "CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int NOT NULL)",
    "identity_always": "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int)",
    "identity_beside": "CREATE TABLE t (code text PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY)",
    "generated": "CREATE TABLE t (id serial PRIMARY KEY, a int NOT NULL, b int GENERATED ALWAYS AS"
    " (a * 2) STORED)",
    "unique_enum": "CREATE TYPE e AS ENUM ('x', 'y'); CREATE TABLE t (id serial PRIMARY KEY,"
    " e e NOT NULL UNIQUE)",
    "unique_boolean": _P + "CREATE TABLE t (id serial PRIMARY KEY, p_id int NOT NULL REFERENCES p,"
    " main boolean NOT NULL, UNIQUE (p_id, main))",
    "unique_partial": _P + "CREATE TABLE t (id serial PRIMARY KEY, p_id int NOT NULL REFERENCES p,"
    " main boolean NOT NULL); CREATE UNIQUE INDEX ON t (p_id) WHERE main",
    "unique_lower": "CREATE TABLE t (id serial PRIMARY KEY, mail text NOT NULL);"
    " CREATE UNIQUE INDEX ON t (lower(mail))",
    "unique_of_parent": _P + "CREATE TABLE t (id serial PRIMARY KEY, p_id int NOT NULL REFERENCES"
    " p, position int NOT NULL, UNIQUE (p_id, position))",
    "unique_short": "CREATE TABLE t (id serial PRIMARY KEY, code char(2) NOT NULL UNIQUE)",
    "unique_deferrable": "CREATE TABLE t (id serial PRIMARY KEY, n int NOT NULL UNIQUE DEFERRABLE)",
    "trigger": "CREATE TABLE t (id serial PRIMARY KEY, n int NOT NULL); CREATE FUNCTION f() RETURNS"
    " trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := 5; RETURN NEW; END'; CREATE TRIGGER g BEFORE"
    " INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    "trigger_that_refuses": _P + "CREATE TABLE t (id serial PRIMARY KEY, n int NOT NULL); CREATE"
    " FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';"
    " CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    "row_security": "CREATE TABLE t (id serial PRIMARY KEY, n int NOT NULL);"
    " ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY",
    "no_columns": "CREATE TABLE t (); " + _P,
    "no_columns_alone": "CREATE TABLE t ()",
    "key_alone": "CREATE TABLE t (id serial PRIMARY KEY)",
    "foreign_key_not_valid": _P + "CREATE TABLE t (id serial PRIMARY KEY, p_id int NOT NULL);"
    " ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p NOT VALID",
    "foreign_key_to_unique": "CREATE TABLE p (id serial PRIMARY KEY, code text NOT NULL UNIQUE);"
    " CREATE TABLE t (id serial PRIMARY KEY, p_code text NOT NULL REFERENCES p (code))",
    "two_to_one_parent": _P + "CREATE TABLE t (id serial PRIMARY KEY, buyer int NOT NULL REFERENCES"
    " p, seller int NOT NULL REFERENCES p)",
    "grandchildren": _P + "CREATE TABLE c (id serial PRIMARY KEY, p_id int NOT NULL REFERENCES p);"
    " CREATE TABLE g (id serial PRIMARY KEY, c_id int NOT NULL REFERENCES c ON DELETE CASCADE)",
    "migrations": _P + "CREATE TABLE schema_migrations (version varchar PRIMARY KEY);"
    " INSERT INTO schema_migrations VALUES ('20240101')",
    "comment_of_code": """CREATE TABLE "t
import os #" (id serial PRIMARY KEY, "c\\" text NOT NULL)""",
    "check_of_function": "CREATE FUNCTION ok(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS"
    " 'SELECT $1 BETWEEN 40 AND 45'; CREATE TABLE t (id serial PRIMARY KEY,"
    " n int NOT NULL CHECK (ok(n)))",
    "check_that_nothing_meets": _P + "CREATE TABLE t (id serial PRIMARY KEY,"
    " n int NOT NULL CHECK (n > 5 AND n < 3))",
    "rows_that_are_there": "CREATE TABLE t (id serial PRIMARY KEY, kind text NOT NULL, n int NOT"
    " NULL); INSERT INTO t (kind, n) SELECT CASE WHEN g % 4 = 0 THEN 'b' ELSE 'a' END, g"
    " FROM generate_series(1, 8) g; " + _P,
}  # fmt: skip

# schemas that only some servers take: the oldest version of each
SINCE = {
    "multirange": (14, "CREATE TABLE t (id serial PRIMARY KEY, v nummultirange NOT NULL,"
                   " w datemultirange NOT NULL)"),
    "nulls_not_distinct": (15, "CREATE TABLE t (id serial PRIMARY KEY, a int,"
                           " UNIQUE NULLS NOT DISTINCT (a))"),
    "virtual": (18, "CREATE TABLE t (id serial PRIMARY KEY, a int NOT NULL,"
                " b int GENERATED ALWAYS AS (a * 2) VIRTUAL)"),
    "uuid7": (18, "CREATE TABLE t (id uuid PRIMARY KEY DEFAULT uuidv7(), n int NOT NULL)"),
    "not_enforced": (18, "CREATE TABLE t (id serial PRIMARY KEY,"
                     " n int NOT NULL CHECK (n > 5) NOT ENFORCED)"),
    "negative_scale": (15, "CREATE TABLE t (id serial PRIMARY KEY, v numeric(3,-2) NOT NULL,"
                       " w numeric(2,4) NOT NULL)"),
}  # fmt: skip

EXTENSIONS = {
    "hstore": "CREATE EXTENSION hstore; CREATE TABLE t (id serial PRIMARY KEY, v hstore NOT NULL)",
    "ltree": "CREATE EXTENSION ltree; CREATE TABLE t (id serial PRIMARY KEY, v ltree NOT NULL)",
    "citext": "CREATE EXTENSION citext; CREATE TABLE t (id serial PRIMARY KEY, v citext NOT NULL"
    " UNIQUE, w citext NOT NULL CHECK (w IN ('a', 'b')))",
    "cube": "CREATE EXTENSION cube; CREATE TABLE t (id serial PRIMARY KEY, v cube NOT NULL)",
    "exclusion_of_two": "CREATE EXTENSION btree_gist; CREATE TABLE p (id serial PRIMARY KEY);"
    " CREATE TABLE t (id serial PRIMARY KEY, p_id int NOT NULL REFERENCES p, during daterange NOT"
    " NULL, EXCLUDE USING gist (p_id WITH =, during WITH &&))",
    "without_overlaps": "CREATE EXTENSION btree_gist; CREATE TABLE t (id int, valid daterange,"
    " PRIMARY KEY (id, valid WITHOUT OVERLAPS)); CREATE TABLE c (id serial PRIMARY KEY, t_id int"
    " NOT NULL, during daterange NOT NULL, FOREIGN KEY (t_id, PERIOD during) REFERENCES t"
    " (id, PERIOD valid))",
}  # fmt: skip


def schemas(version: int, extensions: bool) -> dict[str, str]:
    """The statements that make each schema, by name: those that a server of the version takes."""
    made = {
        f"type_{name}": f"CREATE TABLE t (id serial PRIMARY KEY, v {type_} NOT NULL, w {type_})"
        for name, type_ in TYPES.items()
    }
    made |= {
        f"check_{name}": f"CREATE TABLE t (id serial PRIMARY KEY, {columns})"
        for name, columns in CHECKS.items()
    }
    made["check_not_valid"] += "; ALTER TABLE t ADD CHECK (n > 5000) NOT VALID"
    made |= OTHERS
    made |= {name: text for name, (since, text) in SINCE.items() if version >= since}
    if extensions:
        made |= {n: t for n, t in EXTENSIONS.items() if n != "without_overlaps" or version >= 18}
    return made

"""Single changes of indexes, views, sequences, types, routines, triggers and all that is rarer."""

from __future__ import annotations

from mutations_base import Mutation as M


def _again(kind: str, name: str, drop: str, *others: str, since: int = 13) -> list[M]:
    """The object is dropped, and made again otherwise."""
    return [M(f"{drop}; {other}", kind, name, since) for other in others]


INDEXES = [
    M("CREATE INDEX another ON shop.product (title)", "index", "another"),
    M("CREATE INDEX on_summary ON shop.summary (purchases)", "index", "on_summary"),
    M("CREATE STATISTICS shop.more_facts ON region, placed FROM shop.purchase", "statistics", "more_facts"),
    M("DROP INDEX shop.by_title", "index", "by_title"),
    M("ALTER INDEX shop.by_words RENAME TO by_word", "index", "by_words"),
    M("ALTER INDEX shop.by_words SET (fastupdate = on)", "index", "by_words"),
    M("ALTER INDEX shop.by_words RESET (fastupdate)", "index", "by_words"),
    M("ALTER INDEX shop.by_words SET (gin_pending_list_limit = 100)", "index", "by_words"),
    M("ALTER INDEX shop.by_sku SET (fillfactor = 70)", "index", "by_sku"),
    M("ALTER INDEX shop.by_width ALTER COLUMN 1 SET STATISTICS 301", "index", "by_width"),
    M("ALTER INDEX shop.by_width ALTER COLUMN 1 SET STATISTICS -1", "index", "by_width"),
    M("COMMENT ON INDEX shop.by_title IS 'other'", "comment", "by_title"),
    M("COMMENT ON INDEX shop.by_words IS 'new'", "comment", "by_words"),
    M("DROP INDEX shop.summary_customer", "index|view", "summary_customer|summary"),
    *_again(
        "index", "by_title", "DROP INDEX shop.by_title",
        "CREATE INDEX by_title ON shop.product (lower(title)); COMMENT ON INDEX shop.by_title IS 'for searching'",
        "CREATE INDEX by_title ON shop.product (upper(title) text_pattern_ops); COMMENT ON INDEX shop.by_title IS 'for searching'",
        "CREATE UNIQUE INDEX by_title ON shop.product (lower(title) text_pattern_ops); COMMENT ON INDEX shop.by_title IS 'for searching'",
    ),
    *_again(
        "index", "by_sku", "DROP INDEX shop.by_sku",
        "CREATE INDEX by_sku ON shop.product (sku DESC NULLS LAST) INCLUDE (price) WHERE price > 1",
        "CREATE INDEX by_sku ON shop.product (sku DESC NULLS LAST) INCLUDE (price)",
        "CREATE INDEX by_sku ON shop.product (sku DESC NULLS LAST) INCLUDE (price, title) WHERE price > 0",
        "CREATE INDEX by_sku ON shop.product (sku DESC NULLS LAST, price) WHERE price > 0",
        "CREATE INDEX by_sku ON shop.product (sku DESC) INCLUDE (price) WHERE price > 0",
        "CREATE INDEX by_sku ON shop.product (sku) INCLUDE (price) WHERE price > 0",
        "CREATE INDEX by_sku ON shop.product USING hash (sku) WHERE price > 0",
    ),
    *_again(
        "index", "by_collated", "DROP INDEX shop.by_collated",
        "CREATE INDEX by_collated ON shop.product (blurb)",
        "CREATE INDEX by_collated ON shop.product (blurb COLLATE \"POSIX\")",
        "CREATE INDEX by_collated ON shop.purchase (state COLLATE \"C\")",
    ),
    *_again(
        "index", "alike_index", "DROP INDEX store.alike_index",
        "CREATE UNIQUE INDEX alike_index ON store.alike (parent)",
        since=15,
    ),
]  # fmt: skip

STATISTICS = [
    M("DROP STATISTICS shop.purchase_facts", "statistics", "purchase_facts"),
    M("ALTER STATISTICS shop.purchase_facts SET STATISTICS 151", "statistics", "purchase_facts"),
    M("ALTER STATISTICS shop.purchase_facts RENAME TO facts", "statistics", "purchase_facts"),
    M("ALTER STATISTICS shop.purchase_facts SET SCHEMA vacant", "statistics", "purchase_facts"),
    M("COMMENT ON STATISTICS shop.purchase_facts IS 'other'", "comment", "purchase_facts"),
    *[
        M(f"DROP STATISTICS shop.purchase_facts; CREATE STATISTICS shop.purchase_facts {rest} FROM shop.purchase; ALTER STATISTICS shop.purchase_facts SET STATISTICS 150; COMMENT ON STATISTICS shop.purchase_facts IS 'what goes together'", "statistics", "purchase_facts")
        for rest in ("(ndistinct) ON region, state", "(ndistinct, dependencies, mcv) ON region, state", "(ndistinct, dependencies) ON region, state, placed")
    ],
    *_again("statistics", "product_facts", "DROP STATISTICS shop.product_facts", "CREATE STATISTICS shop.product_facts ON upper(title), sku FROM shop.product", since=14),
]  # fmt: skip

VIEWS = [
    M("CREATE VIEW shop.new_view AS SELECT 1 AS one", "view", "new_view"),
    M("CREATE MATERIALIZED VIEW shop.new_summary AS SELECT 1 AS one", "view", "new_summary"),
    M("DROP VIEW shop.rich", "view", "rich"),
    M("DROP VIEW store.digits", "view", "digits"),
    M("ALTER VIEW shop.rich RENAME TO wealthy", "view", "rich"),
    M("ALTER VIEW shop.rich RENAME COLUMN total TO entire", "view|column", "rich"),
    M("ALTER VIEW shop.rich SET SCHEMA vacant", "view", "rich"),
    M("ALTER VIEW shop.rich RESET (security_barrier)", "view", "rich"),
    M("ALTER VIEW shop.rich SET (check_option = cascaded)", "view", "rich"),
    M("ALTER VIEW shop.rich RESET (check_option)", "view", "rich"),
    M("ALTER VIEW shop.rich SET (security_invoker)", "view", "rich", 15),
    M("ALTER VIEW store.invoked RESET (security_invoker)", "view", "invoked", 15),
    M("ALTER VIEW store.invoked SET (security_invoker = false)", "view", "invoked", 15),
    M(
        "CREATE OR REPLACE VIEW shop.rich WITH (security_barrier) AS SELECT region, number, total FROM shop.purchase WHERE total > 101 WITH LOCAL CHECK OPTION",
        "view",
        "rich",
    ),
    M(
        "CREATE OR REPLACE VIEW shop.rich WITH (security_barrier) AS SELECT region, number, total, state FROM shop.purchase WHERE total > 100 WITH LOCAL CHECK OPTION",
        "view",
        "rich",
    ),
    M(
        "CREATE OR REPLACE VIEW store.digits (n) AS WITH RECURSIVE digits (n) AS (VALUES (1) UNION SELECT n + 1 FROM digits WHERE n < 9) SELECT n FROM digits",
        "view",
        "digits",
    ),
    M(
        "ALTER VIEW shop.catalogue ALTER sku SET DEFAULT 'other'",
        "view|column|default",
        "catalogue",
    ),
    M("ALTER VIEW shop.catalogue ALTER sku DROP DEFAULT", "view|column|default", "catalogue"),
    M("ALTER VIEW shop.catalogue ALTER price SET DEFAULT 1", "view|column|default", "catalogue"),
    M("COMMENT ON VIEW shop.catalogue IS 'other'", "comment", "catalogue"),
    M("COMMENT ON COLUMN shop.catalogue.price IS NULL", "comment", "price"),
    M("DROP MATERIALIZED VIEW shop.summary", "view", "summary", lines=4),
    M("ALTER MATERIALIZED VIEW shop.summary SET (fillfactor = 91)", "view", "summary"),
    M("ALTER MATERIALIZED VIEW shop.summary RESET (fillfactor)", "view", "summary"),
    M("ALTER MATERIALIZED VIEW shop.summary RENAME TO summing", "view", "summary", lines=6),
    M(
        "ALTER MATERIALIZED VIEW shop.summary CLUSTER ON summary_customer",
        "view|index",
        "summary_customer|summary",
    ),
    M(
        "ALTER MATERIALIZED VIEW shop.summary ALTER purchases SET STATISTICS 99",
        "view|column",
        "summary",
    ),
    M("COMMENT ON MATERIALIZED VIEW shop.summary IS 'other'", "comment", "summary"),
    M(
        "DROP MATERIALIZED VIEW shop.summary; CREATE MATERIALIZED VIEW shop.summary WITH (fillfactor = 90) AS SELECT customer, count(*) AS purchases FROM shop.purchase WHERE total > 0 GROUP BY customer; CREATE UNIQUE INDEX summary_customer ON shop.summary (customer); COMMENT ON MATERIALIZED VIEW shop.summary IS 'how much'",
        "view",
        "summary",
    ),
    M(
        "ALTER MATERIALIZED VIEW shop.summary SET ACCESS METHOD heap2",
        "view|access method",
        "summary",
        15,
    ),
]

SEQUENCES = [
    M("CREATE SEQUENCE shop.new_counter", "sequence", "new_counter"),
    M("DROP SEQUENCE shop.counter", "sequence", "counter"),
    M("ALTER SEQUENCE shop.counter RENAME TO counting", "sequence", "counter"),
    M("ALTER SEQUENCE shop.counter SET SCHEMA vacant", "sequence", "counter"),
    *[
        M(f"ALTER SEQUENCE shop.counter {rest}", "sequence", "counter")
        for rest in ("AS smallint", "INCREMENT 6", "MINVALUE 6", "MAXVALUE 5001", "START 11", "CACHE 11", "NO CYCLE", "OWNED BY shop.purchase.positions", "NO MINVALUE")
    ],
    M("ALTER SEQUENCE shop.owned_counter OWNED BY NONE", "sequence", "owned_counter"),
    M("ALTER SEQUENCE shop.owned_counter OWNED BY shop.purchase.customer", "sequence", "owned_counter"),
    M("ALTER SEQUENCE shop.counter SET UNLOGGED", "sequence", "counter", 15),
    M("COMMENT ON SEQUENCE shop.counter IS 'other'", "comment", "counter"),
]  # fmt: skip

TYPES = [
    M("CREATE SCHEMA added_schema", "schema", "added_schema"),
    M("DROP SCHEMA vacant", "schema", "vacant"),
    M("ALTER SCHEMA vacant RENAME TO void", "schema", "vacant"),
    M("COMMENT ON SCHEMA shop IS 'other'", "comment", "shop"),
    M("COMMENT ON SCHEMA vacant IS 'new'", "comment", "vacant"),
    M("CREATE TYPE shop.new_mood AS ENUM ('x')", "type", "new_mood"),
    M("CREATE TYPE shop.new_pair AS (x int)", "type", "new_pair"),
    M("CREATE DOMAIN shop.new_domain AS int", "domain", "new_domain"),
    M("CREATE TYPE shop.new_range AS RANGE (subtype = text)", "type", "new_range"),
    M("ALTER TYPE shop.mood ADD VALUE 'angry'", "type", "mood"),
    M("ALTER TYPE shop.mood ADD VALUE 'angry' BEFORE 'calm'", "type", "mood"),
    M("ALTER TYPE shop.mood RENAME VALUE 'sad' TO 'blue'", "type", "mood"),
    M("ALTER TYPE shop.span RENAME TO spans", "type", "span"),
    M("DROP TYPE shop.span; CREATE TYPE shop.span AS RANGE (subtype = float8)", "type", "span"),
    M("DROP TYPE shop.span; CREATE TYPE shop.span AS RANGE (subtype = numeric)", "type", "span"),
    M("DROP TYPE shop.span", "type", "span"),
    M("ALTER TYPE shop.stretches RENAME TO stretched", "type", "stretch", 14),
    M("ALTER TYPE shop.address ADD ATTRIBUTE land text", "type", "address"),
    M("ALTER TYPE shop.address DROP ATTRIBUTE town", "type", "address"),
    M("ALTER TYPE shop.address RENAME ATTRIBUTE town TO city", "type", "address"),
    M(
        "ALTER TYPE store.row_kind ALTER ATTRIBUTE second_part TYPE varchar CASCADE",
        "type",
        "row_kind",
    ),
    M("COMMENT ON COLUMN shop.address.zip IS 'new'", "comment", "zip"),
    M("COMMENT ON TYPE shop.mood IS 'other'", "comment", "mood"),
    M("DROP TYPE lab.unfinished", "type", "unfinished"),
    M("ALTER DOMAIN shop.positive SET DEFAULT 2", "domain", "positive"),
    M("ALTER DOMAIN shop.positive DROP DEFAULT", "domain", "positive"),
    M("ALTER DOMAIN shop.positive SET NOT NULL", "domain", "positive", lines=4),
    M("ALTER DOMAIN shop.short_code DROP NOT NULL", "domain", "short_code"),
    M("ALTER DOMAIN shop.positive DROP CONSTRAINT above", "domain|constraint", "positive|above"),
    M(
        "ALTER DOMAIN shop.positive DROP CONSTRAINT above; ALTER DOMAIN shop.positive ADD CONSTRAINT above CHECK (VALUE >= 0)",
        "domain|constraint",
        "positive|above",
    ),
    M(
        "ALTER DOMAIN shop.positive DROP CONSTRAINT above; ALTER DOMAIN shop.positive ADD CONSTRAINT above CHECK (VALUE > 0) NOT VALID",
        "domain|constraint",
        "positive|above",
    ),
    M(
        "ALTER DOMAIN shop.positive RENAME CONSTRAINT above TO over",
        "domain|constraint",
        "positive|above",
    ),
    M(
        "ALTER DOMAIN shop.positive ADD CONSTRAINT below CHECK (VALUE < 100)",
        "domain|constraint",
        "positive|below",
    ),
    M("ALTER DOMAIN shop.short_code RENAME TO code", "domain", "short_code"),
    M(
        'DROP DOMAIN shop.short_code; CREATE DOMAIN shop.short_code AS varchar(9) COLLATE "C" NOT NULL',
        "domain",
        "short_code",
    ),
    M(
        "DROP DOMAIN shop.short_code; CREATE DOMAIN shop.short_code AS varchar(8) NOT NULL",
        "domain",
        "short_code",
    ),
    M("COMMENT ON DOMAIN shop.positive IS 'other'", "comment", "positive"),
    M("COMMENT ON CONSTRAINT above ON DOMAIN shop.positive IS 'new'", "comment", "above"),
    M("DROP COLLATION lab.plain", "collation", "plain"),
    M("ALTER COLLATION lab.plain RENAME TO flat", "collation", "plain"),
    M(
        "DROP COLLATION lab.plain; CREATE COLLATION lab.plain (provider = libc, locale = 'POSIX'); COMMENT ON COLLATION lab.plain IS 'byte by byte'",
        "collation",
        "plain",
    ),
    M(
        "DROP COLLATION lab.plain; CREATE COLLATION lab.plain (provider = builtin, locale = 'C'); COMMENT ON COLLATION lab.plain IS 'byte by byte'",
        "collation",
        "plain",
        17,
    ),
    M(
        "CREATE COLLATION lab.new_collation (provider = libc, locale = 'C')",
        "collation",
        "new_collation",
    ),
    M("COMMENT ON COLLATION lab.plain IS 'other'", "comment", "plain"),
    M("DROP CONVERSION lab.from_latin", "conversion", "from_latin"),
    M(
        "DROP CONVERSION lab.from_latin; CREATE DEFAULT CONVERSION lab.from_latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        "conversion",
        "from_latin",
    ),
    M(
        "CREATE CONVERSION lab.to_latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1",
        "conversion",
        "to_latin",
    ),
    M("COMMENT ON CONVERSION lab.from_latin IS 'new'", "comment", "from_latin"),
]

CAREFUL = "ALTER FUNCTION shop.careful(int) "
ROUTINES = [
    M("CREATE FUNCTION shop.new_function() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function", "new_function"),
    M("CREATE FUNCTION shop.plus(text) RETURNS int LANGUAGE sql AS 'SELECT 1'", "function", "plus"),
    M("DROP FUNCTION shop.plus(int, int)", "function", "plus"),
    M("ALTER FUNCTION shop.many(int) RENAME TO lots", "function", "many"),
    M("ALTER FUNCTION shop.many(int) SET SCHEMA vacant", "function", "many"),
    *[
        M(CAREFUL + rest, "function", "careful")
        for rest in ("SECURITY INVOKER", "COST 51", "VOLATILE", "IMMUTABLE", "PARALLEL RESTRICTED", "PARALLEL UNSAFE", "LEAKPROOF", "STRICT", "SET search_path = shop", "RESET search_path", "RESET ALL", "SET work_mem = '6MB'", "SET enable_sort = off")
    ],
    M("ALTER FUNCTION shop.many(int) ROWS 21", "function", "many"),
    M("ALTER FUNCTION shop.many(int) SUPPORT generate_series_int4_support", "function", "many"),
    M("ALTER FUNCTION shop.plus(int, int) CALLED ON NULL INPUT", "function", "plus"),
    M("CREATE OR REPLACE FUNCTION shop.plus(one int, two int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT one + two'", "function", "plus"),
    M("CREATE OR REPLACE FUNCTION shop.plus(one int DEFAULT 0, two int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT one + two'", "function", "plus"),
    M("CREATE OR REPLACE FUNCTION shop.plus(one int, two int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT one  + two'", "function", "plus"),
    M("CREATE OR REPLACE FUNCTION shop.plus(one int, two int DEFAULT 1) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN one + two; END'", "function", "plus"),
    M("DROP FUNCTION shop.plus(int, int); CREATE FUNCTION shop.plus(a int, two int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a + two'; COMMENT ON FUNCTION shop.plus(int, int) IS 'adds'", "function", "plus"),
    M("DROP FUNCTION shop.plus(int, int); CREATE FUNCTION shop.plus(one int, two int DEFAULT 1) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS 'SELECT one + two'; COMMENT ON FUNCTION shop.plus(int, int) IS 'adds'", "function", "plus"),
    M("DROP FUNCTION shop.plus(int, int); CREATE FUNCTION shop.plus(one int, two bigint DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT one'", "function", "plus"),
    M("DROP FUNCTION shop.many(int); CREATE FUNCTION shop.many(upto int) RETURNS int LANGUAGE sql AS 'SELECT generate_series(1, upto)'", "function", "many"),
    M("DROP FUNCTION shop.listed(); CREATE FUNCTION shop.listed() RETURNS TABLE (a int, c text) LANGUAGE sql AS $$ SELECT 1, 'x' $$", "function", "listed"),
    M("DROP FUNCTION shop.any_of(text[]); CREATE FUNCTION shop.any_of(parts text[]) RETURNS int LANGUAGE sql AS 'SELECT cardinality(parts)'", "function", "any_of"),
    M("CREATE OR REPLACE FUNCTION lab.ranked() RETURNS bigint LANGUAGE internal WINDOW IMMUTABLE STRICT AS 'window_rank'", "function", "ranked"),
    M("COMMENT ON FUNCTION shop.plus(int, int) IS 'other'", "comment", "plus"),
    M("CREATE OR REPLACE FUNCTION shop.price_now(sku text) RETURNS numeric LANGUAGE sql STABLE BEGIN ATOMIC SELECT min(p.price) FROM shop.product p WHERE p.sku = price_now.sku; END", "function", "price_now", 14),
    M("CREATE OR REPLACE FUNCTION shop.price_now(sku text) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT max(p.price) FROM shop.product p WHERE p.sku = price_now.sku'", "function", "price_now", 14),
    M("CREATE OR REPLACE FUNCTION shop.price_now(sku text) RETURNS numeric LANGUAGE sql STABLE RETURN 999", "function", "price_now", 14),
    M("CREATE OR REPLACE PROCEDURE shop.count_all(OUT n int) LANGUAGE sql BEGIN ATOMIC SELECT count(*)::int FROM shop.purchase; END", "procedure", "count_all", 14),
    M("CREATE PROCEDURE shop.new_procedure() LANGUAGE sql AS ''", "procedure", "new_procedure"),
    M("DROP PROCEDURE shop.tidy(int)", "procedure", "tidy"),
    M("ALTER PROCEDURE shop.tidy(int) SECURITY DEFINER", "procedure", "tidy"),
    M("ALTER PROCEDURE shop.tidy(int) SET work_mem = '7MB'", "procedure", "tidy"),
    M("CREATE OR REPLACE PROCEDURE shop.tidy(INOUT days int) LANGUAGE plpgsql AS 'BEGIN days := days + 2; END'", "procedure", "tidy"),
    M("DROP PROCEDURE shop.tidy(int); CREATE PROCEDURE shop.tidy(days int) LANGUAGE plpgsql AS 'BEGIN days := days + 1; END'; COMMENT ON PROCEDURE shop.tidy(int) IS 'cleans up'", "procedure", "tidy"),
    M("COMMENT ON PROCEDURE shop.tidy(int) IS 'other'", "comment", "tidy"),
    M("CREATE AGGREGATE shop.new_sum(int) (SFUNC = int4pl, STYPE = int)", "aggregate", "new_sum"),
    M("DROP AGGREGATE shop.sum_up(int)", "aggregate", "sum_up"),
    M("COMMENT ON AGGREGATE shop.sum_up(int) IS 'other'", "comment", "sum_up"),
    *[
        M(f"CREATE OR REPLACE AGGREGATE shop.sum_up(int) ({rest})", "aggregate", "sum_up")
        for rest in (
            "SFUNC = int4mul, STYPE = int, INITCOND = '0'",
            "SFUNC = int4pl, STYPE = int, INITCOND = '1'",
            "SFUNC = int4pl, STYPE = int, INITCOND = '0', SSPACE = 100",
            "SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl",
            "SFUNC = int4pl, STYPE = int, INITCOND = '0', FINALFUNC = int4abs, FINALFUNC_MODIFY = READ_ONLY",
            "SFUNC = int4pl, STYPE = int, INITCOND = '0', PARALLEL = SAFE",
            "SFUNC = int4pl, STYPE = int, INITCOND = '0', SORTOP = <",
            "SFUNC = int4pl, STYPE = int, INITCOND = '0', MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, MINITCOND = '0'",
        )
    ],
    M("CREATE OR REPLACE AGGREGATE shop.share_of(float8 ORDER BY float8) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = SHAREABLE)", "aggregate", "share_of"),
]  # fmt: skip

OPERATORS = [
    M("CREATE OPERATOR lab.==== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)", "operator", "===="),
    M("CREATE OPERATOR lab.!! (RIGHTARG = int, FUNCTION = int4um)", "operator", "!!"),
    M("DROP OPERATOR lab.=== (int, int)", "operator", "==="),
    M("ALTER OPERATOR lab.=== (int, int) SET (RESTRICT = NONE)", "operator", "==="),
    M("ALTER OPERATOR lab.=== (int, int) SET (JOIN = neqjoinsel)", "operator", "==="),
    *_again(
        "operator", "===", "DROP OPERATOR lab.=== (int, int)",
        "CREATE OPERATOR lab.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne, COMMUTATOR = OPERATOR(lab.===), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES); COMMENT ON OPERATOR lab.=== (int, int) IS 'very equal'",
        "CREATE OPERATOR lab.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, COMMUTATOR = OPERATOR(lab.===), RESTRICT = eqsel, JOIN = eqjoinsel, MERGES); COMMENT ON OPERATOR lab.=== (int, int) IS 'very equal'",
        "CREATE OPERATOR lab.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES); COMMENT ON OPERATOR lab.=== (int, int) IS 'very equal'",
    ),
    M("COMMENT ON OPERATOR lab.=== (int, int) IS 'other'", "comment", "==="),
    M("CREATE OPERATOR FAMILY lab.new_family USING btree", "operator family", "new_family"),
    M("DROP OPERATOR CLASS lab.int_class USING btree", "operator class", "int_class"),
    M("ALTER OPERATOR CLASS lab.int_class USING btree RENAME TO whole_class", "operator class", "int_class"),
    M("ALTER OPERATOR FAMILY lab.int_family USING btree RENAME TO whole_family", "operator family", "int_family"),
    M("ALTER OPERATOR FAMILY lab.int_family USING btree ADD OPERATOR 2 <= (int4, int8)", "operator family", "int_family"),
    M("ALTER OPERATOR FAMILY lab.int_family USING btree DROP OPERATOR 1 (int4, int8)", "operator family", "int_family"),
    M("ALTER OPERATOR FAMILY lab.int_family USING btree DROP FUNCTION 1 (int4, int8)", "operator family", "int_family"),
    *_again(
        "operator class", "int_class", "DROP OPERATOR CLASS lab.int_class USING btree",
        "CREATE OPERATOR CLASS lab.int_class FOR TYPE int4 USING btree FAMILY lab.int_family AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 lab.int4_backwards(int4, int4); COMMENT ON OPERATOR CLASS lab.int_class USING btree IS 'usual order'",
        "CREATE OPERATOR CLASS lab.int_class FOR TYPE int4 USING btree FAMILY lab.int_family AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int4, int4); COMMENT ON OPERATOR CLASS lab.int_class USING btree IS 'usual order'",
        "CREATE OPERATOR CLASS lab.int_class DEFAULT FOR TYPE lab.token USING btree FAMILY lab.int_family AS STORAGE lab.token; COMMENT ON OPERATOR CLASS lab.int_class USING btree IS 'usual order'",
    ),
    M("COMMENT ON OPERATOR CLASS lab.int_class USING btree IS 'other'", "comment", "int_class"),
    M("COMMENT ON OPERATOR FAMILY lab.int_family USING btree IS 'new'", "comment", "int_family"),
    M("CREATE CAST (int AS lab.token) WITHOUT FUNCTION", "cast", "token"),
    M("DROP CAST (shop.mood AS int)", "cast", "mood"),
    M("DROP CAST (lab.token AS int)", "cast", "token"),
    *_again(
        "cast", "mood", "DROP CAST (shop.mood AS int)",
        *(f"CREATE CAST (shop.mood AS int) WITH {rest}; COMMENT ON CAST (shop.mood AS int) IS 'as a number'"
          for rest in ("FUNCTION shop.mood_number(shop.mood)", "FUNCTION shop.mood_number(shop.mood) AS IMPLICIT", "FUNCTION shop.mood_number_also(shop.mood) AS ASSIGNMENT", "INOUT AS ASSIGNMENT")),
    ),
    *_again("cast", "token", "DROP CAST (lab.token AS int)", "CREATE CAST (lab.token AS int) WITHOUT FUNCTION AS IMPLICIT"),
    *_again("cast", "address", "DROP CAST (shop.address AS varchar)", "CREATE CAST (shop.address AS varchar) WITH INOUT AS IMPLICIT"),
    M("COMMENT ON CAST (shop.mood AS int) IS 'other'", "comment", "mood"),
    M("DROP TRANSFORM FOR cidr LANGUAGE sql", "transform", "cidr"),
    M("DROP TRANSFORM FOR cidr LANGUAGE sql; CREATE TRANSFORM FOR cidr LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal)); COMMENT ON TRANSFORM FOR cidr LANGUAGE sql IS 'there and back'", "transform", "cidr"),
    M("CREATE TRANSFORM FOR macaddr LANGUAGE sql (TO SQL WITH FUNCTION macaddr_recv(internal))", "transform", "macaddr"),
    M("COMMENT ON TRANSFORM FOR cidr LANGUAGE sql IS 'other'", "comment", "cidr"),
    M("CREATE ACCESS METHOD heap3 TYPE TABLE HANDLER heap_tableam_handler", "access method", "heap3"),
    M("CREATE ACCESS METHOD btree2 TYPE INDEX HANDLER bthandler", "access method", "btree2"),
    M("DROP TABLE store.moved; DROP ACCESS METHOD heap2", "access method", "heap2", lines=4),
    M("COMMENT ON ACCESS METHOD heap2 IS 'other'", "comment", "heap2"),
    M("CREATE LANGUAGE pl_new HANDLER lab.other_handler", "language", "pl_new"),
    M("DROP LANGUAGE plother", "language", "plother"),
    M("CREATE OR REPLACE LANGUAGE plother HANDLER lab.other_handler INLINE lab.other_inline", "language", "plother"),
    M("CREATE OR REPLACE LANGUAGE plother HANDLER lab.other_handler VALIDATOR lab.other_validator", "language", "plother"),
    M("CREATE OR REPLACE TRUSTED LANGUAGE plother HANDLER lab.other_handler INLINE lab.other_inline VALIDATOR lab.other_validator", "language", "plother"),
    M("COMMENT ON LANGUAGE plother IS 'new'", "comment", "plother"),
]  # fmt: skip

SEARCH = "ALTER TEXT SEARCH CONFIGURATION lab.searching "
TEXT_SEARCH = [
    M(
        "CREATE TEXT SEARCH CONFIGURATION lab.new_search (COPY = pg_catalog.simple)",
        "text search configuration",
        "new_search",
    ),
    M("DROP TEXT SEARCH CONFIGURATION lab.searching", "text search configuration", "searching"),
    M(SEARCH + "RENAME TO searched", "text search configuration", "searching"),
    M(SEARCH + "ADD MAPPING FOR url WITH simple", "text search configuration", "searching"),
    M(SEARCH + "DROP MAPPING FOR word", "text search configuration", "searching"),
    M(
        SEARCH + "ALTER MAPPING FOR word WITH simple, lab.lexicon",
        "text search configuration",
        "searching",
    ),
    M(
        SEARCH + "ALTER MAPPING REPLACE lab.lexicon WITH english_stem",
        "text search configuration",
        "searching",
    ),
    M("COMMENT ON TEXT SEARCH CONFIGURATION lab.searching IS 'other'", "comment", "searching"),
    M(
        "CREATE TEXT SEARCH DICTIONARY lab.new_lexicon (TEMPLATE = simple)",
        "text search dictionary",
        "new_lexicon",
    ),
    M(
        "ALTER TEXT SEARCH DICTIONARY lab.lexicon (ACCEPT = 'true')",
        "text search dictionary",
        "lexicon",
    ),
    M("ALTER TEXT SEARCH DICTIONARY lab.lexicon (ACCEPT)", "text search dictionary", "lexicon"),
    M(
        "ALTER TEXT SEARCH DICTIONARY lab.lexicon (STOPWORDS = english)",
        "text search dictionary",
        "lexicon",
    ),
    M("COMMENT ON TEXT SEARCH DICTIONARY lab.lexicon IS 'other'", "comment", "lexicon"),
    M("DROP TEXT SEARCH TEMPLATE lab.pattern", "text search template", "pattern"),
    M(
        "DROP TEXT SEARCH TEMPLATE lab.pattern; CREATE TEXT SEARCH TEMPLATE lab.pattern (LEXIZE = dsimple_lexize)",
        "text search template",
        "pattern",
    ),
    M(
        "CREATE TEXT SEARCH TEMPLATE lab.new_pattern (LEXIZE = dsimple_lexize)",
        "text search template",
        "new_pattern",
    ),
    M("DROP TEXT SEARCH PARSER lab.reader", "text search parser", "reader"),
    M(
        "DROP TEXT SEARCH PARSER lab.reader; CREATE TEXT SEARCH PARSER lab.reader (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)",
        "text search parser",
        "reader",
    ),
    M("COMMENT ON TEXT SEARCH PARSER lab.reader IS 'new'", "comment", "reader"),
]

J = "ALTER TABLE store.journal "
ROW = "CREATE TRIGGER watch_row {} ON store.journal {}EXECUTE FUNCTION {}; COMMENT ON TRIGGER watch_row ON store.journal IS 'looks at each'"
BEFORE, EACH = "BEFORE INSERT OR UPDATE OF said", "FOR EACH ROW WHEN (NEW.id > 0) "
QUIET = "lab.quiet('a', 'b')"
TRIGGERS = [
    M("CREATE TRIGGER new_trigger BEFORE INSERT ON store.journal EXECUTE FUNCTION lab.quiet()", "trigger", "new_trigger"),
    M("DROP TRIGGER watch_row ON store.journal", "trigger", "watch_row"),
    M("ALTER TRIGGER watch_row ON store.journal RENAME TO watched", "trigger", "watch_row"),
    M(J + "DISABLE TRIGGER watch_row", "trigger", "watch_row"),
    M(J + "ENABLE REPLICA TRIGGER watch_row", "trigger", "watch_row"),
    M(J + "ENABLE ALWAYS TRIGGER watch_row", "trigger", "watch_row"),
    M(J + "ENABLE TRIGGER watch_off", "trigger", "watch_off"),
    M(J + "ENABLE TRIGGER watch_always", "trigger", "watch_always"),
    M(J + "DISABLE TRIGGER watch_always", "trigger", "watch_always"),
    M("COMMENT ON TRIGGER watch_row ON store.journal IS 'other'", "comment", "watch_row"),
    *_again(
        "trigger", "watch_row", "DROP TRIGGER watch_row ON store.journal",
        ROW.format("BEFORE INSERT OR UPDATE", EACH, QUIET),
        ROW.format("BEFORE INSERT OR UPDATE OF said, hidden", EACH, QUIET),
        ROW.format("BEFORE INSERT", EACH, QUIET),
        ROW.format("AFTER INSERT OR UPDATE OF said", EACH, QUIET),
        ROW.format(BEFORE, "FOR EACH ROW WHEN (NEW.id > 1) ", QUIET),
        ROW.format(BEFORE, "FOR EACH ROW ", QUIET),
        ROW.format(BEFORE, "FOR EACH STATEMENT ", QUIET),
        ROW.format(BEFORE, EACH, "lab.quiet('a', 'c')"),
        ROW.format(BEFORE, EACH, "lab.quiet('a')"),
        ROW.format(BEFORE, EACH, "lab.loud('a', 'b')"),
    ),
    *_again(
        "trigger", "watch_statement", "DROP TRIGGER watch_statement ON store.journal",
        "CREATE TRIGGER watch_statement AFTER UPDATE ON store.journal REFERENCING OLD TABLE AS before_rows FOR EACH STATEMENT EXECUTE FUNCTION lab.quiet()",
        "CREATE TRIGGER watch_statement AFTER UPDATE ON store.journal REFERENCING OLD TABLE AS rows_before NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION lab.quiet()",
    ),
    *_again(
        "trigger", "watch_late", "DROP TRIGGER watch_late ON store.journal",
        "CREATE CONSTRAINT TRIGGER watch_late AFTER INSERT ON store.journal DEFERRABLE FOR EACH ROW EXECUTE FUNCTION lab.quiet()",
        "CREATE CONSTRAINT TRIGGER watch_late AFTER INSERT ON store.journal FOR EACH ROW EXECUTE FUNCTION lab.quiet()",
        "CREATE TRIGGER watch_late AFTER INSERT ON store.journal FOR EACH ROW EXECUTE FUNCTION lab.quiet()",
    ),
    M("DROP TRIGGER watch_view ON shop.catalogue", "trigger", "watch_view"),
    M("DROP TRIGGER watch_sale ON shop.sale", "trigger", "watch_sale"),
    M("CREATE RULE new_rule AS ON INSERT TO store.secured DO ALSO NOTHING", "rule", "new_rule"),
    M("DROP RULE keep_hidden ON store.journal", "rule", "keep_hidden"),
    M("ALTER RULE keep_hidden ON store.journal RENAME TO hide", "rule", "keep_hidden"),
    M("CREATE OR REPLACE RULE keep_hidden AS ON DELETE TO store.journal WHERE NOT OLD.hidden DO INSTEAD NOTHING", "rule", "keep_hidden"),
    M("CREATE OR REPLACE RULE keep_hidden AS ON DELETE TO store.journal DO INSTEAD NOTHING", "rule", "keep_hidden"),
    M("CREATE OR REPLACE RULE tell AS ON INSERT TO store.journal DO INSTEAD NOTIFY journal", "rule", "tell"),
    M("CREATE OR REPLACE RULE tell AS ON UPDATE TO store.journal DO ALSO NOTIFY journal", "rule", "tell"),
    M("CREATE OR REPLACE RULE reroute AS ON UPDATE TO shop.catalogue DO INSTEAD UPDATE shop.product SET price = NEW.price + 1 WHERE id = OLD.id", "rule", "reroute"),
    M(J + "DISABLE RULE tell", "rule", "tell"),
    M(J + "ENABLE ALWAYS RULE tell", "rule", "tell"),
    M("COMMENT ON RULE keep_hidden ON store.journal IS 'other'", "comment", "keep_hidden"),
    M("CREATE POLICY new_policy ON store.secured USING (true)", "policy", "new_policy"),
    M("DROP POLICY own_rows ON store.secured", "policy", "own_rows"),
    M("ALTER POLICY own_rows ON store.secured RENAME TO rows_own", "policy", "own_rows"),
    M("ALTER POLICY own_rows ON store.secured TO PUBLIC", "policy", "own_rows"),
    M("ALTER POLICY own_rows ON store.secured TO pg_monitor, pg_read_all_stats", "policy", "own_rows"),
    M("ALTER POLICY own_rows ON store.secured USING (owner_name = SESSION_USER)", "policy", "own_rows"),
    M("ALTER POLICY new_rows ON store.secured WITH CHECK (true)", "policy", "new_rows"),
    M("ALTER POLICY narrow ON store.secured WITH CHECK (id > 0)", "policy", "narrow"),
    *_again(
        "policy", "narrow", "DROP POLICY narrow ON store.secured",
        "CREATE POLICY narrow ON store.secured USING (id > 0) WITH CHECK (id > 1); COMMENT ON POLICY narrow ON store.secured IS 'no more than that'",
        "CREATE POLICY narrow ON store.secured AS RESTRICTIVE FOR UPDATE USING (id > 0) WITH CHECK (id > 1); COMMENT ON POLICY narrow ON store.secured IS 'no more than that'",
    ),
    M("COMMENT ON POLICY narrow ON store.secured IS 'other'", "comment", "narrow"),
    M("CREATE EVENT TRIGGER new_event ON sql_drop EXECUTE FUNCTION lab.quiet_ddl()", "event trigger", "new_event"),
    M("DROP EVENT TRIGGER watch_ddl", "event trigger", "watch_ddl"),
    M("ALTER EVENT TRIGGER watch_ddl DISABLE", "event trigger", "watch_ddl"),
    M("ALTER EVENT TRIGGER watch_ddl ENABLE ALWAYS", "event trigger", "watch_ddl"),
    M("ALTER EVENT TRIGGER watch_ddl RENAME TO watched_ddl", "event trigger", "watch_ddl"),
    *_again(
        "event trigger", "watch_ddl", "DROP EVENT TRIGGER watch_ddl",
        *(f"CREATE EVENT TRIGGER watch_ddl ON {rest}(); COMMENT ON EVENT TRIGGER watch_ddl IS 'looks at tables'"
          for rest in ("ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE VIEW') EXECUTE FUNCTION lab.quiet_ddl", "ddl_command_end EXECUTE FUNCTION lab.quiet_ddl", "ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION lab.quiet_ddl", "ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION lab.loud_ddl")),
    ),
    M("COMMENT ON EVENT TRIGGER watch_ddl IS 'other'", "comment", "watch_ddl"),
]  # fmt: skip

REMOTE = "ALTER FOREIGN TABLE store.remote "
FOREIGN = [
    M("CREATE FOREIGN DATA WRAPPER new_wrapper", "foreign data wrapper", "new_wrapper"),
    M("ALTER FOREIGN DATA WRAPPER away OPTIONS (SET loudness '2')", "foreign data wrapper", "away"),
    M("ALTER FOREIGN DATA WRAPPER away OPTIONS (DROP loudness)", "foreign data wrapper", "away"),
    M("ALTER FOREIGN DATA WRAPPER away VALIDATOR lab.accept_all", "foreign data wrapper", "away"),
    M("COMMENT ON FOREIGN DATA WRAPPER away IS 'other'", "comment", "away"),
    M("CREATE SERVER nearby FOREIGN DATA WRAPPER away", "server", "nearby"),
    M("ALTER SERVER distant OPTIONS (SET host 'i')", "server", "distant"),
    M("ALTER SERVER distant OPTIONS (ADD port '1')", "server", "distant"),
    M("ALTER SERVER distant VERSION '2'", "server", "distant"),
    M("COMMENT ON SERVER distant IS 'other'", "comment", "distant"),
    M("CREATE USER MAPPING FOR CURRENT_USER SERVER distant", "user mapping", "distant"),
    M("DROP USER MAPPING FOR PUBLIC SERVER distant", "user mapping", "distant"),
    M("CREATE FOREIGN TABLE store.new_remote (id int) SERVER distant", "table", "new_remote"),
    M("DROP FOREIGN TABLE store.remote", "table", "remote"),
    M(REMOTE + "OPTIONS (SET tab 'u')", "table", "remote"),
    M(REMOTE + "ALTER id OPTIONS (SET as_name 'y')", "column|table", "id|remote"),
    M(REMOTE + "ALTER id DROP NOT NULL", "column", "id"),
    M(REMOTE + "ADD COLUMN more int", "column", "more"),
    M(REMOTE + "ALTER said TYPE varchar", "column", "said"),
    M(REMOTE + "ALTER said SET DEFAULT 'x'", "column", "said"),
    M(REMOTE + "DROP CONSTRAINT remote_positive", "constraint", "remote_positive"),
    M("COMMENT ON FOREIGN TABLE store.remote IS 'other'", "comment", "remote"),
]

MUTATIONS = [
    *INDEXES,
    *STATISTICS,
    *VIEWS,
    *SEQUENCES,
    *TYPES,
    *ROUTINES,
    *OPERATORS,
    *TEXT_SEARCH,
    *TRIGGERS,
    *FOREIGN,
]

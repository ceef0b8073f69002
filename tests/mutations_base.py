"""One rich schema: every kind of object that pg_dump writes. And the form of a change."""

from __future__ import annotations

from typing import NamedTuple


class Mutation(NamedTuple):
    """A single change of the schema, and what a message about it must name."""

    statements: str
    kind: str  # one of these words, separated by a bar, must occur in the message
    name: str  # and the object's own name
    since: int = 13
    until: int | None = None  # the newest version that has it
    lines: int = 3  # at most so many lines may be reported


TYPES = """
    CREATE SCHEMA shop; CREATE SCHEMA store; CREATE SCHEMA lab; CREATE SCHEMA vacant;
    COMMENT ON SCHEMA shop IS 'where things are sold';
    CREATE TYPE shop.mood AS ENUM ('glad', 'calm', 'sad');
    COMMENT ON TYPE shop.mood IS 'how one feels';
    CREATE TYPE shop.address AS (street text, zip varchar(5), town text COLLATE "C");
    CREATE TYPE store.row_kind AS (first_part int, second_part text);
    CREATE TYPE shop.span AS RANGE (subtype = float8, subtype_diff = float8mi);
    CREATE TYPE lab.unfinished;
    CREATE DOMAIN shop.positive AS int DEFAULT 1 CONSTRAINT above CHECK (VALUE > 0);
    COMMENT ON DOMAIN shop.positive IS 'more than nothing';
    CREATE DOMAIN shop.short_code AS varchar(8) COLLATE "C" NOT NULL;
    CREATE TYPE lab.token;
    CREATE FUNCTION lab.token_in(cstring) RETURNS lab.token
        LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
    CREATE FUNCTION lab.token_out(lab.token) RETURNS cstring
        LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
    CREATE TYPE lab.token (INPUT = lab.token_in, OUTPUT = lab.token_out, LIKE = int4,
        DEFAULT = '7', CATEGORY = 'N');
    CREATE COLLATION lab.plain (provider = libc, locale = 'C');
    COMMENT ON COLLATION lab.plain IS 'byte by byte';
    CREATE CONVERSION lab.from_latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
    CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
    COMMENT ON ACCESS METHOD heap2 IS 'the same once more';
    CREATE FUNCTION lab.other_handler() RETURNS language_handler LANGUAGE c
        AS '$libdir/plpgsql', 'plpgsql_call_handler';
    CREATE FUNCTION lab.other_inline(internal) RETURNS void LANGUAGE c
        AS '$libdir/plpgsql', 'plpgsql_inline_handler';
    CREATE FUNCTION lab.other_validator(oid) RETURNS void LANGUAGE c
        AS '$libdir/plpgsql', 'plpgsql_validator';
    CREATE LANGUAGE plother HANDLER lab.other_handler
        INLINE lab.other_inline VALIDATOR lab.other_validator;
"""

TABLES = """
    CREATE TABLE shop.customer (
        id int GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 2)
            CONSTRAINT customer_key PRIMARY KEY,
        email varchar(80) NOT NULL CONSTRAINT one_email UNIQUE,
        nick text COLLATE "C" DEFAULT 'none',
        born date,
        balance numeric(8,2) DEFAULT 0 NOT NULL,
        feeling shop.mood DEFAULT 'calm',
        home shop.address,
        score shop.positive,
        tags text[] DEFAULT '{}',
        twice numeric GENERATED ALWAYS AS (balance * 2) STORED,
        remark text, photo bytea, seen timestamptz DEFAULT now(), ip inet,
        CONSTRAINT sane_balance CHECK (balance > -1000 AND balance < 100000),
        CONSTRAINT nick_or_remark CHECK (nick IS NOT NULL OR remark IS NOT NULL)
    ) WITH (fillfactor = 80, autovacuum_enabled = false);
    COMMENT ON TABLE shop.customer IS 'who buys';
    COMMENT ON COLUMN shop.customer.email IS 'to write to';
    COMMENT ON CONSTRAINT sane_balance ON shop.customer IS 'neither too poor nor too rich';
    ALTER TABLE shop.customer ALTER photo SET STORAGE EXTERNAL, ALTER remark SET STATISTICS 200,
        ALTER nick SET (n_distinct = -0.5), REPLICA IDENTITY USING INDEX one_email;
    INSERT INTO shop.customer (email, nick) VALUES ('a@a', 'a'), ('b@b', 'b'), ('c@c', 'c');

    CREATE TABLE shop.purchase (region text, number int, customer int, state text DEFAULT 'new',
        placed date DEFAULT CURRENT_DATE, total numeric(10,2), positions int,
        CONSTRAINT purchase_key PRIMARY KEY (region, number),
        CONSTRAINT purchase_customer FOREIGN KEY (customer) REFERENCES shop.customer
            ON DELETE CASCADE ON UPDATE RESTRICT);
    INSERT INTO shop.purchase VALUES ('de', 1, 10, 'new', '2024-01-01', 150, 1),
        ('fr', 2, 12, 'paid', '2024-01-02', 20, 2);
    CREATE TABLE shop.position (region text, number int, place smallint, amount int, weight int,
        CONSTRAINT position_place UNIQUE (place) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT position_purchase FOREIGN KEY (region, number) REFERENCES shop.purchase
            MATCH FULL ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT heavy CHECK (weight > 0) NO INHERIT);
    ALTER TABLE shop.position ADD CONSTRAINT unproven CHECK (amount > 0) NOT VALID;
    INSERT INTO shop.position VALUES ('de', 1, 1, 5, 5);
    COMMENT ON CONSTRAINT position_purchase ON shop.position IS 'whose it is';
    CREATE TABLE shop.product (id serial, sku text, title text, price numeric, width float8,
        valid daterange, words tsvector, blurb text,
        CONSTRAINT apart EXCLUDE USING gist (valid WITH &&) WHERE (price > 0));
    INSERT INTO shop.product (sku, price) VALUES ('s1', 1), ('s2', 2);

    CREATE INDEX by_title ON shop.product (lower(title) text_pattern_ops);
    CREATE INDEX by_sku ON shop.product (sku DESC NULLS LAST) INCLUDE (price) WHERE price > 0;
    CREATE UNIQUE INDEX by_pair ON shop.product (sku, price);
    CREATE INDEX by_words ON shop.product USING gin (words) WITH (fastupdate = off);
    CREATE INDEX by_width ON shop.product ((width * 2));
    ALTER INDEX shop.by_width ALTER COLUMN 1 SET STATISTICS 300;
    CREATE INDEX by_collated ON shop.product (blurb COLLATE "C");
    COMMENT ON INDEX shop.by_title IS 'for searching';
    ALTER TABLE shop.product CLUSTER ON by_pair;
    CREATE STATISTICS shop.purchase_facts (ndistinct, dependencies) ON region, state
        FROM shop.purchase;
    ALTER STATISTICS shop.purchase_facts SET STATISTICS 150;
    COMMENT ON STATISTICS shop.purchase_facts IS 'what goes together';

    CREATE TABLE shop.sale (id int, region text, at date, amount numeric DEFAULT 0,
        CONSTRAINT sale_key PRIMARY KEY (id, region, at)) PARTITION BY LIST (region);
    CREATE TABLE shop.sale_eu PARTITION OF shop.sale FOR VALUES IN ('de', 'fr')
        PARTITION BY RANGE (at);
    CREATE TABLE shop.sale_eu_old PARTITION OF shop.sale_eu
        FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
    CREATE TABLE shop.sale_eu_new PARTITION OF shop.sale_eu
        FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
    CREATE TABLE shop.sale_us PARTITION OF shop.sale FOR VALUES IN ('us');
    CREATE TABLE shop.sale_rest PARTITION OF shop.sale DEFAULT;
    CREATE INDEX sale_amount ON shop.sale (amount);
    INSERT INTO shop.sale VALUES (1, 'de', '2019-01-01', 1), (2, 'us', '2024-01-01', 2);
    CREATE TABLE shop.happening (id int, sort text) PARTITION BY HASH (id);
    CREATE TABLE shop.happening_0 PARTITION OF shop.happening
        FOR VALUES WITH (MODULUS 4, REMAINDER 0);
    CREATE TABLE shop.happening_1 PARTITION OF shop.happening
        FOR VALUES WITH (MODULUS 4, REMAINDER 1);
    CREATE TABLE shop.slice (low int, high text) PARTITION BY RANGE (low, lower(high));

    CREATE TABLE store.base_item (id int NOT NULL, label text DEFAULT 'l',
        CONSTRAINT item_positive CHECK (id > 0),
        CONSTRAINT only_here CHECK (id < 1000000) NO INHERIT);
    CREATE TABLE store.extra (weight int);
    CREATE TABLE store.item (size int) INHERITS (store.base_item);
    CREATE TABLE store.both_item () INHERITS (store.base_item, store.extra);
    CREATE TABLE store.loose_item (id int NOT NULL, label text,
        CONSTRAINT item_positive CHECK (id > 0));
    INSERT INTO store.item VALUES (1, 'i', 2);
    CREATE TABLE store.typed OF store.row_kind (first_part WITH OPTIONS DEFAULT 3);
    CREATE UNLOGGED TABLE store.cache (k text, v text);
    CREATE TABLE store.moved (id int) USING heap2;
    CREATE TABLE store.journal (id int, said text, hidden bool, at date DEFAULT now());
    CREATE TABLE store.secured (id int, owner_name text, visible bool);
    INSERT INTO store.secured VALUES (1, 'x', true);
    CREATE TABLE "Odd ""Name" ("select" int, "two words" text DEFAULT 'a''b');
"""

VIEWS = """
    CREATE VIEW shop.rich WITH (security_barrier) AS
        SELECT region, number, total FROM shop.purchase WHERE total > 100
        WITH LOCAL CHECK OPTION;
    CREATE VIEW shop.catalogue AS SELECT id, sku, price FROM shop.product;
    ALTER VIEW shop.catalogue ALTER sku SET DEFAULT 'none';
    COMMENT ON VIEW shop.catalogue IS 'what there is';
    COMMENT ON COLUMN shop.catalogue.price IS 'without tax';
    CREATE MATERIALIZED VIEW shop.summary WITH (fillfactor = 90) AS
        SELECT customer, count(*) AS purchases FROM shop.purchase GROUP BY customer;
    CREATE UNIQUE INDEX summary_customer ON shop.summary (customer);
    COMMENT ON MATERIALIZED VIEW shop.summary IS 'how much';
    CREATE RECURSIVE VIEW store.digits (n) AS
        VALUES (1) UNION ALL SELECT n + 1 FROM digits WHERE n < 9;
    CREATE SEQUENCE shop.counter AS int START 10 INCREMENT 5 MINVALUE 5 MAXVALUE 5000 CACHE 10 CYCLE;
    COMMENT ON SEQUENCE shop.counter IS 'numbers of bills';
    CREATE SEQUENCE shop.owned_counter OWNED BY shop.purchase.positions;
"""

ROUTINES = """
    CREATE FUNCTION shop.plus(one int, two int DEFAULT 1) RETURNS int
        LANGUAGE sql IMMUTABLE STRICT AS 'SELECT one + two';
    COMMENT ON FUNCTION shop.plus(int, int) IS 'adds';
    CREATE FUNCTION shop.careful(id int) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER
        COST 50 PARALLEL SAFE SET search_path = shop, pg_temp SET work_mem = '5MB' AS $$
    BEGIN
        RETURN (SELECT email FROM customer c WHERE c.id = careful.id);
    END $$;
    CREATE FUNCTION shop.many(upto int) RETURNS SETOF int LANGUAGE sql ROWS 20 AS
        'SELECT generate_series(1, upto)';
    CREATE FUNCTION shop.listed() RETURNS TABLE (a int, b text) LANGUAGE sql AS
        $$ SELECT 1, 'x' $$;
    CREATE FUNCTION shop.any_of(VARIADIC parts text[]) RETURNS int LANGUAGE sql AS
        'SELECT cardinality(parts)';
    CREATE FUNCTION lab.ranked() RETURNS bigint LANGUAGE internal WINDOW IMMUTABLE STRICT
        AS 'window_row_number';
    CREATE PROCEDURE shop.tidy(INOUT days int) LANGUAGE plpgsql AS 'BEGIN days := days + 1; END';
    COMMENT ON PROCEDURE shop.tidy(int) IS 'cleans up';
    CREATE AGGREGATE shop.sum_up(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
    COMMENT ON AGGREGATE shop.sum_up(int) IS 'all together';
    CREATE AGGREGATE shop.share_of(float8 ORDER BY float8) (SFUNC = ordered_set_transition,
        STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
    CREATE OPERATOR lab.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq,
        COMMUTATOR = OPERATOR(lab.===), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
    COMMENT ON OPERATOR lab.=== (int, int) IS 'very equal';
    CREATE FUNCTION lab.int4_backwards(int, int) RETURNS int LANGUAGE internal IMMUTABLE STRICT
        AS 'btint4cmp';
    CREATE OPERATOR FAMILY lab.int_family USING btree;
    CREATE OPERATOR CLASS lab.int_class FOR TYPE int4 USING btree FAMILY lab.int_family AS
        OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
        FUNCTION 1 btint4cmp(int4, int4);
    ALTER OPERATOR FAMILY lab.int_family USING btree ADD OPERATOR 1 < (int4, int8),
        FUNCTION 1 (int4, int8) btint48cmp(int4, int8);
    COMMENT ON OPERATOR CLASS lab.int_class USING btree IS 'usual order';
    CREATE FUNCTION shop.mood_number(shop.mood) RETURNS int LANGUAGE sql IMMUTABLE AS
        $$ SELECT CASE $1 WHEN 'glad' THEN 1 ELSE 0 END $$;
    CREATE FUNCTION shop.mood_number_also(shop.mood) RETURNS int LANGUAGE sql IMMUTABLE AS
        $$ SELECT CASE $1 WHEN 'glad' THEN 2 ELSE 0 END $$;
    CREATE CAST (shop.mood AS int) WITH FUNCTION shop.mood_number(shop.mood) AS ASSIGNMENT;
    COMMENT ON CAST (shop.mood AS int) IS 'as a number';
    CREATE CAST (lab.token AS int) WITHOUT FUNCTION;
    CREATE CAST (shop.address AS varchar) WITH INOUT;
    CREATE TRANSFORM FOR cidr LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal),
        TO SQL WITH FUNCTION cidr_recv(internal));
    COMMENT ON TRANSFORM FOR cidr LANGUAGE sql IS 'there and back';
    CREATE TEXT SEARCH TEMPLATE lab.pattern (INIT = dsimple_init, LEXIZE = dsimple_lexize);
    CREATE TEXT SEARCH DICTIONARY lab.lexicon (TEMPLATE = simple, ACCEPT = 'false');
    CREATE TEXT SEARCH PARSER lab.reader (START = prsd_start, GETTOKEN = prsd_nexttoken,
        END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
    CREATE TEXT SEARCH CONFIGURATION lab.searching (PARSER = pg_catalog.default);
    ALTER TEXT SEARCH CONFIGURATION lab.searching ADD MAPPING FOR asciiword, word
        WITH lab.lexicon, simple;
    COMMENT ON TEXT SEARCH CONFIGURATION lab.searching IS 'to find';
    COMMENT ON TEXT SEARCH DICTIONARY lab.lexicon IS 'words';
"""

ACTING = """
    CREATE FUNCTION lab.quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE FUNCTION lab.loud() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE FUNCTION lab.quiet_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE FUNCTION lab.loud_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE TRIGGER watch_row BEFORE INSERT OR UPDATE OF said ON store.journal FOR EACH ROW
        WHEN (NEW.id > 0) EXECUTE FUNCTION lab.quiet('a', 'b');
    COMMENT ON TRIGGER watch_row ON store.journal IS 'looks at each';
    CREATE TRIGGER watch_statement AFTER UPDATE ON store.journal
        REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
        FOR EACH STATEMENT EXECUTE FUNCTION lab.quiet();
    CREATE CONSTRAINT TRIGGER watch_late AFTER INSERT ON store.journal
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lab.quiet();
    CREATE TRIGGER watch_off AFTER DELETE ON store.journal EXECUTE FUNCTION lab.quiet();
    ALTER TABLE store.journal DISABLE TRIGGER watch_off;
    CREATE TRIGGER watch_always AFTER DELETE ON store.journal EXECUTE FUNCTION lab.quiet();
    ALTER TABLE store.journal ENABLE ALWAYS TRIGGER watch_always;
    CREATE TRIGGER watch_view INSTEAD OF INSERT ON shop.catalogue FOR EACH ROW
        EXECUTE FUNCTION lab.quiet();
    CREATE TRIGGER watch_sale AFTER INSERT ON shop.sale FOR EACH ROW EXECUTE FUNCTION lab.quiet();
    CREATE RULE keep_hidden AS ON DELETE TO store.journal WHERE OLD.hidden DO INSTEAD NOTHING;
    COMMENT ON RULE keep_hidden ON store.journal IS 'stays';
    CREATE RULE tell AS ON INSERT TO store.journal DO ALSO NOTIFY journal;
    CREATE RULE reroute AS ON UPDATE TO shop.catalogue DO INSTEAD
        UPDATE shop.product SET price = NEW.price WHERE id = OLD.id;
    ALTER TABLE store.secured ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own_rows ON store.secured FOR SELECT TO pg_monitor
        USING (owner_name = CURRENT_USER);
    CREATE POLICY new_rows ON store.secured FOR INSERT WITH CHECK (visible);
    CREATE POLICY narrow ON store.secured AS RESTRICTIVE USING (id > 0) WITH CHECK (id > 1);
    COMMENT ON POLICY narrow ON store.secured IS 'no more than that';
    CREATE EVENT TRIGGER watch_ddl ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
        EXECUTE FUNCTION lab.quiet_ddl();
    COMMENT ON EVENT TRIGGER watch_ddl IS 'looks at tables';
    CREATE FUNCTION lab.accept_all(text[], oid) RETURNS bool LANGUAGE sql
        AS 'SELECT true';
    CREATE FOREIGN DATA WRAPPER away OPTIONS (loudness '1');
    COMMENT ON FOREIGN DATA WRAPPER away IS 'elsewhere';
    CREATE SERVER distant TYPE 'kind' VERSION '1' FOREIGN DATA WRAPPER away OPTIONS (host 'h');
    COMMENT ON SERVER distant IS 'far';
    CREATE USER MAPPING FOR PUBLIC SERVER distant OPTIONS (username 'u');
    CREATE FOREIGN TABLE store.remote (id int OPTIONS (as_name 'x') NOT NULL, said text,
        CONSTRAINT remote_positive CHECK (id > 0)) SERVER distant OPTIONS (tab 't');
    COMMENT ON FOREIGN TABLE store.remote IS 'not here';
    SELECT lo_from_bytea(9001, 'large'); COMMENT ON LARGE OBJECT 9001 IS 'a large one';
"""

BASE = TYPES + TABLES + VIEWS + ROUTINES + ACTING

# what the base has besides on newer servers
SINCE: dict[int, str] = {
    14: """
        CREATE TYPE shop.stretch AS RANGE (subtype = float8, multirange_type_name = shop.stretches);
        CREATE TABLE store.packed (id int, body text COMPRESSION pglz, plain_body text,
            parts int4multirange);
        CREATE FUNCTION shop.price_now(sku text) RETURNS numeric LANGUAGE sql STABLE
        BEGIN ATOMIC SELECT max(p.price) FROM shop.product p WHERE p.sku = price_now.sku; END;
        CREATE PROCEDURE shop.count_all(OUT n int) LANGUAGE sql
        BEGIN ATOMIC SELECT count(*)::int FROM shop.product; END;
        CREATE STATISTICS shop.product_facts ON lower(title), sku FROM shop.product;
    """,
    15: """
        CREATE TABLE store.alike (tenant int NOT NULL, id int, parent int,
            CONSTRAINT alike_pair UNIQUE NULLS NOT DISTINCT (tenant, id),
            CONSTRAINT alike_parent FOREIGN KEY (tenant, parent) REFERENCES store.alike (tenant, id)
                ON DELETE SET NULL (parent));
        CREATE VIEW store.invoked WITH (security_invoker = true) AS SELECT id FROM store.secured;
        CREATE UNIQUE INDEX alike_index ON store.alike (parent) NULLS NOT DISTINCT;
    """,
    18: """
        CREATE TABLE store.later (id int, parent int, small int, named int,
            CONSTRAINT later_key PRIMARY KEY (id),
            CONSTRAINT later_parent FOREIGN KEY (parent) REFERENCES store.later NOT ENFORCED,
            CONSTRAINT later_small CHECK (small < 5) NOT ENFORCED,
            CONSTRAINT later_named NOT NULL named,
            doubled int GENERATED ALWAYS AS (small * 2) VIRTUAL);
        ALTER TABLE store.later ADD CONSTRAINT later_unproven NOT NULL small NOT VALID;
        CREATE TABLE store.booking (room int4range, at daterange, note text,
            CONSTRAINT booking_key PRIMARY KEY (room, at WITHOUT OVERLAPS));
        CREATE TABLE store.stay (room int4range, at daterange, CONSTRAINT stay_booking
            FOREIGN KEY (room, PERIOD at) REFERENCES store.booking (room, PERIOD at));
        CREATE TABLE store.own_null (id int CONSTRAINT kept_here NOT NULL NO INHERIT);
    """,
}


def base(version: int) -> str:
    """The statements of the base on a version."""
    return BASE + "".join(text for since, text in SINCE.items() if version >= since)

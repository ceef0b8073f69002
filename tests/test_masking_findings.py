"""Cases in which masked snapshots once leaked, did not restore, or were refused without reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PG_CONTRIB
from masked import KEY, ask, create, masked, refused, restore, run, value

Database = Callable[..., str]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPSHOT_MASK_KEY", KEY)


def written(folder: Path) -> str:
    """All text files of the snapshot."""
    names = ("data.sql", "schema.sql", "schema.json", "manifest.json")
    return "\n".join((folder / "seed" / name).read_text() for name in names)


@pytest.mark.parametrize("version", [13, 18])
def test_a_unique_index_on_a_computed_column(
    version: int, database: Database, tmp_path: Path
) -> None:
    url = database(version)
    run(
        url,
        """
        CREATE TABLE u (id int PRIMARY KEY, full_name text NOT NULL,
            handle text GENERATED ALWAYS AS (lower(full_name)) STORED UNIQUE);
        INSERT INTO u SELECT g, 'Person Number' || g FROM generate_series(1, 3000) g;
        """,
    )
    rules = '[columns."public.u"]\nid = "keep"\nfull_name = "{}"\n'
    assert "u_handle_key" in refused(url, tmp_path, rules.format("name"))
    create(url, tmp_path, rules.format("token"))
    copy = restore(tmp_path, database(version))
    assert value(copy, "SELECT count(DISTINCT handle) FROM u") == 3000


@pytest.mark.parametrize("form", ["sql", "json", "archive"])
def test_a_key_of_char_to_varchar(form: str, database: Database, tmp_path: Path) -> None:
    url, copy = masked(
        database,
        tmp_path,
        """
        CREATE TABLE p (code varchar(20) PRIMARY KEY);
        CREATE TABLE c (id int PRIMARY KEY, code char(30) REFERENCES p (code));
        INSERT INTO p SELECT 'customer' || g FROM generate_series(1, 50) g;
        INSERT INTO c SELECT g, 'customer' || g FROM generate_series(1, 50) g;
        """,
        '[columns."public.p"]\ncode = "token"\n[columns."public.c"]\nid = "keep"\n',
        (form,),
    )
    assert value(copy, "SELECT count(*) FROM c JOIN p ON p.code = c.code") == 50
    assert value(url, "SELECT count(*) FROM c JOIN p ON p.code = c.code") == 50


def test_citext_sees_no_capitals_in_any_mask(database: Database, tmp_path: Path) -> None:
    schema = """
        CREATE EXTENSION citext;
        CREATE TABLE p (k citext PRIMARY KEY);
        CREATE TABLE c (id int PRIMARY KEY, k citext REFERENCES p);
        INSERT INTO p VALUES ('AB-00000001-xyz'), ('Ä-1');
        INSERT INTO c VALUES (1, 'ab-00000001-XYZ'), (2, 'ä-1');
        """
    for mask in ("code", "phone", "digits"):
        rules = f'[columns."public.p"]\nk = "{mask}"\n[columns."public.c"]\nid = "keep"\n'
        _, copy = masked(database, tmp_path / mask, schema, rules, version=PG_CONTRIB)
        assert value(copy, "SELECT count(*) FROM c JOIN p USING (k)") == 2


def test_a_collation_that_folds_is_refused(database: Database, tmp_path: Path) -> None:
    url = database(PG_CONTRIB)
    run(
        url,
        """
        CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE p (login text COLLATE folding PRIMARY KEY);
        CREATE TABLE c (id int PRIMARY KEY, login text COLLATE folding REFERENCES p);
        INSERT INTO p VALUES ('Customer1'); INSERT INTO c VALUES (1, 'customer1');
        """,
    )
    rules = '[columns."public.p"]\nlogin = "token"\n[columns."public.c"]\nid = "keep"\n'
    assert "nondeterministic" in refused(url, tmp_path, rules)


NOTES = {
    "small letters": "anna kowalska called",
    "without ß": "WEISSENFELS was here, and weissenfels",
    "decomposed": "Zoe\u0308 came with Mu\u0308ller",
    "endings": "Kowalskas dog, user kowalska2",
    "no-break spaces": "ring 06\u00a012\u00a090\u00a034\u00a057 now",
    "dashes": "ring 030\u201312345\u201367 now",
    "underscores": "ring 06_12_90_34_57 now",
    "rare letters": "o#brien!x@corp.io wrote",
    "no top level": "root@localhost wrote",
    "Arabic digits": "ring ٠١٢٣٤٥٦٧٨٩ now",
    "a street": "lives at LINDENALLEE 14A",
}
SECRETS = (
    "kowalska", "weissenfels", "weißenfels", "müller", "zoë", "mu\u0308ller", "zoe\u0308", "o#brien",
    "root@localhost", "٠١٢٣٤٥٦٧٨٩", "lindenallee",
)  # fmt: skip


def test_free_texts_hold_no_name_and_no_number(database: Database, tmp_path: Path) -> None:
    url = database()
    run(
        url,
        "CREATE TABLE p (id int PRIMARY KEY, first_name text, last_name text, phone text,"
        " mail text, street text, note text)",
    )
    people = [
        ("Anna", "Kowalska", "06 12 90 34 57", "o#brien!x@corp.io", "Lindenallee 14a"),
        ("Zoë", "Weißenfels", "030-1234567", "root@localhost", "x"),
        ("Li", "Müller-Lüdenscheidt", "٠١٢٣٤٥٦٧٨٩", "li@corp.io", "y"),
    ]
    for number, note in enumerate(NOTES.values()):
        ask(url, "INSERT INTO p VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
            number, *people[number % 3], note)  # fmt: skip
    rules = """[columns."public.p"]
        id = "keep"\nfirst_name = "first_name"\nlast_name = "last_name"\nphone = "phone"
        mail = "email"\nstreet = "street"\nnote = "redact"\n"""
    create(url, tmp_path, rules)
    text = written(tmp_path).lower()
    assert [secret for secret in SECRETS if secret in text] == []
    notes = [line.split("\t")[6] for line in text.splitlines() if line.count("\t") == 6]
    assert len(notes) == len(NOTES)
    assert "".join(c for n in notes for c in n.partition("ring")[2] if c.isdigit()) == ""


@pytest.mark.parametrize(
    "leak",
    [
        "COMMENT ON COLUMN p.full_name IS 'such as Anna Kowalska, not Anna'",
        "COMMENT ON TABLE p IS 'e.g. Lindenallee 14a'",
        "CREATE TYPE state AS ENUM ('new', 'Kraftverk Uhl GmbH customers')",
        "CREATE VIEW v AS SELECT id FROM p WHERE full_name LIKE '%Anna Kowalska%'",
        "ALTER TABLE p ALTER company SET DEFAULT 'Kraftverk Uhl GmbH'",
        "ALTER TABLE p ADD note text DEFAULT 'by Anna Kowalska'",
    ],
)
def test_names_in_the_schema_and_in_kept_texts_are_found(
    leak: str, database: Database, tmp_path: Path
) -> None:
    url = database()
    run(
        url,
        "CREATE TABLE p (id int PRIMARY KEY, full_name text, company text, street text);"
        " INSERT INTO p VALUES (1, 'Anna Kowalska', 'Kraftverk Uhl GmbH', 'Lindenallee 14a')",
    )
    rules = """[columns."public.p"]
        id = "keep"\nfull_name = "name"\ncompany = "company"\nstreet = "street"\n"""
    create(url, tmp_path / "clean", rules)
    run(url, leak)
    said = refused(url, tmp_path, rules + ('note = "keep"\n' if "note" in leak else ""))
    assert "with an original" in said
    assert "Kowalska" not in said
    assert "Kraftverk" not in said


def test_short_numbers_are_not_taken_for_originals(database: Database, tmp_path: Path) -> None:
    url = database()
    run(
        url,
        "CREATE TABLE p (id int PRIMARY KEY, phone text);"
        " INSERT INTO p SELECT g, (2000000 + g * 37)::text FROM generate_series(1, 30000) g",
    )
    rules = '[columns."public.p"]\nid = "keep"\nphone = "phone"\n'
    report = create(url, tmp_path, rules)
    assert report.manifest.masked is not None
    assert report.manifest.masked.scan is not None
    assert report.manifest.masked.scan.originals == 30000


def test_words_that_stand_there_by_right(database: Database, tmp_path: Path) -> None:
    url = database()
    run(
        url,
        """
        CREATE TABLE customer (id int PRIMARY KEY, site text, host text, login text, mail text);
        INSERT INTO customer VALUES (1, 'https://example.com/', 'example.com', 'customer', 'a@corp.io'),
            (2, 'https://corp.io/x', 'corp.io', 'default', 'b@corp.io');
        """,
    )
    rules = """[columns."public.customer"]
        id = "keep"\nsite = "url"\nhost = "hostname"\nlogin = "username"\nmail = "email"\n"""
    create(url, tmp_path, rules)
    assert "corp.io" not in written(tmp_path)


def test_what_is_excepted_may_stand_elsewhere(database: Database, tmp_path: Path) -> None:
    url = database()
    run(
        url,
        """
        CREATE TABLE u (id int PRIMARY KEY, role text, mail text, body text);
        INSERT INTO u VALUES (1, 'system', 'robot@corp.io', 'mail robot@corp.io'),
            (2, 'user', 'anna@corp.io', 'robot@corp.io wrote to anna@corp.io');
        """,
    )
    rules = """[columns."public.u"]
        id = "keep"\nrole = "keep"\nmail = "email"\nbody = "redact"
        [[except]]\ntable = "public.u"\ncolumn = "role"\nis = "system"\nleave = ["mail"]\n"""
    create(url, tmp_path, rules)
    assert "robot@corp.io" in written(tmp_path)
    assert "anna" not in written(tmp_path)


def test_a_key_to_a_computed_column(database: Database, tmp_path: Path) -> None:
    _, copy = masked(
        database,
        tmp_path,
        """
        CREATE TABLE p (id int PRIMARY KEY, mail text,
            m text GENERATED ALWAYS AS (lower(mail)) STORED UNIQUE);
        CREATE TABLE c (id int PRIMARY KEY, m text REFERENCES p (m));
        INSERT INTO p SELECT g, 'User' || g || '@Corp.io' FROM generate_series(1, 50) g;
        INSERT INTO c SELECT g, 'user' || g || '@corp.io' FROM generate_series(1, 50) g;
        """,
        '[columns."public.p"]\nid = "keep"\nmail = "email"\n'
        '[columns."public.c"]\nid = "keep"\nm = "email"\n',
    )
    assert value(copy, "SELECT count(*) FROM c JOIN p USING (m)") == 50


def test_a_unique_part_of_a_document(database: Database, tmp_path: Path) -> None:
    _, copy = masked(
        database,
        tmp_path,
        """
        CREATE TABLE d (id int PRIMARY KEY, doc jsonb);
        CREATE UNIQUE INDEX ON d ((doc ->> 'email'));
        INSERT INTO d SELECT g, jsonb_build_object('email', 'u' || g || '@corp.io')
            FROM generate_series(1, 50) g;
        """,
        '[columns."public.d"]\nid = "keep"\ndoc = "json"\n[json."public.d".doc]\nemail = "email"\n',
    )
    assert value(copy, "SELECT count(DISTINCT doc ->> 'email') FROM d") == 50


def test_an_array_of_composites(database: Database, tmp_path: Path) -> None:
    _, copy = masked(
        database,
        tmp_path,
        """
        CREATE TYPE addr AS (street text, zip text);
        CREATE TABLE p (id int PRIMARY KEY, homes addr[]);
        INSERT INTO p VALUES (1, ARRAY[ROW('Lindenallee 14a', '12345')::addr, ROW('Am Wall', '1')::addr]);
        """,
        '[columns."public.p"]\nid = "keep"\n'
        'homes = { mask = "composite", fields = { street = "street", zip = "keep" } }\n',
    )
    ((street, zipped),) = ask(copy, "SELECT (homes[1]).street, (homes[1]).zip FROM p")
    assert street != "Lindenallee 14a"
    assert zipped == "12345"


def test_cards_of_a_unique_column(database: Database, tmp_path: Path) -> None:
    _, copy = masked(
        database,
        tmp_path,
        """
        CREATE TABLE p (id int PRIMARY KEY, card text UNIQUE);
        INSERT INTO p SELECT g, (4000000000000000 + g * 7919)::text FROM generate_series(1, 1500) g;
        ANALYZE p;
        """,
        '[columns."public.p"]\nid = "keep"\ncard = "card"\n',
    )
    assert value(copy, "SELECT count(DISTINCT card) FROM p") == 1500


def test_addresses_of_networks(database: Database, tmp_path: Path) -> None:
    url = database()
    run(
        url,
        """
        CREATE TABLE p (id int PRIMARY KEY, ip inet, ipt text, mac macaddr, note text);
        INSERT INTO p VALUES (1, '84.12.3.4', '10.1.2.3', '08:00:2b:01:02:03',
            'from 84.12.3.4, 10.1.2.3 and 2a02:8108::77, 08:00:2b:01:02:03 at 12:30:45');
        """,
    )
    rules = """[columns."public.p"]
        id = "keep"\nip = "ip"\nipt = "ip"\nmac = "mac"\nnote = "redact"\n"""
    create(url, tmp_path, rules)
    text = written(tmp_path)
    secrets = ("84.12.3.4", "10.1.2.3", "2a02:8108", "08:00:2b:01:02:03")
    assert [secret for secret in secrets if secret in text] == []
    assert "at 12:30:45" in text
    run(url, "COMMENT ON TABLE p IS 'tested from 84.12.3.4'")
    assert "with an original" in refused(url, tmp_path / "b", rules)


def test_rows_that_do_not_come_and_a_subset(database: Database, tmp_path: Path) -> None:
    url = database()
    run(
        url,
        """
        CREATE TABLE l (id int PRIMARY KEY);
        CREATE TABLE p (id int PRIMARY KEY, l_id int REFERENCES l, mail text);
        INSERT INTO l VALUES (1); INSERT INTO p VALUES (1, 1, 'a@corp.io'), (2, NULL, 'b@corp.io');
        """,
    )
    rules = """[columns."public.p"]\nid = "keep"\nl_id = "keep"\nmail = "email"
        [rows]\n"public.l" = "none"
        [subset]\nroots = [{ table = "public.p" }]\n"""
    create(url, tmp_path, rules)
    copy = restore(tmp_path, database())
    assert ask(copy, "SELECT id, l_id FROM p ORDER BY id") == [(1, None), (2, None)]

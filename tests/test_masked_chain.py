"""Masked snapshots and subsets on their way: restored, swapped, edited, beside writers; audited."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from clinic import PEOPLE, clinic
from equality import content
from test_masked_create import (
    KEY,
    MAIL,
    RULES,
    SCHEMA,
    SECRET,
    create,
    leaks,
    made,
    policy,
    restore,
    run,
    texts,
)  # fmt: skip

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import Refused
from snapshot.masking.proposal import discover
from snapshot.postgres.connection import connected, consistent_read
from snapshot.postgres.identity import read_identity
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions, find_backups
from snapshot.store.manifest import FORMATS, load_manifest
from snapshot.swap import SwapOptions, swap_snapshot, warm_clone
from snapshot.undo import UndoOptions, undo_restore
from snapshot.verify import verify_snapshot

Database = Callable[..., str]
NONE = BackupOptions(keep=False)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPSHOT_MASK_KEY", KEY)


def people(url: str) -> list[tuple[object, ...]]:
    """Masked people and how many visits each has: keys hold if the numbers are right."""
    return run(
        url,
        "SELECT p.*, (SELECT count(*) FROM visit WHERE person_id = p.id) FROM person p"
        " ORDER BY p.id",
    )


@pytest.mark.parametrize("version", [13, 18])
def test_every_way_of_a_restore(version: int, database: Database, tmp_path: Path) -> None:
    """Row 121: empty and full, swap and warm; the same content, and verify -d passes."""
    url = made(database, version=version)
    create(url, tmp_path)
    seed, target = tmp_path / "seed", database(version)
    restore(tmp_path, target, "archive")
    expected = people(target)
    assert len(expected) == 50
    assert [row[-1] for row in sorted(expected, key=lambda row: str(row))].count(2) == 30
    assert not SECRET.search(str(expected).encode())
    for source_format in ("sql", "json"):
        run(target, "DELETE FROM visit WHERE id < 40; UPDATE person SET city = 'Rom'")
        restore(tmp_path, target, source_format)
        assert people(target) == expected
        assert verify_snapshot(seed, target, require_masked=True).passed
    run(target, "DELETE FROM visit")
    options = SwapOptions(target, seed, confirm=True, backup=NONE, require_masked=True)
    swap_snapshot(options)
    assert people(target) == expected
    warm_clone(options)
    run(target, "DELETE FROM visit")
    swap_snapshot(SwapOptions(target, seed, confirm=True, backup=NONE, warm=True))
    assert people(target) == expected
    assert verify_snapshot(seed, target).passed


def test_safety_snapshots_say_whether_they_are_masked(database: Database, tmp_path: Path) -> None:
    """Row 100: marked where the rows are those of a masked snapshot, to the last one."""
    url = made(database)
    create(url, tmp_path)
    options = RestoreOptions(url, tmp_path / "seed", confirm=True, full=True)
    for _ in range(2):  # over people's rows, then over masked ones
        restore_snapshot(options)
    run(url, "DELETE FROM visit; UPDATE person SET city = 'Rom'")
    restore_snapshot(options)
    with connected(url) as connection:
        found = find_backups(read_identity(connection))
    assert [backup.manifest.masked is not None for backup in found] == [False, True, False]
    command = [sys.executable, "-m", "snapshot", "undo", "--list", "-d", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    listed = [line for line in done.stdout.splitlines() if line.lstrip()[:2] == "20"]
    assert ["masked rows" in line for line in listed] == [False, True, False], done.stdout
    undo_restore(UndoOptions(url, found[1].name, confirm=True))
    assert verify_snapshot(found[1].path, url, require_masked=True).passed


def test_edited_rows(database: Database, tmp_path: Path) -> None:
    """Row 122: rows that somebody put into a masked snapshot are not taken for masked."""
    url = made(database)
    create(url, tmp_path, formats=("sql",))
    data = tmp_path / "seed" / "data.sql"
    data.write_text(data.read_text().replace("\tfine\n", f"\t{MAIL}\n", 1))
    target = database()
    edited = RestoreOptions(target, tmp_path / "seed", confirm=True, backup=NONE, accept_edits=True)
    with pytest.raises(Refused, match="edited by hand"):
        restore_snapshot(replace(edited, require_masked=True))
    restore_snapshot(edited)
    assert run(target, f"SELECT count(*) FROM visit WHERE remark = '{MAIL}'") == [(1,)]
    mark = load_manifest(tmp_path / "seed").masked
    assert mark
    assert mark.edited
    with pytest.raises(Refused, match="edited by hand"):
        verify_snapshot(tmp_path / "seed", require_masked=True)


# --- the extra (127)


@pytest.mark.parametrize(
    "words",
    [["--help"], ["create", "--help"], ["mask", "--help"], ["subset", "--help"], ["create"]],
    ids=" ".join,
)
def test_what_is_not_asked_for_is_not_loaded(
    words: list[str], database: Database, tmp_path: Path
) -> None:
    """Row 127."""
    if words == ["create"]:
        words = ["create", str(tmp_path / "s"), "-d", made(database, "CREATE TABLE t (a int)")]
    done = without_extra(
        words, "\nassert not {'numpy', 'pyarrow', 'cryptography'} & set(sys.modules)"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["subset", "plan"],
        ["subset", "why", "person", "1"],
        ["mask", "check"],
        ["mask", "plan"],
        ["mask", "preview", "--show-originals"],
        ["mask", "scan"],
        ["create"],
    ],
    ids=" ".join,
)
def test_what_needs_the_extra_says_how_to_install_it(words: list[str], tmp_path: Path) -> None:
    done = without_extra([*words, "--mask", policy(tmp_path, RULES)], blocked=True)
    assert done.returncode == 2
    assert "not installed: numpy, pyarrow, cryptography" in done.stderr
    assert "pip install 'snapshot-postgres[masking]'" in done.stderr


def without_extra(
    words: list[str], afterwards: str = "", blocked: bool = False
) -> subprocess.CompletedProcess[str]:
    block = (
        "sys.modules |= dict.fromkeys(('numpy', 'pyarrow', 'cryptography'))\n" if blocked else ""
    )
    code = (
        f"import sys, contextlib\n{block}from snapshot.cli import main\n"
        f"sys.argv = ['snapshot', *{words!r}]\n"
        + (
            "main()"
            if blocked
            else f"try: main()\nexcept SystemExit as e: assert not e.code{afterwards}"
        )
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


# --- subsets (139, 143, 145, 146, 147)

SUBSET = """
[subset]
roots = [ { table = "public.person", where = "city = 'Ulm'" } ]
children = { "public.visit.person_id" = 2 }
"""


def test_a_masked_subset(database: Database, tmp_path: Path) -> None:
    """Rows 139, 146 and 147: keys hold; originals are those of the chosen rows only."""
    url = made(
        database,
        SCHEMA
        + """ALTER TABLE person ADD size int GENERATED ALWAYS AS (length(city)) STORED;
        CREATE MATERIALIZED VIEW towns AS SELECT city, count(*) FROM person GROUP BY city;
        CREATE TABLE other (id int PRIMARY KEY, word text);
        INSERT INTO other VALUES (1, 'quartz8@falconer.io');
        CREATE SEQUENCE alone START 77""",
    )
    rules = RULES + '[columns."public.other"]\nid = "keep"\nword = "keep"\n' + SUBSET
    rules += '[schema]\nsequences = "from_rows"\n'
    with pytest.raises(Refused, match="in the masked files") as raised:
        create(url, tmp_path, rules.replace("[subset]", '[subset]\nwhole = ["public.other"]'))
    assert any("other.word: e-mail" in line for line in raised.value.details)
    run(url, "UPDATE other SET word = 'Quartz7 Falconer7'")  # of a person who lives in Bonn
    report = create(url, tmp_path, rules.replace("[subset]", '[subset]\nwhole = ["public.other"]'))
    assert report.manifest.masked
    assert report.manifest.masked.subset
    rows = {entry.name.name: entry.rows for entry in report.manifest.tables}
    assert rows == {"person": 25, "visit": 50, "other": 1}
    assert f"a subset: {sum(rows.values())} rows, see snapshot subset plan" in report.notes
    for source_format in FORMATS:
        target = database()
        restore(tmp_path, target, source_format)
        assert {row[-1] for row in people(target)} == {2}
        assert run(target, "SELECT DISTINCT city, size FROM person") == [("Ulm", 3)]
        assert run(target, "SELECT * FROM towns") == [("Ulm", 25)]
        (last,) = run(target, "SELECT max(id) FROM visit")[0]
        assert run(target, "SELECT nextval('visit_id_seq'), nextval('alone')") == [(last + 1, 77)]
    run(url, "UPDATE person SET city = 'Ulm' WHERE id = 6")
    run(url, "UPDATE other SET word = 'Quartz6 Falconer6'")
    with pytest.raises(Refused, match="in the masked files"):
        create(url, tmp_path, rules.replace("[subset]", '[subset]\nwhole = ["public.other"]'))


def test_one_tenant(database: Database, tmp_path: Path) -> None:
    """Row 143: nothing of another tenant is in the files; a shared parent names no value."""
    url = made(
        database,
        """CREATE TABLE tenant (id int PRIMARY KEY, name text);
        CREATE TABLE person (id int PRIMARY KEY, tenant_id int REFERENCES tenant, email text,
            boss int REFERENCES person);
        INSERT INTO tenant VALUES (1, 'Alpha'), (2, 'Omegatenant');
        INSERT INTO person SELECT i, 1 + i % 2, 'quartz' || i || CASE WHEN i % 2 = 1 THEN
            'omega' ELSE '' END || '@falconer.io', NULL FROM generate_series(1, 20) i""",
    )
    rules = """[columns."public.tenant"]
        id = "keep"
        name = "keep"
        [columns."public.person"]
        id = "keep"
        tenant_id = "keep"
        email = "email"
        boss = "keep"
        [subset]
        roots = [ { table = "public.tenant", where = "id = 1" } ]
        children = { "public.person.tenant_id" = "all" }
        tenant = "tenant_id"
        """
    create(url, tmp_path, rules)
    assert leaks(tmp_path) == []
    assert not any(b"omega" in data.lower() for _, data in texts(tmp_path / "seed"))
    run(url, "UPDATE person SET boss = 3 WHERE id = 2")
    with pytest.raises(Refused, match="more than one tenant") as raised:
        create(url, tmp_path, rules)
    said = f"{raised.value} {raised.value.details}"
    assert "person_boss_fkey" in said
    assert not SECRET.search(said.encode())


def test_a_writer_meanwhile(database: Database, tmp_path: Path) -> None:
    """Row 145: a subset is of one moment while 1,000 rows a second are written."""
    url = made(
        database,
        """CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL);
        CREATE TABLE booking (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES account,
            amount int NOT NULL);
        INSERT INTO account SELECT i, 0 FROM generate_series(1, 200) i""",
    )
    rules = """[columns."public.account"]
        id = "keep"
        balance = "keep"
        [columns."public.booking"]
        id = "keep"
        account = "keep"
        amount = "keep"
        [subset]
        roots = [ { table = "public.account", where = "id % 2 = 0" } ]
        children = { "public.booking.account" = "all" }
        """
    stop, written = threading.Event(), [0]

    def write() -> None:
        with psycopg.connect(url) as connection:
            while not stop.is_set():
                connection.execute(
                    "WITH b AS (INSERT INTO booking (account, amount)"
                    " SELECT 1 + (random() * 199)::int, 1 FROM generate_series(1, 20)"
                    " RETURNING account) UPDATE account SET balance = balance + n FROM"
                    " (SELECT account, count(*) AS n FROM b GROUP BY 1) c WHERE id = c.account"
                )
                connection.commit()
                written[0] += 20
                stop.wait(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(4):
            create(url, tmp_path, rules, ("json", "sql"))
            target = database()
            restore(tmp_path, target, "json")
            assert run(target, "SELECT count(*) FROM account") == [(100,)]
            wrong = (
                "SELECT id FROM account a WHERE balance <>"
                " (SELECT count(*) FROM booking WHERE account = a.id)"
            )
            assert run(target, wrong) == []
    finally:
        stop.set()
        writer.join()
    assert written[0] > 100


# --- [audit] (154)


@pytest.mark.parametrize("source_format", FORMATS)
def test_small_groups(source_format: str, database: Database, tmp_path: Path) -> None:
    """Row 154: what create says is what counting the masked rows gives."""
    url = made(database)
    run(url, "UPDATE person SET city = NULL WHERE id % 7 = 0; UPDATE person SET born ="
        " date '1950-06-01' + (id % 11) * 300")  # fmt: skip
    audit = '[audit]\nquasi = ["born", "city"]\nk = 4\n'
    report = create(url, tmp_path, RULES + audit, (source_format,))
    (note,) = [note for note in report.notes if note.startswith("audit")]
    target = database()
    restore(tmp_path, target, source_format)
    groups = Counter(run(target, "SELECT born, city FROM person"))
    small = [count for count in groups.values() if count < 4]
    assert small
    assert note == (
        f"audit: person: {len(small)} groups of (born, city) have fewer than 4 rows,"
        f" {sum(small)} rows in all"
    )
    assert json.loads(json.dumps(report.to_dict()))["notes"] == list(report.notes)
    with pytest.raises(Refused, match=r"\[audit\] matches nothing"):
        create(url, tmp_path, RULES + '[audit]\nquasi = ["born", "town"]\n')


def test_groups_of_a_table_without_masks(database: Database, tmp_path: Path) -> None:
    url = made(
        database,
        "CREATE TABLE t (zip text, sex text); INSERT INTO t VALUES"
        " ('1', 'f'), ('1', 'f'), ('1', 'm'), ('2', NULL), (NULL, '2')",
    )
    rules = (
        '[columns."public.t"]\nzip = "keep"\nsex = "keep"\n[audit]\nquasi = ["zip", "sex"]\nk = 2\n'
    )
    report = create(url, tmp_path, rules)
    assert "audit: t: 3 groups of (zip, sex) have fewer than 2 rows, 3 rows in all" in report.notes


def test_a_policy_without_masks_is_not_needed(database: Database, tmp_path: Path) -> None:
    """A subset of rows as they are: --subset alone, restored."""
    url = made(database)
    file = policy(tmp_path, SUBSET)
    report = create_snapshot(CreateOptions(url, tmp_path / "seed", formats=FORMATS, subset=file))
    assert report.manifest.masked is None
    assert report.manifest.subset
    target = database()
    restore_snapshot(RestoreOptions(target, tmp_path / "seed", confirm=True, backup=NONE))
    assert {row[-1] for row in people(target)} == {2}


# --- the clinic: what is proposed, with what a person decides

DECIDED = (
    ('home = "?"', 'home = "null"'),
    ('terms = "?"', 'terms = "null"'),
    ('vector = "?"', 'vector = { mask = "constant", value = "" }'),
    ('"?"', '"keep"'),  # of the table with a column of each type
)


@pytest.mark.parametrize("version", [13, 18])
def test_the_clinic(version: int, database: Database, tmp_path: Path) -> None:
    """Forty odd tables: no person is left, every key holds, and each format restores."""
    url = database(version)
    clinic(url)
    with connected(url) as connection, consistent_read(connection):
        text = discover(connection, None)
    for proposed, decided in DECIDED:
        text = text.replace(proposed, decided)
    file = tmp_path / "masking.toml"
    file.write_text(text)
    seed = tmp_path / "seed"
    report = create_snapshot(CreateOptions(url, seed, formats=FORMATS, mask=str(file)))
    assert report.manifest.masked
    assert report.manifest.masked.scan
    assert report.manifest.masked.scan.originals > 500
    everything = b"".join(data for _, data in texts(seed)).decode("utf-8", "replace").lower()
    for person in PEOPLE:
        for value in (person.name, person.mail, person.phone, person.street):
            assert value.lower() not in everything, value
    contents = []
    for source_format in FORMATS:
        target = database(version)
        restore(tmp_path, target, source_format)
        assert verify_snapshot(seed, target).passed
        contents.append(content(target))
        joined = "SELECT count(*) FROM users JOIN messages ON sender_email = email"
        assert run(target, joined) == run(url, joined)
    assert contents[0] == contents[1] == contents[2]

"""docs/masking.md and docs/subset.md: their sessions run, their tables and examples are right."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from servers import programs

from snapshot.catalog import Name
from snapshot.create import CreateOptions, create_snapshot
from snapshot.masking.making import INTEGERS, TEXT, make_mask, makers
from snapshot.masking.masks.amounts import AMOUNTS
from snapshot.masking.model import Rule, Search, Target
from snapshot.masking.policy import read_policy
from snapshot.masking.prf import EXAMPLE_KEY, MaskKey

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TIMES = {"timestamp without time zone", "timestamp with time zone"}
DATES = {"date", *TIMES}
WORDS: Mapping[str, set[str] | frozenset[str]] = {
    "any": {"*"},
    "text": TEXT,
    "integers": INTEGERS,
    "amounts": AMOUNTS,
    "dates": DATES,
    "date ranges": {
        f"{kind}{end}" for kind in ("date", "ts", "tstz") for end in ("range", "multirange")
    },
}
SEARCHES = {
    "anywhere": (Search.SUBSTRING, Search.SHARED),
    "whole words": (Search.FIELD,),
    "addresses and numbers in it": (Search.PARTS,),
    "what is masked inside": (Search.INNER,),
    "off": (Search.OFF,),
}
OPTIONS: Mapping[str, Mapping[str, Any]] = {  # without which there is no mask
    "array": {"each": "email"},
    "bucket": {"bounds": [1, 2]},
    "choose": {"values": ["a"]},
    "composite": {"fields": {"1": "email"}},
    "constant": {"value": "x"},
    "hstore": {"keys": "keep", "values": "token"},
    "json": {"paths": {"a": "email"}},
    "noise": {"part": 0.1},
    "recompute": {"sql": "upper(a)"},
    "own": {"function": "os:getcwd"},
    "round": {"unit": 10},
    "shift": {"days": 3, "by": "id"},
}


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(), re.M | re.S)


def table_of(page: str, head: str) -> list[list[str]]:
    """The rows of the table that begins with these columns."""
    after = (DOCS / page).read_text().split(f"| {head} ")[1].split("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in after.splitlines()[2:]
    ]


# --- sessions


def run_session(page: str, folder: Path, **environment: str) -> None:
    """The commands of a page in one shell; every line shown below one was printed by it."""
    folder.mkdir()
    (folder.parent / "bin").mkdir()
    command = folder.parent / "bin" / "snapshot"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m snapshot "$@"\n')
    command.chmod(0o755)
    out = folder.parent / "out"
    out.mkdir()
    steps: list[tuple[str, int, list[str]]] = []
    for block in blocks(page, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                words, _, code = line[2:].partition("# ends with ")
                steps.append((words, int(code or 0), []))
            else:
                steps[-1][2].append(line)
    script = [
        f"{{ {words}\n}} > {out}/{i} 2>&1 < /dev/null; echo $? > {out}/{i}.code"
        for i, (words, _, _) in enumerate(steps)
    ]
    server = programs(18)
    assert server
    subprocess.run(
        ["bash", "-c", "\n".join(["git init -q -b main .", *script])],
        cwd=folder, check=False, timeout=300,
        env={
            **os.environ, **environment,
            "PATH": f"{command.parent}:{server}:{os.environ['PATH']}",
            "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}",
            "GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@example.org",
            "GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@example.org",
        },
    )  # fmt: skip
    for i, (words, code, shown) in enumerate(steps):
        printed = (out / str(i)).read_text()
        assert int((out / f"{i}.code").read_text()) == code, (words, printed)
        for line in shown:
            assert line in printed, (words, line, printed)


def test_from_init_to_a_pull_request(database: Callable[..., str], tmp_path: Path) -> None:
    project = tmp_path / "project"
    run_session(
        "masking.md", project, DATABASE_URL=database(), OTHER_URL=database(), SNAPSHOT_MASK_KEY=""
    )
    written = "".join(
        path.read_text() for path in (project / "seed_data").iterdir() if path.is_file()
    )
    assert "Kowalska" not in written
    assert "sister Maria" in written  # as the page says


def test_a_part_of_a_database(database: Callable[..., str], tmp_path: Path) -> None:
    run_session(
        "subset.md", tmp_path / "project", DATABASE_URL=database(), OTHER_URL=database(),
        SNAPSHOT_MASK_KEY="",
    )  # fmt: skip


# --- the table of masks


def test_the_table_has_every_mask() -> None:
    names = [row[0].strip("`") for row in table_of("masking.md", "mask | result")]
    assert sorted(names) == sorted(makers())


@pytest.mark.parametrize("row", table_of("masking.md", "mask | result"), ids=lambda row: row[0])
def test_the_table_says_what_a_mask_is(row: list[str]) -> None:
    name, result, types, options, unique, scan = row
    maker = makers()[name.strip("`")]
    assert sorted(re.findall(r"`(\w+)`", options)) == sorted(maker.options)
    of_types = {t for word in types.split(", ") for t in WORDS.get(word, {word})}
    assert of_types == maker.types
    assert result
    apart, shared = (made(name.strip("`"), unique=u) for u in (False, True))
    assert apart.search in SEARCHES[scan]
    if unique in ("yes", "counted"):
        assert apart.injective
        assert shared.injective
        assert (apart.bits is None) == (unique == "yes")
    elif unique == "if unique":
        assert not apart.injective
        assert shared.injective
    else:
        assert shared.injective == (unique == "as `each`")


def made(name: str, unique: bool) -> Any:
    types = makers()[name].types
    kind = "text" if types & {"text", "*"} else sorted(types)[0]
    target = Target(Name("public", "t"), "c", kind, unique=unique, meaning=name, subject="t.id")
    return make_mask(Rule(name, OPTIONS.get(name, {})), target, MaskKey(bytes(range(7, 39))))


def test_the_proofs_that_are_named_exist() -> None:
    named = set(re.findall(r"`(test_\w+\.py)`", (DOCS / "masking.md").read_text()))
    assert len(named) > 5
    assert all((ROOT / "tests" / name).exists() for name in named), named


# --- the policy


def test_the_example_of_a_policy_is_read_and_has_every_section(tmp_path: Path) -> None:
    text = blocks("masking.md", "toml")[0]
    (tmp_path / "masking.toml").write_text(text)
    policy = read_policy(tmp_path / "masking.toml")
    assert policy.columns
    assert policy.json
    assert policy.rows
    assert policy.exceptions
    assert len(policy.links) == 3
    assert policy.schema.allow
    assert policy.audit.quasi
    assert policy.subset
    rules = [rule for of_table in policy.columns.values() for rule in of_table.values()]
    rules += [rule for of_column in policy.json.values() for rule in of_column.values()]
    unnamed = {"keep", "drop"}
    assert {rule.mask for rule in rules} - unnamed <= set(makers())


USED = """
CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, phone text, born date,
    last_seen timestamptz, salary numeric(10,2), password text, role text, notes text,
    settings jsonb);
CREATE TABLE events (id serial PRIMARY KEY, user_mail text);
CREATE TABLE posts (id serial PRIMARY KEY, title varchar(9));
CREATE TABLE comments (id serial PRIMARY KEY, subject_type text, subject_id int);
CREATE TABLE orders (year int, id int, PRIMARY KEY (year, id));
CREATE TABLE lines (id serial PRIMARY KEY, order_year int, order_id int);
CREATE TABLE audit_log (what text);
CREATE TABLE log_1 (what text);
INSERT INTO users (email, phone, born, last_seen, salary, password, role, notes, settings) VALUES
    ('anna@posteo.test', '+49 30 1234567', '1980-05-05', '2026-01-01 10:00+00', 5000.10, 'x',
     'user', 'write to anna@posteo.test or +49 30 1234567',
     '{"contact": {"email": "anna@posteo.test"}, "devices": [{"ip": "8.8.8.8"}],
       "logins": {"anna@posteo.test": "yesterday"}, "theme": "dark", "odd": 12345}'),
    ('robot@service.test', '+49 30 7654321', '1970-01-01', NULL, 1, 'y', 'system', '', NULL);
INSERT INTO events (user_mail) SELECT email FROM users;
INSERT INTO audit_log VALUES ('anna@posteo.test');
INSERT INTO log_1 VALUES ('anna@posteo.test');
SELECT lo_from_bytea(0, 'anna@posteo.test');
"""
REST = """
[columns."public.events"]
id = "keep"
[columns."public.posts"]
id = "keep"
title = "keep"
[columns."public.comments"]
id = "keep"
subject_type = "keep"
[columns."public.orders"]
year = "keep"
id = "keep"
[columns."public.lines"]
id = "keep"
"""


def test_the_example_of_a_policy_does_what_it_says(
    database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database()
    with psycopg.connect(url) as connection:
        connection.execute(USED)
    text = blocks("masking.md", "toml")[0].split("[subset]")[0]
    (tmp_path / "masking.toml").write_text(text + REST)
    monkeypatch.setenv("SNAPSHOT_MASK_KEY", "q5Zr0dJm8vKc2XyTn7LwB4HsGf9PaU3e")
    policy = str(tmp_path / "masking.toml")
    options = CreateOptions(url, str(tmp_path / "seed"), mask=policy, formats=["json"])
    report = create_snapshot(options)
    assert any("audit: users: 2 groups of (born, role)" in note for note in report.notes)
    rows = json.loads((tmp_path / "seed" / "seed_data.json").read_text())
    found = {table["name"]: table["rows"] for table in rows["tables"]}
    anna, robot = found["users"]
    mail = anna["email"]
    assert mail.endswith("@example.com")
    assert robot["email"] == "robot@service.test"  # [[except]]
    assert [event["user_mail"] for event in found["events"]] == [mail, "robot@service.test"]
    assert anna["phone"].startswith("+49 ")
    assert "1234567" not in anna["phone"]
    assert anna["born"] == "1980-01-01"
    assert anna["last_seen"] != "2026-01-01T10:00:00+00:00"
    assert 4500 <= float(anna["salary"]) <= 5501
    assert anna["password"] == "!"
    assert anna["notes"] == f"write to {mail} or [number]"
    settings = anna["settings"]
    settings = json.loads(settings) if isinstance(settings, str) else settings
    assert settings["contact"] == {"email": mail}
    assert settings["devices"][0]["ip"].startswith("10.")
    assert settings["theme"] == "dark"
    assert "odd" not in settings
    assert not {"anna@posteo.test", "yesterday"} & {
        *settings["logins"],
        *settings["logins"].values(),
    }
    assert found["audit_log"] == found["log_1"] == []


NATURAL = """
CREATE TABLE person (email text PRIMARY KEY, born date);
CREATE TABLE visit (id int PRIMARY KEY, person text NOT NULL REFERENCES person, on_day date);
INSERT INTO person SELECT 'p' || lpad(i::text, 4, '0') || '@posteo.test', '1980-05-05'
    FROM generate_series(1, 900) i;
INSERT INTO visit SELECT i, 'p' || lpad((i % 300 + 1)::text, 4, '0') || '@posteo.test',
    '2026-01-01' FROM generate_series(1, 1200) i;
"""
BY_NATURAL_KEY = """
version = 1
[columns."public.person"]
email = "email"
born = "year"
[columns."public.visit"]
id = "keep"
on_day = "keep"
"""


def test_keys_order_and_repetition(
    database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database()
    with psycopg.connect(url) as connection:
        connection.execute(NATURAL)
    policy = tmp_path / "masking.toml"
    policy.write_text(BY_NATURAL_KEY)
    texts = []
    for name, key in (("a", "q5Zr0dJm8v"), ("again", "q5Zr0dJm8v"), ("other", "W4nL9sEo2b")):
        monkeypatch.setenv("SNAPSHOT_MASK_KEY", f"{key}Kc2XyTn7LwB4HsGf9PaU3e")
        place = tmp_path / name
        create_snapshot(CreateOptions(url, str(place), mask=str(policy), formats=["json"]))
        texts.append((place / "seed_data.json").read_text())
    assert texts[0] == texts[1]
    found, other = (
        {table["name"]: table["rows"] for table in json.loads(text)["tables"]}
        for text in (texts[0], texts[2])
    )
    emails = [row["email"] for row in found["person"]]
    assert len(set(emails)) == 900
    assert emails == sorted(emails)  # by what was written, which says nothing of what was read
    assert not set(emails) & {row["email"] for row in other["person"]}
    visits = Counter(row["person"] for row in found["visit"])
    assert len(visits) == 300
    assert set(visits.values()) == {4}
    assert visits.keys() <= set(emails)


def test_the_example_of_a_subset_is_read_and_has_every_option(tmp_path: Path) -> None:
    text = blocks("subset.md", "toml")[0]
    (tmp_path / "subset.toml").write_text(f"version = 1\n{text}")
    subset = read_policy(tmp_path / "subset.toml").subset
    assert subset
    assert all((subset.whole, subset.children, subset.cut, subset.tenant, subset.max_rows))
    asked = [root for root in subset.roots if root.where and (root.percent or root.limit)]
    assert len(asked) >= 2
    assert any(root.allow_empty for root in subset.roots)


def test_no_page_has_a_key() -> None:
    for page in DOCS.glob("*.md"):
        assert EXAMPLE_KEY not in page.read_text()
        assert not re.search(r"(?<![\w/+])[A-Za-z0-9+/]{43}=", page.read_text())


# --- the shape of check --json


def test_the_shape_of_check_is_the_one_that_is_documented(
    database: Callable[..., str], tmp_path: Path
) -> None:
    url = database()
    schema = json.loads(blocks("masking.md", "json")[0])
    (tmp_path / "masking.toml").write_text('version = 1\n[columns."public.nowhere"]\nid = "keep"\n')
    for setup, code in (("CREATE TABLE t (id int PRIMARY KEY, email text)", 3), (None, 0)):
        if setup:
            subprocess.run(
                [programs(18) / "psql", "-q", url, "-c", setup],
                check=True,  # type: ignore[operator]
            )
        else:
            lines = 'version = 1\n[columns."public.t"]\nid = "keep"\nemail = "email"\n'
            (tmp_path / "masking.toml").write_text(lines)
        done = subprocess.run(
            [sys.executable, "-m", "snapshot", "mask", "check", "--json", "-d", url],
            cwd=tmp_path, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        document = json.loads(done.stdout)
        fits(document, schema, "check")
        assert document["passed"] == (code == 0)
        assert bool(document["problems"]) == (code == 3)


TYPES: Mapping[str, type | None] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": None,
}  # fmt: skip


def fits(value: Any, schema: Mapping[str, Any], where: str) -> None:
    """What of JSON Schema the page uses."""
    known = {
        "$schema", "type", "required", "additionalProperties", "properties", "items", "pattern",
    }  # fmt: skip
    assert schema.keys() <= known
    wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    names = [n for n, t in TYPES.items() if (value is None if t is None else type(value) is t)]
    assert set(names) & set(wanted), where
    assert re.search(schema.get("pattern", ""), value) if "pattern" in schema else True, where
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= value.keys(), where
        others = schema.get("additionalProperties", True)
        for name, inner in value.items():
            of_name = schema.get("properties", {}).get(name, others)
            assert of_name is not False, f"{where}.{name}"
            if isinstance(of_name, dict):
                fits(inner, of_name, f"{where}.{name}")
    for item in value if isinstance(value, list) else ():
        fits(item, schema["items"], f"{where}[]")

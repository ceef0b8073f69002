"""`snapshot seed` and `snapshot validate` as people type them, and the examples' own commands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from conftest import SHARED
from equality import PROGRAMS
from test_examples import EXAMPLES
from test_seeding import count, everything, rows

from snapshot.cli.parameters import switched_on
from snapshot.seeding.loading import load_blueprint
from snapshot.verify import verify_snapshot

ROOT = Path(__file__).parent.parent
Database = Callable[..., str]
MAIN = "from snapshot.cli import main; main()"


def snapshot(
    *words: str, folder: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, *words],
        cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def done(*words: str, code: int = 0, **environment: str) -> str:
    result = snapshot(*words, **environment)
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout


@pytest.fixture
def url(database: Database) -> str:
    return database(18)


def test_list_shows_what_each_makes_and_the_time_it_took(url: str) -> None:
    before = done("seed", "list")
    for name in (
        "chat",
        "cuebe",
        "mentara",
        "pilates",
        "pms",
        "light",
        "medium",
        "heavy",
        "staging",
    ):
        assert re.search(rf"\b{name}\b", before), name
    done("seed", "run", "pilates", "--profile", "light", "-d", url)
    listed = json.loads(done("seed", "list", "--json"))["blueprints"]
    [light] = [b for b in listed if (b["blueprint"], b["profile"]) == ("pilates", "light")]
    assert light["rows"] == 30
    assert light["seconds"] > 0


def test_a_bundled_example_brings_its_schema(url: str) -> None:
    shown = done("seed", "run", "pilates", "--profile", "light", "-d", url)
    assert shown.startswith("Database is empty\nSeeding pilates: 9 steps\n")
    assert "created the blueprint's own schema" in shown
    assert re.search(r"Created 30 rows in .* \(\d+\.\d s\)\n$", shown)
    again = done("seed", "run", "pilates", "-d", url)
    assert re.fullmatch(r"Found 30 rows\nAll requirements satisfied! \(\d+\.\d s\)\n", again)


def test_the_output_of_mentaras_three_runs(url: str) -> None:
    first = done("seed", "run", "mentara", "-d", url)
    assert "Seeding mentara: 18 steps in 6 tiers" in first
    steps = re.findall(r"\[ ?(\d+)/18\] ([A-Z][a-z ]+?) …+ \+(\d+)", first)
    assert [title for _, title, _ in steps] == [
        "Memberships",
        "Relationships",
        "Availability",
        "Assessments",
        "Posts",
        "Moderator assignments",
        "Comments",
        "Hearts",
        "Meetings",
        "Worksheets",
        "Messages",
        "Reviews",
        "Message interactions",
        "Rooms",
        "Notifications",
        "Reports",
        "User blocks",
        "Payments",
    ]
    assert [int(number) for number, _, _ in steps] == list(range(1, 19))
    assert re.search(r"Base data …+ \+71", first)
    assert "All requirements satisfied!" in done("seed", "run", "mentara", "-d", url)
    posts = count(url, "posts")
    with psycopg.connect(url) as connection:
        [author] = connection.execute(
            "SELECT email FROM posts JOIN users ON users.id = author_id WHERE role = 'client' ORDER BY posts.id LIMIT 1"
        ).fetchone() or [None]
        connection.execute(
            "DELETE FROM posts USING users WHERE users.id = author_id AND email = %s", [author]
        )
    third = done("seed", "run", "mentara", "-d", url)
    assert re.search(rf"client {author} needs [5-9] posts\n", third)
    assert re.search(r"\[ 5/18\] Posts …+ \+\d+\n", third)
    assert count(url, "posts") == posts
    assert re.search(r"Added \d+ rows", third)


def test_an_audit_has_an_exit_code_and_changes_nothing(url: str) -> None:
    done("seed", "run", "mentara", "-d", url)
    assert "All requirements satisfied" in done("seed", "audit", "mentara", "-d", url)
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM notifications WHERE id < 4")
    before = everything(url)
    for shown in (
        done("seed", "audit", "mentara", "-d", url, code=4),
        done("seed", "run", "mentara", "-d", url, code=4, SEED_AUDIT="true"),
    ):
        assert "at least 3 rows are missing; nothing was written" in shown
    document = json.loads(done("seed", "audit", "mentara", "-d", url, "--json", code=4))
    assert document["missing"] == 3
    assert everything(url) == before


def test_an_audit_is_asked_for_by_a_variable_everywhere(url: str) -> None:
    done("seed", "run", "pilates", "-d", url)
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM audit_logs WHERE id < 4")
    before = everything(url)
    done("seed", "run", "pilates", "-d", url, code=4, SEED_AUDIT="TRUE")
    done("seed", "reset", "pilates", "--confirm", "-d", url, code=4, SEED_AUDIT="true")
    refused = snapshot("seed", "clean", "--confirm", "-d", url, SEED_AUDIT="true")
    assert (refused.returncode, everything(url)) == (3, before)
    assert "SEED_AUDIT is set" in refused.stderr


def test_parents_are_named_where_a_variable_says_so(url: str) -> None:
    done("seed", "run", "pilates", "--students", "7", "-d", url)
    for value, named in (("true", True), ("0", False)):
        with psycopg.connect(url) as connection:
            connection.execute("TRUNCATE audit_logs, refresh_tokens")
        shown = done("seed", "run", "pilates", "-d", url, SEED_VERBOSE=value)
        assert (shown.count(" needs ") > 5) is named
    assert snapshot("seed", "run", "pilates", "-d", url, SEED_VERBOSE="perhaps").returncode == 2


@pytest.mark.parametrize(
    ("value", "strength"), [("true", 1), ("TRUE", 1), ("yes", 1), ("1", 1), ("2", 2), ("on", 1), (" t ", 1), ("false", 0), ("0", 0), ("No", 0), ("", 0)]
)  # fmt: skip
def test_a_variable_says_how_strongly(
    value: str, strength: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEED_VERBOSE", value)
    assert switched_on("SEED_VERBOSE") == strength


def test_parameters_are_options_and_variables(url: str) -> None:
    help_text = done("seed", "run", "pilates", "--help")
    for option in ("--students", "--approval-pending", "--no-social", "--weeks", "--profile"):
        assert option in help_text
    assert "share of packages that wait for approval" in help_text
    done(
        "seed",
        "run",
        "pilates",
        "--profile",
        "social_testing",
        "--students",
        "20",
        "--no-payments",
        "-d",
        url,
        SEED_WEEKS="2",
    )
    assert (count(url, "users", "role = 'STUDENT'"), count(url, "payments")) == (20, 0)
    assert count(url, "friendships") > 0
    assert rows(
        url, "SELECT count(DISTINCT date_trunc('week', starts_at)) FROM class_instances"
    ) == [(2,)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--approval-pending", "1.5"), "takes 0 to 1"),
        (("--booking-rate", "-1"), "takes 0 to 1"),
        (("--students", "many"), "--students"),
        (("--students", "0"), "takes 1 or more"),
        (("--nonsense", "1"), "nonsense"),
        (("--profile", "nonsense"), "light, medium, heavy"),
    ],
)
def test_what_is_out_of_range_is_refused(url: str, words: tuple[str, ...], said: str) -> None:
    result = snapshot("seed", "run", "pilates", *words, "-d", url)
    assert result.returncode == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("given", "query", "expected", "within"),
    [
        (
            ("--students", "50", "--approval-pending", "0.4"),
            "SELECT avg((status = 'PENDING_APPROVAL')::int)::float FROM user_packages",
            0.4,
            0.02,
        ),
        (
            ("--students", "40", "--booking-rate", "0.8"),
            "SELECT avg((SELECT count(*) FROM bookings b WHERE b.class_id = c.id AND status <> 'CANCELLED')::float / capacity) FROM class_instances c",
            0.8,
            0.05,
        ),
        (("--packages", "7"), "SELECT count(*) FROM packages", 7, 0),
        (("--instructors", "4"), "SELECT count(*) FROM users WHERE role = 'INSTRUCTOR'", 4, 0),
        (
            ("--students", "100", "--weeks", "4"),
            "SELECT count(*) FROM users WHERE role = 'STUDENT'",
            100,
            0,
        ),
    ],
)
def test_parameters_do_what_they_say(
    url: str, given: tuple[str, ...], query: str, expected: float, within: float
) -> None:
    done("seed", "run", "pilates", *given, "-d", url)
    [(found,)] = rows(url, query)
    assert isinstance(found, int | float)
    assert abs(found - expected) <= within


def test_plan_tells_all_and_changes_nothing(url: str) -> None:
    shown = done("seed", "plan", "mentara", "-d", url)
    assert re.search(r"[\d,]+ rows would be added .*; nothing was changed", shown)
    document = json.loads(
        done("seed", "plan", "pilates", "--profile", "light", "-d", url, "--json")
    )
    assert document["parameters"]["students"] == 1
    assert document["rows"] == 30
    tiers = json.loads(done("seed", "plan", "mentara", "-d", url, "--json"))["rules"]
    titles: dict[str, set[str]] = {}
    for rule in tiers:
        if rule["tier"]:
            titles.setdefault(rule["tier"], set()).add(rule["title"])
    assert [len(t) for t in titles.values()] == [3, 3, 2, 3, 4, 3]
    assert rows(
        url,
        "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    ) == [(0,)]


def test_status_counts_every_table_once(url: str) -> None:
    done("seed", "run", "pilates", "--profile", "medium", "-d", url)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO packages (name, price, validity_days) VALUES ('Own', 1, 1)")
    document = json.loads(done("seed", "status", "pilates", "-d", url, "--json"))
    assert {t["name"]: t["rows"] for t in document["tables"]} == {
        t["name"]: count(url, t["name"]) for t in document["tables"]
    }
    assert len(document["tables"]) == 12
    [packages] = [t for t in document["tables"] if t["name"] == "packages"]
    assert (packages["rows"], packages["seeded"]) == (6, 5)
    assert all(r["gap"] == 0 or r["at_most"] for r in document["requirements"])
    assert "rows, " in done("seed", "status", "-d", url)


def test_nothing_is_deleted_unless_somebody_says_so(url: str) -> None:
    done("seed", "run", "pilates", "--profile", "light", "-d", url)
    before = everything(url)
    for words in (
        ("seed", "run", "pilates", "--clear-first"),
        ("seed", "reset", "pilates"),
        ("seed", "clean", "pilates"),
        ("clear",),
    ):
        result = snapshot(*words, "-d", url)
        assert result.returncode == 3
        assert "nobody confirmed" in result.stderr
        assert everything(url) == before


def test_clear_first_asks_nothing_in_ci_and_gives_the_same_rows(url: str) -> None:
    shown = done(
        "seed", "run", "pilates", "--profile", "light", "--clear-first", "--yes", "-d", url
    )
    assert "Type" not in shown
    once = everything(url)
    done("seed", "run", "pilates", "--profile", "light", "--clear-first", "--yes", "-d", url)
    assert everything(url) == once
    done("seed", "reset", "pilates", "--profile", "light", "--confirm", "-d", url)
    assert everything(url) == once
    constraints = rows(
        url, "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1"
    )
    done("clear", "--confirm", "-d", url)
    assert (
        rows(url, "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1")
        == constraints
    )
    assert count(url, "users") == 0
    done("seed", "run", "pilates", "--profile", "light", "-d", url)
    assert rows(url, "SELECT min(id) FROM users") == [(1,)]


def test_undo_brings_back_what_clean_deleted(url: str) -> None:
    done("seed", "run", "pms", "-d", url)
    before = everything(url)
    assert "deleted 372 seeded rows" in done("seed", "clean", "--confirm", "-d", url)
    done("undo", "--confirm", "-d", url)
    assert everything(url) == before


def test_an_empty_table_that_is_required_stops_it(url: str) -> None:
    blueprint = load_blueprint("chat")
    assert blueprint.schema is not None
    with psycopg.connect(url) as connection:
        connection.execute(blueprint.schema.read_text())  # type: ignore[arg-type]
        connection.execute("DELETE FROM reactions")
    result = snapshot("seed", "run", "chat", "-d", url)
    assert result.returncode == 2
    assert "run seed_reactions.py first, or: INSERT INTO reactions" in result.stderr
    assert count(url, "users") == 0


def test_the_chat_example_needs_nothing_in_a_new_database(url: str) -> None:
    assert "Added" in done("seed", "run", "chat", "-d", url)
    assert (count(url, "users"), count(url, "user_statuses")) == (10, 50)


def test_statements_are_shown_without_values(url: str) -> None:
    result = snapshot("seed", "run", "pilates", "--profile", "light", "-vv", "-d", url)
    assert result.returncode == 0
    assert "COPY" in result.stderr
    [(email,)] = rows(url, "SELECT min(email) FROM users")
    assert isinstance(email, str)
    assert email not in result.stderr
    assert done("seed", "run", "pilates", "--clear-first", "--yes", "--quiet", "-d", url) == ""


def test_cached_restores(url: str, database: Database) -> None:
    assert "Created" in done("seed", "run", "pms", "--profile", "local", "--cached", "-d", url)
    other = database(18)
    assert "Restored 372 rows as they were seeded before" in done(
        "seed", "run", "pms", "--profile", "local", "--cached", "-d", other
    )
    assert everything(other) == everything(url)


def test_production_is_refused_by_every_verb(url: str) -> None:
    done("seed", "run", "pms", "-d", url)
    before = everything(url)
    done("mark", "production", "-d", url)
    for words in (
        ("run", "pms"),
        ("plan", "pms"),
        ("reset", "pms", "--confirm"),
        ("clean", "--confirm"),
        ("run", "pms", "--cached"),
    ):
        assert snapshot("seed", *words, "-d", url).returncode == 3, words
    for name in ("NODE_ENV", "APP_ENV", "ENVIRONMENT"):
        assert snapshot("seed", "run", "pms", "-d", url, **{name: "production"}).returncode == 3
    assert everything(url) == before


def test_validate_says_pass_and_fail(url: str) -> None:
    done("seed", "run", "pms", "-d", url)
    shown = done("validate", "pms", "-d", url)
    assert re.search(
        r"=== VALIDATION RESULTS ===\nTenant Isolation: ✓ PASS\nRelationships: ✓ PASS\nPersonal Data: ✓ PASS\nData Consistency: ✓ PASS\n\n✅ All validations passed!",
        shown,
    )
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE clients SET email = 'someone@gmail.com' WHERE id = (SELECT min(id) FROM clients)"
        )
    failed = done("validate", "pms", "-d", url, code=4)
    assert "Personal Data: ✗ FAIL" in failed
    assert "someone@gmail.com" not in failed
    document = json.loads(done("validate", "-d", url, "--json", code=4))
    assert [v["title"] for v in document["validators"] if not v["passed"]] == ["Personal Data"]


def test_a_sensitive_field_is_rejected(url: str, tmp_path: Path) -> None:
    text = (
        (EXAMPLES / "pms" / "blueprint.py")
        .read_text()
        .replace("first_name=person.first_name,", "first_name=person.first_name, ssn='x',", 1)
    )
    (tmp_path / "bad.py").write_text(text)
    for file in ("schema.sql", "clinic.txt"):
        shutil.copy(EXAMPLES / "pms" / file, tmp_path)
    result = snapshot("seed", "run", str(tmp_path / "bad.py"), "-d", url)
    assert result.returncode == 2
    assert re.search(
        r"bad.py:\d+: rule clients: it fills the sensitive column clients.ssn", result.stderr
    )
    assert rows(url, "SELECT to_regclass('clients') IS NULL") == [(True,)]


@pytest.mark.parametrize(
    "text",
    [
        "import nonsense_module\n",
        "def broken(:\n",
        "x = 1\n",
        "from snapshot.seeding import Blueprint\nBlueprint('x')\n",
    ],
)
def test_a_file_that_is_no_blueprint_gets_one_line(url: str, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.py").write_text(text)
    result = snapshot("seed", "run", str(tmp_path / "bad.py"), "-d", url)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "bad.py" in result.stderr
    for missing in ("nothing.py", "nothing", "json:nothing"):
        assert snapshot("seed", "run", missing, "-d", url).returncode == 2


@pytest.mark.parametrize("example", ["chat", "cuebe", "mentara", "pilates", "pms"])
def test_a_first_blueprint_from_a_schema_runs(
    database: Database, tmp_path: Path, example: str
) -> None:
    """As it is. A table whose CHECK no program can guess has its rule as a remark."""
    url = database(18)
    with psycopg.connect(url) as connection:
        connection.execute((EXAMPLES / example / "schema.sql").read_text())  # type: ignore[arg-type]
    file = tmp_path / "seeds" / "first.py"
    done("seed", "init", "-o", str(file), "--rows", "5", "-d", url)
    assert snapshot("seed", "init", "-o", str(file), "-d", url).returncode == 2
    tables = {
        table
        for (table,) in rows(
            url,
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
        )
    }
    left_out = tables - {rule.table for rule in load_blueprint(str(file)).rules}
    assert len(left_out) < 2
    assert all(f"# TODO: {table} has no rule: its rows" in file.read_text() for table in left_out)
    subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F,E9", str(file)],
        check=True,
        capture_output=True,
    )
    done("seed", "run", str(file), "-d", url)
    assert "atisfied" in done("seed", "run", str(file), "-d", url)
    assert all(count(url, f'"{table}"') for table in tables - left_out)


# --- the examples' own commands


def script(example: str, *words: str, url: str, code: int = 0, **environment: str) -> str:
    result = subprocess.run(
        [sys.executable, *words],
        cwd=EXAMPLES / example, env={**os.environ, "DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout


def test_the_pilates_scripts(url: str) -> None:
    manager = "app/scripts/seed_manager.py"
    listed = script("pilates", manager, "list", url=url)
    assert [line.split()[0] for line in listed.splitlines()] == [
        "light",
        "medium",
        "heavy",
        "custom",
        "original",
    ]
    assert all(" s" in line for line in listed.splitlines())
    script("pilates", "app/scripts/seed_light.py", url=url)
    assert count(url, "users") == 3
    assert "users" in script("pilates", manager, "status", url=url)
    script("pilates", manager, "clear", url=url, code=3)
    assert count(url, "users") == 3
    script("pilates", manager, "clear", "--yes", url=url)
    assert count(url, "users") == 0
    for kind, users in (("light", 3), ("medium", 8), ("heavy", 214), ("custom", 8)):
        script(
            "pilates",
            manager,
            "seed",
            "--type",
            kind,
            "--clear-first",
            "--yes",
            *(
                ["--scenario", "balanced", "--students", "5", "--instructors", "2"]
                if kind == "custom"
                else []
            ),
            url=url,
        )
        assert count(url, "users") == users
    for name, students in (("medium", 5), ("heavy", 200), ("data", 3)):
        script("pilates", f"app/scripts/seed_{name}.py", "--clear-first", "--yes", url=url)
        assert count(url, "users", "role = 'STUDENT'") == students
    script(
        "pilates",
        "app/scripts/seed_custom.py",
        "--scenario",
        "minimal",
        "--clear-first",
        "--yes",
        url=url,
    )
    assert count(url, "users") == 3
    assert "light" in script("pilates", "-m", "app.scripts.seed_manager", "list", url=url)


def test_reactions_need_their_table(url: str) -> None:
    result = subprocess.run(
        [sys.executable, "scripts/seed_reactions.py"], cwd=EXAMPLES / "chat",
        env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "there is no table reactions: alembic upgrade head makes it"
    ]


def test_the_chat_scripts(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute((EXAMPLES / "chat" / "schema.sql").read_text())  # type: ignore[arg-type]
        connection.execute("DELETE FROM reactions")
    script("chat", "scripts/seed_data.py", url=url, code=2)
    script("chat", "scripts/seed_reactions.py", url=url)
    script("chat", "scripts/seed_reactions.py", url=url)  # again: nothing is there twice
    before = [
        rows(url, f"SELECT * FROM {t} ORDER BY 1")
        for t in ("users", "channels", "messages", "reactions")
    ]
    shown = script("chat", "scripts/seed_data.py", "--users", "20", "--channels", "10", url=url)
    assert re.findall(r"\d/6\] ([A-Z]\w+)", shown) == [
        "Users",
        "Channels",
        "Memberships",
        "Messages",
        "Reactions",
        "Statuses",
    ]
    assert (count(url, "users"), count(url, "channels")) == (20, 10)
    script("chat", "scripts/cleanup_fake_data.py", "--confirm", url=url)
    assert [
        rows(url, f"SELECT * FROM {t} ORDER BY 1")
        for t in ("users", "channels", "messages", "reactions")
    ] == before
    script("chat", "scripts/seed_data.py", "--users", "3", "--statuses", "5", url=url)
    assert rows(url, "SELECT count(*), bool_and(expires_at > created_at) FROM user_statuses") == [
        (15, True)
    ]


def test_the_mentara_scripts(url: str) -> None:
    scripts = json.loads((EXAMPLES / "mentara" / "package.json").read_text())["scripts"]
    assert list(scripts) == ["db:seed", "db:reset"]
    for name, code, environment in (
        ("db:seed", 0, {}),
        ("db:seed", 0, {"SEED_VERBOSE": "1"}),
        ("db:reset", 0, {}),
        ("db:seed", 4, {"SEED_AUDIT": "true", "SEED_POSTS_PER_CLIENT": "7"}),
    ):
        words = scripts[name].split()
        assert words[0] == "snapshot"
        script("mentara", "-c", MAIN, *words[1:], url=url, code=code, **environment)
    assert (
        count(url, "clients c", "(SELECT count(*) FROM posts WHERE author_id = c.user_id) < 5") == 0
    )


def test_the_pms_scripts(url: str) -> None:
    script("pms", "scripts/seed_local.py", url=url)
    shown = script("pms", "scripts/seed_local.py", "--validate", url=url)
    assert shown == (
        "=== VALIDATION RESULTS ===\nTenant Isolation: ✓ PASS\nRelationships: ✓ PASS\n"
        "Hipaa Compliance: ✓ PASS\nData Consistency: ✓ PASS\n\n✅ All validations passed!\n"
    )
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE ledger_entries SET amount = -9999 WHERE kind = 'payment'")
    shown = script("pms", "scripts/seed_local.py", "--validate", url=url, code=4)
    assert "Data Consistency: ✗ FAIL\n  nobody has paid more than was charged" in shown
    assert script("pms", "scripts/seed_local.py", "--reset", "--quiet", url=url) == ""
    assert count(url, "clients") == 25
    script("pms", "scripts/seed_staging.py", "--reset", url=url)
    assert count(url, "clients") == 100
    script("pms", "scripts/seed_staging.py", "--validate", url=url)
    with psycopg.connect(url) as connection:  # a user's row that depends on a seeded one
        connection.execute(
            "INSERT INTO notes (tenant_id, appointment_id, provider_id, kind, content, created_at) SELECT tenant_id, id, provider_id, 'own', 'mine', now() FROM appointments LIMIT 1"
        )
    script("pms", "scripts/seed_staging.py", "--cleanup", url=url)
    assert (count(url, "clients"), count(url, "notes")) == (0, 0)
    script("pms", "scripts/seed_manager.py", "generate", "--count", "50", url=url)
    assert rows(url, "SELECT count(*), min(tenant_id), max(tenant_id) FROM clients") == [
        (50, "dev_tenant_001", "dev_tenant_003")
    ]
    script("pms", "scripts/seed_manager.py", "clean", url=url, code=3)
    script("pms", "scripts/seed_manager.py", "clean", "--confirm", url=url)
    script("pms", "scripts/seed_manager.py", "reset", "--environment", "test", url=url)
    assert count(url, "clients") == 6
    script("pms", "scripts/seed_manager.py", "validate", url=url)


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_the_pms_make_targets(url: str) -> None:
    for target, clients in (
        ("seed-data", 25),
        ("validate-data", 25),
        ("reset-data", 25),
        ("clean-data", 0),
        ("seed-staging", 100),
        ("validate-staging", 100),
        ("clean-staging", 0),
    ):
        subprocess.run(
            ["make", target, f"PYTHON={sys.executable}"],
            cwd=EXAMPLES / "pms",
            env={**os.environ, "DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
        assert count(url, "clients") == clients


def test_the_committed_snapshot_is_made_by_its_blueprint(url: str) -> None:
    done("seed", "run", "cuebe", "--no-ledger", "--now", "2026-11-01", "-d", url)
    with psycopg.connect(url) as connection:
        connection.execute("REFRESH MATERIALIZED VIEW show_overview")
    report = verify_snapshot(ROOT / "seed_data", url)
    assert report.passed, report


# --- the page about blueprints


@pytest.mark.skipif(
    not (SHARED / "data" / "pagila").is_dir(), reason="the real databases are not here"
)
def test_the_page_works_on_real_data(url: str, tmp_path: Path) -> None:
    """Rentals per customer are topped up; every row that was there is as it was."""
    subprocess.run(
        ["bash", SHARED / "data" / "pagila" / "load.sh", url],
        env=dict(os.environ, PSQL=str(PROGRAMS / "psql")),
        check=True,
        capture_output=True,
    )
    page = (ROOT / "docs" / "blueprints.md").read_text()
    code = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)[0]
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "pagila.py").write_text(code)
    before = everything(url)
    expected = [(599, 30)]
    short = rows(
        url,
        "SELECT sum(30 - n) FROM (SELECT count(*) AS n FROM rental GROUP BY customer_id) t WHERE n < 30",
    )[0][0]
    for line in re.findall(r"^snapshot (seed .*?)(?: +#.*)?$", page, re.M):
        if "init" in line or "app.py" in line:
            continue
        result = snapshot(*line.split(), "-d", url, folder=tmp_path)
        assert result.returncode == (4 if "audit" in line else 0), (line, result.stderr)
        if "run" in line:
            assert (
                rows(
                    url,
                    "SELECT count(*), min(n) FROM (SELECT count(*) AS n FROM rental GROUP BY customer_id) t",
                )
                == expected
            )
            assert count(url, "snapshot.seeded") == short
            now = set(everything(url))
            assert {row for row in before if len(row) == 2} <= now
    left = [
        row for row in everything(url) if len(row) == 2 and not str(row[0]).startswith("snapshot.")
    ]
    assert left == [row for row in before if len(row) == 2]


@pytest.mark.parametrize(
    "before",
    [
        ["-v"],
        ["-vv"],
        ["-qyj", "2"],
        ["--social"],
        ["-j2"],
        ["-j", "2"],
        ["--no-social"],
        ["--yes"],
        ["--students", "3"],
        ["--seed=x"],
    ],
)
def test_options_may_stand_before_the_blueprint(url: str, before: list[str]) -> None:
    done("seed", "run", *before, "pilates", "--weeks", "1", "-d", url)
    assert rows(
        url, "SELECT count(DISTINCT date_trunc('week', starts_at)) FROM class_instances"
    ) == [(1,)]


def test_a_blueprint_is_read_once(url: str, tmp_path: Path) -> None:
    """However often a command needs it: the file is the author's, and may take its time."""
    text = (
        EXAMPLES / "pms" / "blueprint.py"
    ).read_text() + '\nimport sys\nsys.stderr.write("read\\n")\n'
    (tmp_path / "slow.py").write_text(text)
    for file in ("schema.sql", "clinic.txt"):
        shutil.copy(EXAMPLES / "pms" / file, tmp_path)
    for words in (("seed", "run"), ("seed", "status"), ("seed", "audit"), ("validate",)):
        result = snapshot(*words, str(tmp_path / "slow.py"), "-d", url)
        assert result.returncode == 0, result.stderr
        assert result.stderr.count("read\n") == 1, words

"""The report: one page that shows the catalog as it is, in a real browser too."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import psycopg
import pytest
from conftest import SHARED, missing
from databases import build
from psycopg import sql

from snapshot.catalog import Column, ForeignKey, Name
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import UsageError
from snapshot.planning.ordering import load_order
from snapshot.report.facts import Facts, TableFacts, facts_of_database, facts_of_snapshot
from snapshot.report.layout import BOX, WRAP, Link, arrange, layers
from snapshot.report.page import Differences, make_page, write_report

Database = Callable[..., str]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ODD = [
    "<script>alert(1)</script>", "</script>", "\"'&amp;", "🚲 emoji", "rtl \u202egnp.exe", "שלום",
    "a" * 63, "漢" * 21, " blank ", "two\nlines\r\n", "-->", "${x}{{ y }}", "\u2028", "\x01",
]  # fmt: skip

CATALOG = """
    SELECT n.nspname, c.relname, rn.nspname, r.relname, conname
    FROM pg_constraint
    JOIN pg_class c ON c.oid = coalesce(pg_partition_root(conrelid), conrelid)
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class r ON r.oid = coalesce(pg_partition_root(confrelid), confrelid)
    JOIN pg_namespace rn ON rn.oid = r.relnamespace
    WHERE contype = 'f' AND (conparentid = 0 OR conrelid <> (
        SELECT conrelid FROM pg_constraint p WHERE p.oid = pg_constraint.conparentid))
"""
TABLES = """
    SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""


def execute(url: str, *statements: str) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(sql.SQL(statement))
        return cursor.fetchall() if cursor.description else []


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def drawn(page: str) -> tuple[set[tuple[str, str]], dict[tuple[Any, ...], int]]:
    """The tables that the page knows, and how many keys it draws from each to each."""
    data = data_of(page)
    names = [(table["schema"], table["name"]) for table in data["tables"]]
    edges: dict[tuple[Any, ...], int] = {}
    for source, target, _, keys, _ in data["links"]:
        pair = (*names[source], *names[target])
        edges[pair] = edges.get(pair, 0) + keys
    if len(names) <= 60:
        lines = re.findall(r'data-source="(\d+)" data-target="(\d+)" data-keys="(\d+)"', page)
        assert sorted(tuple(map(int, line)) for line in lines) == sorted(
            (source, target, keys) for source, target, _, keys, _ in data["links"]
        )
        assert page.count('<a class="node') == len(names)
    return set(names), edges


def in_catalog(url: str) -> tuple[set[tuple[str, str]], dict[tuple[Any, ...], int]]:
    edges: dict[tuple[Any, ...], int] = {}
    for *pair, _ in execute(url, CATALOG):
        edges[tuple(pair)] = edges.get(tuple(pair), 0) + 1
    return set(execute(url, TABLES)), edges


def random_tables(seed: int) -> str:
    chance = random.Random(seed)
    names = [
        f"{chance.choice(['public', 'other', 'x'])}.t{n}" for n in range(chance.randint(1, 14))
    ]
    created = "; ".join(f"CREATE TABLE {name} (id int PRIMARY KEY)" for name in names)
    keys = [
        f"ALTER TABLE {chance.choice(names)} ADD c{n} int REFERENCES {chance.choice(names)}"
        for n in range(chance.randint(0, 2 * len(names)))
    ]
    return ";".join([created, *keys])


# --- facts


def test_nodes_and_edges_are_the_catalogs(database: Database) -> None:
    url = database()
    fresh = "; ".join(f"DROP SCHEMA IF EXISTS {s} CASCADE; CREATE SCHEMA {s}" for s in ("public", "other", "x"))  # fmt: skip
    for seed in range(20):
        execute(url, fresh, random_tables(seed))
        facts = facts_of_database(url)
        assert drawn(make_page(facts)) == in_catalog(url), seed
        deferred = {d.foreign_key.name for d in facts.order.deferred}
        page = unescape(make_page(facts))
        assert all(
            f"{name} (" in page.replace("\u2068", "").replace("\u2069", "") for name in deferred
        )


def test_a_real_schema(database: Database, tmp_path: Path) -> None:
    if not (SHARED / "data" / "pagila").is_dir():
        pytest.skip("the real databases are not here")
    url = database()
    loaded = subprocess.run(
        ["bash", SHARED / "data" / "pagila" / "load.sh", url], capture_output=True, check=False
    )
    assert loaded.returncode == 0, loaded.stderr
    expected = in_catalog(url)
    assert drawn(make_page(facts_of_database(url))) == expected
    create_snapshot(CreateOptions(url, tmp_path / "snap"))
    page = make_page(facts_of_snapshot(tmp_path / "snap"))
    assert drawn(page) == expected
    for wanted in ("film_fulltext_idx", "last_updated", "inside the cycle staff ↔ store", "16,044"):
        assert wanted in page


@pytest.fixture
def cuebe(database: Database, tmp_path: Path) -> tuple[str, Path]:
    url = database()
    build(url, "cuebe")
    create_snapshot(CreateOptions(url, tmp_path / "snap", formats=("sql", "json", "archive")))
    return url, tmp_path / "snap"


def test_the_same_input_gives_the_same_bytes(cuebe: tuple[str, Path]) -> None:
    url, snap = cuebe
    for facts in (facts_of_database, facts_of_snapshot):
        place: Any = url if facts is facts_of_database else snap
        first, second = (make_page(facts(place, 2), made_at=NOW) for _ in range(2))
        assert first == second
    other = make_page(facts_of_snapshot(snap), made_at=NOW.replace(year=2027))
    assert other.replace("2027-11-22", "2026-11-22") == make_page(
        facts_of_snapshot(snap), made_at=NOW
    )


SECRET = "c7f1-not-for-others"


@pytest.mark.parametrize("formats", [("sql",), ("json",), ("archive",), ("sql", "archive")])
def test_no_value_is_shown_unless_asked_for(
    database: Database, tmp_path: Path, formats: tuple[str, ...]
) -> None:
    url, snap, file = database(), tmp_path / "snap", tmp_path / "report.html"
    execute(url, f"CREATE TABLE t (id int PRIMARY KEY, \"<i>\" text, g text GENERATED ALWAYS AS ('g') STORED, n int); INSERT INTO t SELECT n, '{SECRET}<b>' || E'\\ttab\\\\' || n FROM generate_series(1, 9) n")  # fmt: skip
    create_snapshot(CreateOptions(url, snap, formats=formats))
    both: tuple[tuple[Any, Any], ...] = ((facts_of_snapshot, snap), (facts_of_database, url))
    for facts, place in both:
        write_report(facts(place), file)
        assert SECRET not in file.read_text()
        assert "This page shows values" not in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        write_report(facts(place, 3), file)
        page = file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "This page shows values:</strong> up to 3 rows" in page
        if formats == ("archive",) and place == snap:
            assert SECRET not in page  # binary
            assert "binary format, which is not shown" in page
            continue
        found = [unescape(v) for v in re.findall(r"<td>(?:<bdi>|<i>)(.*?)</", page, re.S)]
        assert found == [v for n in "123" for v in (n, f"{SECRET}<b>\ttab\\{n}", "NULL")], formats


def test_counts_of_a_comparison(cuebe: tuple[str, Path]) -> None:
    _, snap = cuebe
    counts = {Name("public", "venuesTable"): (2, 1, 1234), Name("gone", "away"): (0, 3, 0)}
    page = make_page(facts_of_snapshot(snap), Differences("main:seed_data", counts))
    data = data_of(page)
    assert [t["changes"] for t in data["tables"] if "changes" in t] == ["+2 −1 ~1,234"]
    assert ' <tspan class="changes">+2 −1 ~1,234</tspan>' in page
    assert page.count('<a class="node changed"') == 1
    assert "<td><bdi>gone.away</bdi></td>" in page
    assert "differences from <bdi>main:seed_data</bdi>: <strong>+2 −4 ~1,234</strong>" in page
    assert "No row differs" in make_page(facts_of_snapshot(snap), Differences("a", {}))
    assert "No row differs" not in make_page(facts_of_snapshot(snap))


# --- the command


def run(
    *words: object, code: str = "", command: str = "report"
) -> subprocess.CompletedProcess[str]:
    program = f"{code}\nfrom snapshot.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, command, *map(str, words)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command(cuebe: tuple[str, Path], tmp_path: Path) -> None:
    url, snap = cuebe
    file = tmp_path / "a b.html"
    done = run(snap, "-o", file, "--rows", 2, "--json")
    assert done.returncode == 0, done.stderr
    size = file.stat().st_size
    assert json.loads(done.stdout) == {
        "path": str(file),
        "size": size,
        "tables": 9,
        "rows_shown": 2,
    }
    done = run("-d", url, "-o", file)
    assert done.returncode == 0, done.stderr
    assert f"wrote {file}: 9 tables" in done.stdout
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute('UPDATE "venuesTable" SET capacity = capacity + 1')
    for sides in ((snap, "-d", url), (snap, url)):
        assert run(*sides, "-o", file).returncode == 0
        found = json.loads(run(*sides, "--json", command="diff").stdout)["tables"]
        page = file.read_text()
        for table in found:
            counts = [table[n] for n in ("added", "deleted", "changed")]
            cells = "".join(f'<td class="number">{n:,}</td>' for n in counts)
            assert f"{table['schema']}.{table['name']}</bdi></a></td>{cells}" in page
        assert len(found) == 1
    before = file.read_bytes()
    for words, message in (
        ((tmp_path / "none",), "no snapshot"),
        ((snap, "-o", snap / "report.html"), "is a snapshot, which holds no other files"),
        ((snap, "-o", tmp_path), "is a folder"),
        ((snap, "-o", tmp_path / "no" / "x.html"), "there is no folder"),
    ):
        done = run(*words)
        assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert file.read_bytes() == before
    assert not list(tmp_path.glob(".report-*"))


def test_without_jinja2(cuebe: tuple[str, Path], tmp_path: Path) -> None:
    done = run(cuebe[1], "-o", tmp_path / "x.html", code="import sys; sys.modules['jinja2'] = None")
    assert done.returncode == 2
    assert "Jinja2 is not installed" in done.stderr
    assert "pip install 'snapshot-postgres[report]'" in done.stderr
    assert not (tmp_path / "x.html").exists()


def test_a_changed_file_is_not_shown(cuebe: tuple[str, Path]) -> None:
    from snapshot.errors import SnapshotDamaged

    data = cuebe[1] / "schema.json"
    data.write_text(data.read_text().replace("venuesTable_pkey", "venuesTable_pkex"))
    with pytest.raises(SnapshotDamaged):
        facts_of_snapshot(cuebe[1])


# --- layout


@pytest.mark.parametrize("seed", range(30))
def test_nothing_overlaps_and_lines_pass_between_boxes(seed: int) -> None:
    chance = random.Random(seed)
    count = chance.randint(1, 60)
    links = sorted({
        Link(source, target, dashed=source <= target)
        for _ in range(chance.randint(0, 2 * count))
        for source, target in [(chance.randrange(count), chance.randrange(count))]
        if source >= target or chance.random() < 0.1
    })  # fmt: skip
    drawing = arrange([chance.randint(90, 300) for _ in range(count)], links)
    depth = layers(count, links)
    boxes = [drawing.boxes[table] for table in range(count)]
    for one in range(count):
        for other in range(one):
            a, b = boxes[one], boxes[other]
            apart = a.x + a.width < b.x or b.x + b.width < a.x or abs(a.y - b.y) > BOX
            assert apart, (one, other)
            assert (depth[one] < depth[other]) <= (a.x < b.x)
    for x in {box.x for box in boxes}:
        assert sum(box.x == x for box in boxes) <= WRAP
    assert all(
        b.x > 0 and b.x + b.width < drawing.width and 0 < b.y < drawing.height for b in boxes
    )
    for link, points in drawing.lines.items():
        assert points[0][0] in (
            boxes[link.source].x,
            boxes[link.source].x + boxes[link.source].width,
        )
        for (x1, y1), (x2, y2) in zip(points[1::2], points[2::2], strict=False):
            assert y1 == y2  # straight through a column, and no box is there
            for box in boxes:
                over = min(x1, x2) < box.x + box.width and box.x < max(x1, x2)
                assert not (over and box.y - 1 < y1 < box.y + BOX + 1), (link, box)
    assert set(drawing.lines) == {link for link in links if link.source != link.target}


# --- in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        missing("SNAPSHOT_REQUIRE_BROWSER", "no chromium (or playwright) is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def shown(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens facts as a page; fails if the page says anything or asks for anything."""
    said: list[str] = []
    contexts = []

    def show(facts: Facts, counts: Any = None, width: int = 1024, **options: Any) -> Any:
        file = tmp_path / f"report-{len(contexts)}.html"
        write_report(facts, file, Differences("before", counts) if counts else None)
        viewport = {"width": width, "height": 900}
        contexts.append(browser.new_context(viewport=viewport, offline=True, **options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda r: said.append(r.url) if r.url != file.as_uri() else None)
        page.goto(file.as_uri())
        return page

    yield show
    for context in contexts:
        context.close()
    assert said == []


def facts_like(count: int, links: list[tuple[int, int]], schemas: int = 1, width: int = 6) -> Facts:
    """Facts without a server: tables `thing_0` … whose load order is their number."""
    names = [
        Name(f"area_{n % schemas}" if schemas > 1 else "public", f"thing_{n:04}")
        for n in range(count)
    ]
    keys = tuple(
        ForeignKey(f"key_{n}", names[s], (f"to_{t}",), names[t], ("id",), names[s], names[t])
        for n, (s, t) in enumerate(links)
    )
    columns = tuple(Column(f"column_{n}", "integer") for n in range(width))
    tables = {
        name: TableFacts(name, (*columns, Column(f"only_{name.name}", "text")), 5, 8192)
        for name in names
    }
    order = load_order(names, keys)
    return Facts("test", (), tuple(tables[n] for n in order.tables), order, keys, "bytes")


def random_links(count: int, most: int, seed: int = 1) -> list[tuple[int, int]]:
    chance = random.Random(seed)
    return [
        (s, chance.randrange(max(0, s - 80), s))
        for s in range(1, count)
        for _ in range(chance.randint(0, most))
    ]


def near(facts: Facts, table: int, steps: int) -> set[str]:
    found = {facts.tables[table].name}
    for _ in range(steps):
        found |= {b for fk in facts.foreign_keys for a, b in ((fk.root, fk.referenced_root), (fk.referenced_root, fk.root)) if a in found}  # fmt: skip
    return {name.name for name in found}


def boxes_of(page: Any) -> set[str]:
    return set(page.locator("#nodes .node .name").all_text_contents())


def test_odd_names_are_shown_as_they_are(database: Database, shown: Callable[..., Any]) -> None:
    url = database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(ODD[0])))
        for number, name in enumerate(ODD):
            connection.execute(
                sql.SQL("CREATE TABLE {} (id int PRIMARY KEY, {} text, up int REFERENCES {})").format(
                    sql.Identifier(*(["public", ODD[0]][number % 2], name)),
                    sql.Identifier(name.replace("a" * 63, "a" * 62)),
                    sql.Identifier(*(["public", ODD[0]][(number - 1) % 2], ODD[number - 1] if number else name)),
                )
                if number
                else sql.SQL("CREATE TABLE {} (id int PRIMARY KEY)").format(sql.Identifier("public", name))
            )  # fmt: skip
            connection.execute(
                sql.SQL("INSERT INTO {} (id) VALUES (1)").format(sql.Identifier(["public", ODD[0]][number % 2], name))
            )  # fmt: skip
    facts = facts_of_database(url, 1)
    page = shown(facts)
    assert boxes_of(page) == set(ODD)
    listed = page.evaluate("[...document.querySelectorAll('article h3')].map(h => h.textContent)")
    assert listed == [f"{t.name.schema}.{t.name.name}" for t in facts.tables]
    for number, table in enumerate(facts.tables):
        page.locator(f"#nodes [data-node='{number}']").click()
        page.keyboard.press("1")
        assert boxes_of(page) == near(facts, number, 1)
        assert page.locator("#detail h3").text_content() == f"{table.name.schema}.{table.name.name}"
        page.keyboard.press("0")
    assert page.evaluate("document.querySelectorAll('img, script[src], link, iframe').length") == 0


def test_the_policy_is_in_force(browser: Any, tmp_path: Path) -> None:
    write_report(facts_like(3, [(1, 0)]), tmp_path / "r.html")
    page = browser.new_page()
    page.goto((tmp_path / "r.html").as_uri())
    broken = page.evaluate("""async () => {
        const broken = [];
        document.addEventListener('securitypolicyviolation', (e) => broken.push(e.effectiveDirective));
        const script = document.createElement('script');
        script.textContent = 'window.ran = 1';
        document.body.append(script);
        const style = document.createElement('style');
        style.textContent = 'body { color: red }';
        document.body.append(style);
        new Image().src = 'https://example.com/x.png';
        await fetch('https://example.com/').catch(() => 0);
        await new Promise((r) => setTimeout(r, 100));
        return [window.ran ?? null, broken.sort()];
    }""")
    page.close()
    assert broken == [None, ["connect-src", "img-src", "script-src-elem", "style-src-elem"]]


@pytest.mark.parametrize("count", [40, 200])
def test_search_and_neighbourhood(count: int, shown: Callable[..., Any]) -> None:
    facts = facts_like(count, random_links(count, 2), schemas=3)
    page = shown(facts)
    overview = boxes_of(page)
    assert overview == (
        {t.name.name for t in facts.tables} if count == 40 else {"area_0", "area_1", "area_2"}
    )
    radios = page.locator("input[name=steps]")
    assert [radios.nth(i).is_disabled() for i in range(3)] == [False, True, True]
    place = {table.name.name: number for number, table in enumerate(facts.tables)}
    for text, wanted in (("HING_0017", 17), ("area_1.thing_0022", 22), ("only_thing_0031", 31)):
        page.keyboard.press("/")
        page.keyboard.type(text)
        assert page.locator("#found li").count() == 1
        page.keyboard.press("Enter")
        name = f"thing_{wanted:04}"
        assert page.locator("#detail h3").text_content().endswith(name)
        assert page.evaluate("document.activeElement.querySelector('.name').textContent") == name
        for steps in (1, 2):
            page.keyboard.press(str(steps))
            boxes = boxes_of(page)
            assert boxes == near(facts, place[name], steps)
            inside = {(fk.root.name, fk.referenced_root.name) for fk in facts.foreign_keys}
            names = [t.name.name for t in facts.tables]
            pairs = page.evaluate(
                "[...document.querySelectorAll('#edges .edge')].map(e => [+e.dataset.source, +e.dataset.target])"
            )
            assert {(names[s], names[t]) for s, t in pairs} == {
                p for p in inside if set(p) <= boxes
            }
        for _ in range(3):
            page.keyboard.press("Escape")
        assert boxes_of(page) == overview
        assert page.evaluate("document.activeElement.id") == "search"
        page.keyboard.press("Escape")  # nothing is left to go back to
        page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    page.keyboard.type("nothing of that name")
    assert page.locator("#said").text_content() == "0 found"
    page.keyboard.press("Escape")
    assert page.locator("#search").input_value() == ""


def test_the_keyboard_reaches_every_table(shown: Callable[..., Any]) -> None:
    for count in (12, 80):
        facts = facts_like(count, random_links(count, 2), schemas=2)
        page = shown(facts)
        names = {t.name.name for t in facts.tables}
        reached = set()
        for _ in range(3 * count + 40):
            page.keyboard.press("Tab")
            text, visible = page.evaluate("""() => {
                const e = document.activeElement, style = getComputedStyle(e);
                const rect = e.querySelector?.(':scope > rect');
                return [e.textContent, style.outlineStyle !== 'none' ||
                    (rect !== null && getComputedStyle(rect).strokeWidth === '4px')];
            }""")
            assert visible, text
            reached |= {name for name in names if name in text}
            if reached == names:
                break
        assert reached == names
    page = shown(facts_like(3, [(1, 0), (2, 1)]))
    page.locator("[data-node='2']").focus()
    for key, name in (
        ("ArrowLeft", "thing_0001"),
        ("ArrowLeft", "thing_0000"),
        ("ArrowRight", "thing_0001"),
    ):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.querySelector('.name').textContent") == name
    page.keyboard.press("Enter")
    assert page.locator("#detail h3").text_content() == "public.thing_0001"
    assert page.locator("#nodes [aria-current]").count() == 1


def test_size_of_the_graph(shown: Callable[..., Any]) -> None:
    page = shown(facts_like(5, [(1, 0)]))
    width = "Number(document.getElementById('drawing').getAttribute('width'))"
    first = page.evaluate(width)
    page.get_by_role("button", name="Larger").click()
    assert page.evaluate(width) == pytest.approx(first * 1.25)
    page.get_by_role("button", name="Smaller").click()
    page.get_by_role("button", name="Smaller").click()
    assert page.evaluate(width) == pytest.approx(first / 1.25)
    page.get_by_role("button", name="Fit").click()
    assert page.evaluate(width) == pytest.approx(first)


def test_without_javascript(cuebe: tuple[str, Path], shown: Callable[..., Any]) -> None:
    facts = facts_of_snapshot(cuebe[1])
    page = shown(facts, java_script_enabled=False)
    assert page.locator("#nodes .node").count() == 9
    assert not page.get_by_label("Find a table or column").is_visible()
    text = page.locator("#tables").text_content()
    for table in facts.tables:
        assert table.name.name in text
        assert all(column.name in text for column in table.columns)
    assert all(fk.name in text for fk in facts.foreign_keys)
    assert page.get_by_role("heading", name="Load order").is_visible()
    page.locator("#nodes .node").first.click()
    assert page.url.endswith("#t0")


OVERLAPS = """() => {
    const wrong = [];
    const boxes = [...document.querySelectorAll('#nodes .node')].map((n) => {
        const box = n.querySelector('rect').getBBox();
        for (const text of n.querySelectorAll('text'))
            if (text.getBBox().width + 12 > box.width) wrong.push('wide ' + text.textContent);
        return box;
    });
    boxes.forEach((a, i) => boxes.slice(0, i).forEach((b) => {
        if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
            wrong.push('boxes');
    }));
    const words = [...document.querySelectorAll('#edges text')].map((t) => t.getBBox());
    words.forEach((a, i) => [...words.slice(0, i), ...boxes].forEach((b) => {
        if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
            wrong.push('words');
    }));
    if (document.documentElement.scrollWidth > innerWidth) wrong.push('page');
    return wrong;
}"""


@pytest.mark.parametrize("width", [380, 1024, 1920])
def test_nothing_overlaps_at_any_width(width: int, shown: Callable[..., Any]) -> None:
    # a cycle, and a table with a key to itself
    links = [(1, 0), (2, 1), (1, 2), (3, 3), *((s, t) for s in range(4, 30) for t in (s // 3,))]
    facts = facts_like(30, links)
    counts = {facts.tables[4].name: (12_345, 6_789, 1)}
    colours = set()
    for scheme in ("light", "dark"):
        page = shown(facts, counts, width, color_scheme=scheme)
        assert page.evaluate(OVERLAPS) == []
        page.locator("[data-node='4']").click()
        page.keyboard.press("2")
        assert page.evaluate(OVERLAPS) == []
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.emulate_media(media="print")
        assert not page.locator(".tools").is_visible()
    assert len(colours) == 2


def test_deferred_keys_are_marked_by_more_than_colour(shown: Callable[..., Any]) -> None:
    page = shown(facts_like(3, [(0, 1), (1, 0), (2, 2), (2, 0)]))
    dashed = page.locator("#edges .edge.deferred")
    assert dashed.count() == 3
    for number in range(3):
        assert "deferred: " in dashed.nth(number).locator("title").text_content()
        assert page.evaluate("(i) => getComputedStyle(document.querySelectorAll('#edges .deferred path')[i]).strokeDasharray", number) != "none"  # fmt: skip
    assert page.locator("#edges .deferred text").all_text_contents() == ["deferred", "deferred"]
    marks = page.locator("#nodes .marks").all_text_contents()
    assert marks == ["in a cycle", "in a cycle", "references itself"]
    text = page.locator("#cycles").inner_text()
    assert "inside the cycle thing_0000 ↔ thing_0001" in text
    assert "references its own table" in text


def test_every_control_has_a_name(shown: Callable[..., Any]) -> None:
    page = shown(facts_like(80, random_links(80, 2), schemas=2))
    page.keyboard.press("/")
    page.keyboard.type("thing_0001")
    page.keyboard.press("Enter")
    nameless = page.evaluate("""() => [...document.querySelectorAll('a, button, input, [tabindex="0"]')]
        .filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length))
        .map((e) => e.outerHTML)""")
    assert nameless == []
    doubled = page.evaluate("""() => {
        const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
        return ids.filter((id, i) => ids.indexOf(id) !== i);
    }""")
    assert doubled == []
    headings = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map(h => +h.tagName[1])"
    )
    assert all(b <= a + 1 for a, b in itertools.pairwise(headings))


def test_a_thousand_tables(shown: Callable[..., Any], tmp_path: Path) -> None:
    facts = facts_like(1000, random_links(1000, 4), schemas=5, width=8)
    assert len(facts.foreign_keys) > 1900
    started = time.process_time()  # other tests use the processor too
    written = write_report(facts, tmp_path / "large.html")
    assert time.process_time() - started < 2
    assert written.size < 2_000_000
    page = shown(facts)
    started = time.monotonic()
    page.keyboard.press("/")
    page.keyboard.type("thing_0500")
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    assert boxes_of(page) == near(facts, [t.name.name for t in facts.tables].index("thing_0500"), 2)
    assert time.monotonic() - started < 5


def test_usage() -> None:
    with pytest.raises(UsageError):
        write_report(facts_like(1, []), Path(os.devnull) / "x")

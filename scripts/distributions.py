"""Draws examples/*/distributions.svg: how the rows of each example are spread, always the same.

scripts/distributions.py            # all five
scripts/distributions.py chat
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import psycopg
import servers

from snapshot.safety.backups import BackupOptions
from snapshot.seeding.loading import load_blueprint
from snapshot.seeding.options import SeedOptions
from snapshot.seeding.run import seed_database

EXAMPLES = Path(__file__).parent.parent / "examples"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
WIDTH, HEIGHT, GAP = 260, 110, 24  # of a panel, in pixels

HOUR = """SELECT h::text, count(t) FROM generate_series(0, 23) h
    LEFT JOIN (SELECT {column} AT TIME ZONE 'UTC' AS t FROM {table}) x ON extract(hour FROM t) = h
    GROUP BY h ORDER BY h + 0"""
DAY = """SELECT substr('MoTuWeThFrSaSu', 2 * d - 1, 2), count(t) FROM generate_series(1, 7) d
    LEFT JOIN (SELECT {column} AT TIME ZONE 'UTC' AS t FROM {table}) x ON extract(isodow FROM t) = d
    GROUP BY d ORDER BY d"""
MANY = """SELECT low || CASE WHEN {step} > 1 THEN '–' || low + {step} - 1 ELSE '' END, count(n)
    FROM generate_series(0, {step} * 11, {step}) low
    LEFT JOIN (SELECT count(c.*) AS n FROM {parent} p LEFT JOIN {child} c ON {link} GROUP BY p.*) x
    ON n >= low AND n < low + {step} GROUP BY low ORDER BY low"""

# example → profile, parameters, and its panels: title and query for labels and numbers
PANELS: dict[str, tuple[str | None, dict[str, int], dict[str, str]]] = {
    "chat": (
        None,
        {"users": 200, "channels": 100, "messages": 150},
        {
            "messages by hour of the day": HOUR.format(table="messages", column="created_at"),
            "messages by day of the week": DAY.format(table="messages", column="created_at"),
            "members of a channel": MANY.format(
                step=20, parent="channels", child="user_channel", link="c.channel_id = p.id"
            ),
            "messages of a person": MANY.format(
                step=40, parent="users", child="messages", link="c.user_id = p.id"
            ),
        },
    ),
    "pilates": (
        "heavy",
        {},
        {
            "bookings by the hour they were made": HOUR.format(
                table="bookings", column="booked_at"
            ),
            "purchases by day of the week": DAY.format(
                table="user_packages", column="purchased_at"
            ),
            "bookings of a student": MANY.format(
                step=4, parent="students", child="bookings", link="c.user_id = p.id"
            ),
            "friend requests of a student": MANY.format(
                step=1,
                parent="students",
                child="friendships",
                link="p.id IN (c.requester_id, c.addressee_id)",
            ),
        },
    ),
    "mentara": (
        None,
        {},
        {
            "posts by hour of the day": HOUR.format(table="posts", column="created_at"),
            "messages by hour of the day": HOUR.format(table="messages", column="sent_at"),
            "meetings by day of the week": DAY.format(table="meetings", column="starts_at"),
            "comments on a post": MANY.format(
                step=1, parent="posts", child="comments", link="c.post_id = p.id"
            ),
        },
    ),
    "pms": (
        "staging",
        {},
        {
            "appointments by hour of the day": HOUR.format(
                table="appointments", column="starts_at"
            ),
            "appointments by day of the week": DAY.format(table="appointments", column="starts_at"),
            "appointments of a client": MANY.format(
                step=1, parent="clients", child="appointments", link="c.client_id = p.id"
            ),
        },
    ),
    "cuebe": (
        None,
        {},
        {
            "script elements by hour of the day": HOUR.format(
                table='"scriptElementsTable"', column="created_at"
            ),
            "script elements by day of the week": DAY.format(
                table='"scriptElementsTable"', column="created_at"
            ),
            "elements of a script": MANY.format(
                step=10,
                parent='"scriptsTable"',
                child='"scriptElementsTable"',
                link="c.script_id = p.script_id",
            ),
        },
    ),
}


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="distributions-") as folder,
        servers.running(18, Path(folder) / "server") as server,
    ):
        for example in sys.argv[1:] or PANELS:
            panels = measured(server, example)
            (EXAMPLES / example / "distributions.svg").write_text(drawn(panels))


def measured(server: str, example: str) -> dict[str, list[tuple[str, int]]]:
    """Seed an example into a new database, and ask for its panels."""
    profile, parameters, panels = PANELS[example]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {example}")  # type: ignore[arg-type]
    url = server.replace("/postgres?", f"/{example}?")
    blueprint = load_blueprint(str(EXAMPLES / example / "blueprint.py"))
    seed_database(
        SeedOptions(
            url,
            blueprint,
            profile=profile,
            parameters=parameters,
            now=NOW,
            backup=BackupOptions(keep=False),
        )
    )
    views = "".join(
        f"CREATE TEMP VIEW {view.name} AS SELECT * FROM {view.table} WHERE {view.where};"
        for view in blueprint.views.values()
    )
    with psycopg.connect(url) as connection:
        connection.execute(f"SET snapshot.now = '{NOW.isoformat()}'; {views}")  # type: ignore[arg-type]
        return {t: connection.execute(q).fetchall() for t, q in panels.items()}  # type: ignore[arg-type, misc]


def drawn(panels: dict[str, list[tuple[str, int]]]) -> str:
    """Bars, two panels in a line."""
    rows = -(-len(panels) // 2)
    width, height = 2 * WIDTH + 3 * GAP, rows * (HEIGHT + 2 * GAP) + GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        ' font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for place, (title, bars) in enumerate(panels.items()):
        left = GAP + place % 2 * (WIDTH + GAP)
        top = GAP + place // 2 * (HEIGHT + 2 * GAP)
        lines += panel(left, top, title, bars)
    return "\n".join([*lines, "</svg>", ""])


def panel(left: int, top: int, title: str, bars: list[tuple[str, int]]) -> list[str]:
    """A title, a bar for each number, and a label below every bar that has room."""
    most = max(number for _, number in bars) or 1
    step = WIDTH / len(bars)
    every = -(-len(bars) // 12)
    lines = [f'<text x="{left}" y="{top}" fill="#333333">{escape(title)}</text>']
    for place, (label, number) in enumerate(bars):
        tall = round((HEIGHT - 2 * GAP) * number / most, 1)
        x, y = round(left + place * step, 1), round(top + HEIGHT - GAP - tall, 1)
        lines.append(
            f'<rect x="{x}" y="{y}" width="{round(step - 2, 1)}" height="{tall}" fill="#4a7ebb">'
            f"<title>{escape(label)}: {number}</title></rect>"
        )
        if place % every == 0:
            lines.append(
                f'<text x="{x}" y="{top + HEIGHT - GAP + 13}" font-size="8" fill="#666666">'
                f"{escape(label)}</text>"
            )
    return lines


if __name__ == "__main__":
    main()

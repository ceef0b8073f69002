"""The database the bench moves: wide rows, arrays, jsonb, self-references, a cycle, indexes.

At scale 1 it is some 1.1 GB: 3.3 million rows in 6 tables, 14 indexes, 8 foreign keys.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

KNOWN = 519  # tables of the database that has a schema only

_SCHEMA = """
CREATE TABLE teams (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    owner_id bigint NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id bigint NOT NULL REFERENCES teams,
    invited_by bigint REFERENCES users,
    email text NOT NULL UNIQUE,
    profile jsonb NOT NULL,
    tags text[] NOT NULL,
    active boolean NOT NULL,
    created_at timestamptz NOT NULL
);
ALTER TABLE teams ADD FOREIGN KEY (owner_id) REFERENCES users;
CREATE TABLE posts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id bigint NOT NULL REFERENCES users,
    parent_id bigint REFERENCES posts,
    title varchar(200) NOT NULL,
    body text NOT NULL,
    meta jsonb NOT NULL,
    scores integer[] NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX posts_author ON posts (author_id, created_at);
CREATE INDEX posts_parent ON posts (parent_id);
CREATE TABLE events (
    id uuid PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    kind text NOT NULL,
    amount numeric(12, 2) NOT NULL,
    ratio double precision NOT NULL,
    at timestamptz NOT NULL,
    on_day date NOT NULL,
    payload jsonb NOT NULL,
    note text
);
CREATE INDEX events_user ON events (user_id);
CREATE INDEX events_at ON events (at);
CREATE TABLE comments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    post_id bigint NOT NULL REFERENCES posts,
    author_id bigint NOT NULL REFERENCES users,
    text text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX comments_post ON comments (post_id);
CREATE INDEX comments_author ON comments (author_id);
CREATE TABLE settings (key text PRIMARY KEY, value jsonb NOT NULL);

-- prose: n sentences of 8 to 15 words, of a few hundred that there are
CREATE TABLE bench_sentences AS
    SELECT g AS id, (
        SELECT pg_catalog.string_agg(
            (ARRAY['the','order','was','sent','to','a','new','customer','who','asked','for','it',
                   'again','after','we','had','moved','our','stock','into','another','place',
                   'and','nobody','knew','where','last','invoice','of','this','quarter','went',
                   'because','every','team','keeps','its','own','list','until','someone','writes',
                   'down','what','should','happen','next','time','in','production','on','monday',
                   'morning','when','traffic','doubles','with','two','servers','less','than',
                   'planned','by','finance'])[1 + (hashint8(g * 31 + i) & 63)], ' ' ORDER BY i)
        FROM generate_series(1, 8 + g % 8) i) || '.' AS text
    FROM generate_series(0, 299) g;
"""

_ROWS = """
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE teams ALTER CONSTRAINT teams_owner_id_fkey DEFERRABLE INITIALLY DEFERRED;
INSERT INTO teams (name, owner_id, created_at)
    SELECT 'Team ' || g, 1 + g * 40 %% (%(users)s - 1), '2020-01-01'::timestamptz + g * interval '1 min'
    FROM generate_series(1, %(teams)s) g;
INSERT INTO users (team_id, invited_by, email, profile, tags, active, created_at)
    SELECT 1 + g %% %(teams)s, CASE WHEN g %% 3 > 0 THEN 1 + g / 3 END, 'user' || g || '@example.com',
           jsonb_build_object('name', 'User ' || g, 'age', 18 + g %% 60, 'bio', %(prose 1)s),
           ARRAY['t' || g %% 17, 'u' || g %% 5], g %% 7 > 0,
           '2021-01-01'::timestamptz + g * interval '37 s'
    FROM generate_series(1, %(users)s) g;
COMMIT;
ALTER TABLE teams ALTER CONSTRAINT teams_owner_id_fkey NOT DEFERRABLE;
INSERT INTO posts (author_id, parent_id, title, body, meta, scores, created_at)
    SELECT 1 + (g::bigint * 7919) %% %(users)s, CASE WHEN g %% 4 = 0 THEN g / 2 END, left(%(prose 1)s, 60),
           %(prose 7)s, jsonb_build_object('lang', 'en', 'views', g %% 991, 'tags', ARRAY[g %% 5, g %% 7]),
           ARRAY[g %% 10, g %% 100, g %% 1000]::integer[], '2022-01-01'::timestamptz + g * interval '11 s'
    FROM generate_series(1, %(posts)s) g;
INSERT INTO events
    SELECT md5(g::text)::uuid, 1 + (g::bigint * 104729) %% %(users)s,
           (ARRAY['view', 'click', 'buy', 'leave'])[1 + g %% 4], (g %% 100000) / 100.0,
           sqrt(g), '2023-01-01'::timestamptz + g * interval '3 s', '2023-01-01'::date + (g / 9000)::int,
           jsonb_build_object('page', '/p/' || g %% 977, 'ms', g %% 1301, 'ok', g %% 13 > 0),
           CASE WHEN g %% 5 = 0 THEN %(prose 1)s END
    FROM generate_series(1, %(events)s) g;
INSERT INTO comments (post_id, author_id, text, created_at)
    SELECT 1 + (g::bigint * 7907) %% %(posts)s, 1 + (g::bigint * 4409) %% %(users)s, %(prose 2)s,
           '2023-06-01'::timestamptz + g * interval '5 s'
    FROM generate_series(1, %(comments)s) g;
DROP TABLE bench_sentences;
INSERT INTO settings SELECT 'key' || g, to_jsonb(g) FROM generate_series(1, 100) g;
"""  # noqa: E501

ROWS = {
    "teams": 5_000,
    "users": 200_000,
    "posts": 700_000,
    "events": 1_900_000,
    "comments": 500_000,
}


def _prose(sentences: int) -> str:
    """An expression for some sentences, which depend on the row's number g."""
    array = "(SELECT array_agg(text ORDER BY id) FROM bench_sentences)"
    chosen = (f"({array})[1 + (hashint8(g * 7 + {i}) & 262143) % 300]" for i in range(sentences))
    return "concat_ws(' ', " + ", ".join(chosen) + ")"


def make_schema(url: str) -> None:
    """519 tables without rows, as many as MusicBrainz has, and some 6,000 objects in all."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in _known():
            connection.execute(statement)  # type: ignore[arg-type]


def _known() -> Iterator[str]:
    for number in range(4):
        yield f"CREATE SCHEMA area_{number}"
    for number in range(30):
        yield f"CREATE TYPE kind_{number:02} AS ENUM ('new', 'open', 'it''s done')"
        yield f"CREATE DOMAIN code_{number:02} AS varchar(20) CHECK (VALUE ~ '^[a-z]{{{number}}}')"
    for number in range(KNOWN):
        yield from _known_table(number)
    for number in range(80):
        one, other = _known_name(number * 6), _known_name(number * 6 + 1)
        yield (
            f"CREATE VIEW seen_{number:02} AS SELECT o.id, o.name, p.code, count(*) AS n"
            f" FROM {one} o LEFT JOIN {other} p ON p.parent = o.id"
            " WHERE o.kind IN ('new', 'open') AND o.a > 0 GROUP BY o.id, o.name, p.code"
        )
    for number in range(250):
        table = _known_name(number)
        yield (
            f"CREATE FUNCTION touch_{number:03}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NEW.a > {number} AND EXISTS (SELECT FROM {table} WHERE id = NEW.id) THEN"
            " NEW.changed := now(); END IF; RETURN NEW; END $$"
        )
        yield (
            f"CREATE TRIGGER touched BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NEW.a > 0)"
            f" EXECUTE FUNCTION touch_{number:03}()"
        )
        yield (
            f"CREATE FUNCTION lookup_{number:03}(wanted text) RETURNS SETOF {table} LANGUAGE sql"
            f" STABLE AS $$ SELECT * FROM {table} WHERE name = wanted $$"
        )


def _known_name(number: int) -> str:
    return f"area_{number % 4}.item_{number:03}"


def _known_table(number: int) -> Iterator[str]:
    table, parent = _known_name(number), _known_name(max(0, number - 1))
    yield (
        f"CREATE TABLE {table} (id serial PRIMARY KEY, parent int REFERENCES {parent},"
        f" top int REFERENCES {_known_name(number // 10)}, name text NOT NULL, a int DEFAULT 1,"
        f" code code_{number % 30:02}, kind kind_{number % 30:02} NOT NULL DEFAULT 'new',"
        " changed timestamptz DEFAULT now(), data jsonb, CHECK (a >= 0 AND name <> ''))"
    )
    yield f"CREATE UNIQUE INDEX item_{number:03}_name ON {table} (lower(name), code)"
    yield f"CREATE INDEX item_{number:03}_parent ON {table} (parent)"
    yield f"CREATE INDEX item_{number:03}_open ON {table} (changed) WHERE kind IN ('new', 'open')"
    yield f"COMMENT ON TABLE {table} IS 'item {number}'"


def make(url: str, scale: float) -> None:
    """Fill an empty database; all its values are computed from row numbers."""
    numbers = {table: str(max(10, round(rows * scale))) for table, rows in ROWS.items()}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SCHEMA)
        text = _ROWS
        for sentences in (1, 2, 7):
            text = text.replace(f"%(prose {sentences})s", _prose(sentences))
        for table, rows in numbers.items():
            text = text.replace(f"%({table})s", rows)
        for statement in text.replace("%%", "%").split(";\n"):
            if statement.strip():
                connection.execute(statement)  # type: ignore[arg-type]
        connection.execute("VACUUM ANALYZE")

"""pg_dump's text becomes text that any server and driver takes."""

from __future__ import annotations

from snapshot.postgres.schema_dump import without_options


def test_options_of_the_server_itself_are_left_out() -> None:
    text = (
        "CREATE TABLE public.t (a integer, b text);\n"
        "ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=12);\n"
        'ALTER TABLE ONLY public."two\nlines" ALTER COLUMN "x ""y" SET (pg_attver=13);\n'
        "ALTER FOREIGN TABLE ONLY public.f ALTER COLUMN a SET (pg_attver=12);\n"
        "ALTER TABLE ONLY public.t ALTER COLUMN b SET (pg_attver=12, n_distinct=5);\n"
        "SELECT 'pg_attver=12';\n"
    )
    assert without_options(text, ["pg_attver=12", "pg_attver=13"]) == (
        "CREATE TABLE public.t (a integer, b text);\n"
        "ALTER TABLE ONLY public.t ALTER COLUMN b SET (n_distinct=5);\n"
        "SELECT 'pg_attver=12';\n"
    )

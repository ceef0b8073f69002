"""Random schemas: types, checks, unique keys, references and cycles that some rows can meet."""

from __future__ import annotations

from hypothesis import strategies as st

# A column that is not null, and a CHECK on it (or several) that some values meet; {} is its name.
COLUMNS = [
    "{} int NOT NULL",
    "{} smallint",
    "{} bigint NOT NULL CHECK ({} > 100000)",
    "{} int NOT NULL CHECK ({} BETWEEN 3 AND 8)",
    "{} int NOT NULL CHECK ({} IN (1, 2, 3))",
    "{} numeric(6,2) NOT NULL CHECK ({} >= 0.5 AND {} < 100)",
    "{} numeric(3,3)",
    "{} varchar(3) NOT NULL",
    "{} varchar(20) NOT NULL CHECK ({} IN ('open', 'done'))",
    "{} text NOT NULL CHECK (length({}) BETWEEN 4 AND 9)",
    "{} text NOT NULL CHECK ({} ~ '^[A-Z]{{2}}[0-9]{{3}}$')",
    "{} char(4) NOT NULL",
    "{} text NOT NULL DEFAULT 'x'",
    "{} boolean NOT NULL",
    "{} date NOT NULL CHECK ({} >= '2020-01-01')",
    "{} timestamp(3) NOT NULL",
    "{} timestamptz NOT NULL CHECK ({} <= now())",
    "{} time(0)",
    "{} interval NOT NULL",
    "{} uuid NOT NULL",
    "{} jsonb NOT NULL CHECK (jsonb_typeof({}) = 'array')",
    "{} text[] NOT NULL CHECK (cardinality({}) >= 1)",
    "{} int4range NOT NULL",
    "{} inet NOT NULL",
    "{} bytea",
    "{} mood NOT NULL",
    "{} mood[]",
    "{} small_even NOT NULL",
    "{} short_word",
    "{} place NOT NULL",
    "{} bit(3) NOT NULL",
    "{} int NOT NULL CHECK ({} % 3 = 1)",
    "{} int NOT NULL UNIQUE",
    "{} varchar(12) NOT NULL UNIQUE",
    "{} uuid NOT NULL UNIQUE",
    "{}_low int NOT NULL, {}_high int NOT NULL, CHECK ({}_low < {}_high)",
    "{}_start date NOT NULL, {}_end date, CHECK ({}_end > {}_start)",
    "{}_one int, {}_two text, CHECK (num_nonnulls({}_one, {}_two) = 1)",
    "{}_s text NOT NULL CHECK ({}_s IN ('a', 'b')), {}_t date,"
    " CHECK (({}_s = 'b') = ({}_t IS NOT NULL))",
]
TYPES = (
    "CREATE TYPE mood AS ENUM ('fine', 'so so', 'bad');"
    "CREATE DOMAIN small_even AS smallint CHECK (VALUE % 2 = 0 AND VALUE < 50);"
    "CREATE DOMAIN word AS varchar(8) CHECK (VALUE <> '');"
    "CREATE DOMAIN short_word AS word CHECK (length(VALUE) > 2);"
    "CREATE TYPE place AS (x numeric(4,1), label varchar(5));"
)
KEYS = {
    "serial": ("id serial PRIMARY KEY", "int"),
    "identity": ("id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bigint"),
    "uuid": ("id uuid PRIMARY KEY DEFAULT gen_random_uuid()", "uuid"),
    "plain uuid": ("id uuid PRIMARY KEY", "uuid"),
    "plain int": ("id int PRIMARY KEY", "int"),
    "text": ("id varchar(10) PRIMARY KEY", "varchar(10)"),
}
NAMES = ("users", "orders", "Order Lines", "class", "2nd", "r", "teams", "tags")


@st.composite
def random_schema(draw: st.DrawFn) -> str:
    """Statements that create some tables, which may reference one another in every direction."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    keys = {name: draw(st.sampled_from(sorted(KEYS))) for name in names}
    tables, references = [], []
    for name in names:
        columns = draw(st.lists(st.sampled_from(COLUMNS), max_size=5))
        parts = [KEYS[keys[name]][0]]
        parts += [
            text.replace("{}", f"c{n}").replace("{{", "{").replace("}}", "}")
            for n, text in enumerate(columns)
        ]
        links = draw(st.lists(st.sampled_from(names), max_size=3))
        for n, target in enumerate(links):
            not_null = draw(st.booleans())
            parts.append(f"ref{n} {KEYS[keys[target]][1]}{' NOT NULL' * not_null}")
            options = draw(st.sampled_from(["", "", " DEFERRABLE", " ON DELETE CASCADE"]))
            references.append(
                f'ALTER TABLE "{name}" ADD FOREIGN KEY (ref{n}) REFERENCES "{target}"{options}'
            )
        tables.append(f'CREATE TABLE "{name}" ({", ".join(parts)})')
    return TYPES + ";".join([*tables, *references])

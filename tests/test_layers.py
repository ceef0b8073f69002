"""Imports go down only, and parts do not import one another."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "snapshot"

# from the bottom up; a module may import from layers below its own
LAYERS = [
    ["errors", "progress", "catalog", "shapes"],
    ["store", "configuration"],
    ["planning"],
    ["postgres"],
    ["exporters", "restorers", "containers", "subset"],
    ["changes"],
    ["masking"],
    ["create"],
    ["rewriting"],
    ["safety"],
    ["change", "verify", "diff", "report", "merge", "target_state"],
    ["restore", "swap", "clear", "upgrade", "status", "git"],
    ["undo", "seeding"],
    ["testing"],
    ["cli"],
    ["__main__"],
]


def imports() -> dict[str, set[str]]:
    """Every module of the package, with those it imports; under TYPE_CHECKING too."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        module = module.removesuffix(".__init__")
        found[module] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("snapshot"):
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    is_module = (PACKAGE.parent / inner.replace(".", "/")).with_suffix(".py")
                    found[module].add(inner if is_module.exists() else str(node.module))
    return found


def layer(module: str) -> int:
    part = module.split(".")[1]
    return next(i for i, names in enumerate(LAYERS) if part in names)


def test_imports_go_down() -> None:
    wrong = []
    for module, targets in imports().items():
        for target in targets:
            if module == "snapshot" or target == "snapshot":
                continue  # the face, and the version it holds
            same_part = module.split(".")[1] == target.split(".")[1]
            if not same_part and layer(target) >= layer(module):
                wrong.append(f"{module} imports {target}")
    assert wrong == []


def test_every_package_is_in_the_wheel() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())
    named = project["tool"]["setuptools"]["packages"]
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.sql")]
    here = {".".join(path.parent.relative_to(PACKAGE.parent).parts) for path in files}
    assert sorted(name for name in named if not name.startswith("snapshot.examples")) == sorted(
        here
    )


def test_no_import_goes_in_a_circle() -> None:
    graph = {
        m: {t for t in ts if t != "snapshot"} for m, ts in imports().items() if m != "snapshot"
    }
    assert list(TopologicalSorter(graph).static_order())


# Modules outside postgres/ that talk to the server all the same. None may be added.
TALKERS = {
    "restorers/parallel.py",
    "restorers/transaction.py",
    "safety/guard.py",
    "seeding/children.py",
    "seeding/cleaning.py",
    "seeding/constraints.py",
    "seeding/encoding.py",
    "seeding/gaps.py",
    "seeding/keys.py",
    "seeding/ledger.py",
    "seeding/lookups.py",
    "seeding/preparing.py",
    "seeding/run.py",
    "seeding/uniques.py",
    "seeding/validators.py",
    "seeding/writing.py",
}
# Those that know more of the driver than how SQL is composed. None may be added.
DRIVERS = {
    "cli/settings.py",
    "restorers/transaction.py",
    "seeding/encoding.py",
    "seeding/run.py",
    "seeding/writing.py",
}


def beyond_sql(tree: ast.AST) -> bool:
    """The module imports more of the driver than psycopg.sql."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(
            a.name.split(".")[0] == "psycopg" for a in node.names
        ):
            return True
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "psycopg":
            allowed = node.module == "psycopg" and all(a.name == "sql" for a in node.names)
            if not allowed:
                return True
    return False


def talks(tree: ast.AST) -> bool:
    """The module sends statements: it calls .execute(), .executemany(), .cursor() or .copy()."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("execute", "executemany", "cursor", "copy")
        and (node.args or node.func.attr != "copy")  # an array's copy() has no statement
        for node in ast.walk(tree)
    )


def modules_where(what: Callable[[ast.AST], bool]) -> set[str]:
    return {
        name
        for path in PACKAGE.rglob("*.py")
        if not (name := str(path.relative_to(PACKAGE))).startswith("postgres/")
        and what(ast.parse(path.read_text()))
    }


def test_only_one_package_knows_the_driver() -> None:
    assert modules_where(beyond_sql) == DRIVERS


def test_only_one_package_talks_to_the_server() -> None:
    assert modules_where(talks) == TALKERS


def test_the_guard_sees_every_spelling() -> None:
    for line in (
        "import psycopg",
        "import psycopg.errors as e",
        "from psycopg import Connection",
        "from psycopg import sql, errors",
        "from psycopg.errors import Error",
    ):
        assert beyond_sql(ast.parse(line)), line
    assert not beyond_sql(ast.parse("from psycopg import sql"))
    assert talks(ast.parse("with c.cursor() as x: pass"))
    assert talks(ast.parse("with c.copy(statement) as x: pass"))


# --- the rules in CONTRIBUTING.md


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def name_of(call: ast.Call) -> str:
    """`execute` of `connection.execute(…)`, `sql.SQL` of `sql.SQL(…)`."""
    name = ast.unparse(call.func)
    return name if name == "sql.SQL" else name.rpartition(".")[2]


# Constants of the same module go into these, no names and no values.
FORMATTED = {"postgres/databases.py", "postgres/sessions.py", "planning/steps.py"}


def test_sql_is_composed_and_not_formatted() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for call in calls(ast.parse(path.read_text()))
        if name_of(call) in ("execute", "sql.SQL") and call.args
        for part in ast.walk(call.args[0])
        if isinstance(part, ast.JoinedStr)
        or (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod))
    }
    assert found - FORMATTED == set()


def test_one_module_prints() -> None:
    printing = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for call in calls(ast.parse(path.read_text()))
        if name_of(call) in ("print", "echo", "secho")
        or ast.unparse(call.func).startswith(("sys.stdout", "sys.stderr"))
    }
    assert printing - {"cli/output.py", "cli/terminal.py"} == set()


def test_errors_are_in_one_tree() -> None:
    from snapshot import errors

    homes = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if ast.unparse(base).endswith(("Error", "Exception")) or hasattr(errors, ast.unparse(base))
    }
    assert homes == {"errors.py"}
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.SnapshotError):
            assert error.exit_code in (1, 2, 3, 4, 130), error


def test_modules_and_functions_stay_short() -> None:
    long = []
    for path in PACKAGE.rglob("*.py"):
        name, text = str(path.relative_to(PACKAGE)), path.read_text()
        if text.count("\n") > 400:
            long.append(name)
        most = 60 if name.startswith("cli/") else 50
        long += [
            f"{name}:{node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.end_lineno is not None
            and node.end_lineno - node.lineno + 1 > most
        ]
    assert long == []

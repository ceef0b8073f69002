"""Imports go down only, and parts do not import one another."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "snapshot"

# from the bottom up; a module may import from layers below its own
LAYERS = [
    ["errors", "progress", "catalog"],
    ["store"],
    ["selection"],
    ["planning"],
    ["postgres"],
    ["exporters", "restorers"],
    ["create", "verify"],
    ["safety"],
    ["containers"],
    ["change", "status"],
    ["restore", "swap", "clear"],
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


def test_no_import_goes_in_a_circle() -> None:
    graph = {
        m: {t for t in ts if t != "snapshot"} for m, ts in imports().items() if m != "snapshot"
    }
    assert list(TopologicalSorter(graph).static_order())


def test_only_one_package_knows_the_driver() -> None:
    def uses_driver(path: Path) -> bool:
        tree = ast.parse(path.read_text())
        return any(
            isinstance(node, ast.Import) and any(a.name == "psycopg" for a in node.names)
            for node in ast.walk(tree)
        )

    users = {str(p.relative_to(PACKAGE)) for p in PACKAGE.rglob("*.py") if uses_driver(p)}
    assert {user for user in users if not user.startswith("postgres/")} == {
        "restorers/transaction.py",
    }

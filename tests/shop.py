"""A small shop, and a git repository with its snapshot and branches."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from snapshot.create import CreateOptions, create_snapshot

SHOP = """
    CREATE TABLE customer (id serial PRIMARY KEY, email text UNIQUE, name text NOT NULL,
        born int, died int, CHECK (born < died));
    CREATE TABLE orders (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        customer int NOT NULL REFERENCES customer, total numeric(8,2) NOT NULL);
    CREATE TABLE note (text text);
    CREATE SEQUENCE down INCREMENT -1 MINVALUE -1000 START -1;
    INSERT INTO customer (email, name, born, died)
        SELECT 'c' || n || '@example.org', 'Customer ' || n, 1900, 1980 FROM generate_series(1, 9) n;
    INSERT INTO orders (customer, total) SELECT n, n * 10 FROM generate_series(1, 6) n;
    INSERT INTO note VALUES ('a'), ('a'), ('b');
"""


@dataclass
class Shop:
    """Snapshots of the shop after some edits; each is created once and kept."""

    server: Callable[[int], str]
    folder: Path
    made: dict[tuple[object, ...], Path] = field(default_factory=dict)

    def snapshot(
        self, *edits: str, version: int = 18, formats: Sequence[str] = ("sql", "json")
    ) -> Path:
        """Of a database in which the edits were made, one after the other."""
        known = (edits, version, tuple(formats))
        if known not in self.made:
            name = f"shop_{os.getpid()}_{len(self.made)}"
            with psycopg.connect(self.server(version), autocommit=True) as server:
                server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                url = self.server(version).replace("/postgres?", f"/{name}?")
                with psycopg.connect(url, autocommit=True) as connection:
                    for statements in (SHOP, *filter(None, edits)):
                        connection.execute(statements)
                place = self.folder / str(len(self.made))
                create_snapshot(CreateOptions(url, place, formats=formats))
                server.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )
            self.made[known] = place
        return self.made[known]


@dataclass
class Repository:
    """A repository with the shop's snapshot. Each branch is the edits that were made on it."""

    root: Path
    shop: Shop
    folder: str = "seed_data"
    format: str = "sha1"
    formats: tuple[str, ...] = ("sql", "json")
    edits: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def begin(self) -> None:
        """main, with the first snapshot; the drivers are installed."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", f"--object-format={self.format}")
        self.git("config", "user.name", "Test")
        self.git("config", "user.email", "test@example.org")
        self.snapshot("git", "install")
        self.edits["main"] = ()
        self.commit("main", "")

    def branch(self, name: str, edits: str, parent: str = "main") -> None:
        """A branch with one commit, made of another's newest state."""
        self.git("checkout", "-q", "-b", name, parent)
        self.edits[name] = self.edits[parent]
        self.commit(name, edits)

    def commit(self, name: str, edits: str) -> None:
        """Change the branch's database, create its snapshot again, and commit it."""
        self.create(name, edits)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", f"{name}: {edits[:40]!r}")

    def create(self, name: str, edits: str) -> None:
        """Change the branch's database, and create its snapshot again."""
        self.edits[name] = (*self.edits[name], edits)
        self.put(self.shop.snapshot(*self.edits[name], formats=self.formats))

    def put(self, snapshot: Path) -> None:
        """Let a snapshot stand in the folder."""
        there = self.snapshot_folder
        shutil.rmtree(there, ignore_errors=True)
        shutil.copytree(snapshot, there)

    @property
    def snapshot_folder(self) -> Path:
        return self.root / self.folder

    def git(self, *words: str, code: int | None = 0, **options: Any) -> str:
        """What git prints, on both streams."""
        done = subprocess.run(
            ["git", *words], cwd=options.pop("cwd", self.root), text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_EDITOR": "true", "GIT_PAGER": "cat"}, **options,
        )  # fmt: skip
        if code is not None:
            assert done.returncode == code, (words, done.returncode, done.stdout)
        return done.stdout

    def snapshot(self, *words: str, code: int = 0, cwd: Path | None = None) -> str:
        """What our own program prints, on both streams."""
        done = subprocess.run(
            [sys.executable, "-m", "snapshot", *words], cwd=cwd or self.root, text=True,
            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == code, (words, done.returncode, done.stdout)
        return done.stdout

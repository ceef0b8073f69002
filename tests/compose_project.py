"""A running compose project, and the command line beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SNAPSHOT = [sys.executable, "-c", "from snapshot.cli import main; main()"]


@dataclass
class Stack:
    """A running compose project."""

    project: str
    url: str
    docker: Any
    state: Path
    folder: Path = Path()  # where commands run

    def container(self, service: str) -> Any:
        labels = [f"com.docker.compose.{k}={v}" for k, v in
                  (("project", self.project), ("service", service))]  # fmt: skip
        (found,) = self.docker.containers.list(all=True, filters={"label": labels})
        return found

    def status(self, service: str) -> str:
        state = self.container(service).attrs["State"]
        return (state.get("Health") or {}).get("Status") if state["Running"] else state["Status"]

    def command(self, *words: object) -> list[str]:
        return [*SNAPSHOT, *map(str, words)]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "XDG_STATE_HOME": str(self.state)}

    def run(self, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), cwd=self.folder, env={**self.environment(), **environment},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def start(self, *words: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words), cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)

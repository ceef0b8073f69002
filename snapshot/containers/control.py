"""Stop containers and start them again, after success, failure and signals alike."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import groupby
from types import FrameType
from typing import TYPE_CHECKING, Any

from snapshot.containers.client import daemon_address, docker_client, docker_errors
from snapshot.containers.journal import Journal, journal_of, left_behind
from snapshot.errors import ContainersNotStarted, DockerUnavailable, SnapshotError
from snapshot.planning.applications import Applications, Container
from snapshot.progress import NO_PROGRESS, Progress

if TYPE_CHECKING:
    from docker import DockerClient

HEALTHY_WITHIN = 120  # seconds until a health check must have passed
STAYS_UP = 2.0  # seconds a container without a health check must run to count as up
ENDS_WITHIN = 1.0  # seconds that a program takes to end when its session is cut
POLL = 0.1  # seconds
LOG_LINES = 10
AT_ONCE = 8  # sshd allows ten channels


@contextmanager
def applications_stopped(
    applications: Applications, progress: Progress = NO_PROGRESS
) -> Iterator[None]:
    """Keep the containers stopped inside the block, and start them after it.

    The first SIGINT or SIGTERM ends the block. Further signals, and those that arrive while
    containers are being started, are ignored. Raises ContainersNotStarted if a container does not
    come up, even if the block itself failed.
    """
    if not applications.stopped:
        yield
        return
    with (
        _signals_once() as signals,
        docker_client() as docker,
        journal_of([replace(c, daemon=daemon_address()) for c in applications.stopped]) as journal,
    ):
        failure: BaseException | None = None
        try:
            for level in reversed(_levels(applications.stopped)):
                progress.step(f"Stopping {_listed(level)}")
                with signals.held():  # Docker finishes a stop even if its client is gone
                    for _ in _side_by_side(partial(_stop, docker), level):
                        pass
            yield
            signals.shield()
        except BaseException as error:  # noqa: BLE001  # raised again below
            failure = error
            with suppress(KeyboardInterrupt):  # one signal at most interrupts, perhaps here
                signals.shield()
        _start_again(docker, journal, failure, progress)


def ended(containers: Sequence[Container]) -> list[str]:
    """Look once at containers whose sessions were cut: a line for each that runs no more."""
    if not containers:
        return []
    time.sleep(ENDS_WITHIN)
    lines = []
    with suppress(DockerUnavailable), docker_client() as docker:
        for container in containers:
            with suppress(*docker_errors()):
                current = _find(docker, container)
                state = current.attrs["State"] if current else {"Status": "removed"}
                if state["Status"] not in ("running", "paused"):
                    code = state.get("ExitCode")
                    lines.append(
                        f"{container}: {state['Status']}" + (f" ({code})" if current else "")
                    )
    return lines


def recover(ask: Callable[[str], bool], progress: Progress = NO_PROGRESS) -> list[str]:
    """Start the containers that killed restores left stopped; return a line for each.

    `ask` decides about containers that somebody has started and stopped since.
    """
    lines: list[str] = []
    elsewhere: list[Container] = []
    for journal in left_behind():
        with docker_client() as docker:
            if {c.daemon for c in journal.containers} - {"", daemon_address()}:
                elsewhere += journal.containers  # the record stays
                continue
            problems = []
            for container in journal.containers:
                line, problem = _recover_one(docker, container, ask, progress)
                lines.append(line)
                problems += problem
        if problems:
            raise ContainersNotStarted(
                f"{_counted(problems)} did not start",
                "fix what their logs show, then: snapshot containers recover",
                problems,
            )
        journal.remove()
    if elsewhere:
        raise ContainersNotStarted(
            f"{_counted(elsewhere)} were stopped at another Docker daemon",
            "set DOCKER_HOST or the context to it, then: snapshot containers recover",
            [*lines, *(f"{container}: is at {container.daemon}" for container in elsewhere)],
        )
    return lines


def _recover_one(
    docker: DockerClient, container: Container, ask: Callable[[str], bool], progress: Progress
) -> tuple[str, list[str]]:
    try:
        current = _find(docker, container)
    except docker_errors() as error:
        raise DockerUnavailable(f"Docker does not answer: {error}", "run it again later") from error
    if current is None:
        return f"{container}: has been removed since; left alone", []
    state = current.attrs["State"]
    if state["Status"] in ("running", "restarting", "paused"):
        return f"{container}: is running", []
    touched = state["StartedAt"] != container.started_at
    if touched and not ask(f"{container} was started and stopped again since. Start it?"):
        return f"{container}: left stopped", []
    progress.step(f"Starting {container}")
    problem = _start(docker, container)
    return f"{container}: started", [problem] if problem else []


def _start_again(
    docker: DockerClient, journal: Journal, failure: BaseException | None, progress: Progress
) -> None:
    problems: dict[Container, str] = {}
    for level in _levels(journal.containers):
        progress.step(f"Starting {_listed(level)}")
        found = _side_by_side(partial(_start, docker), level)
        for container, problem in zip(level, found, strict=True):
            if problem and container.restarting:
                progress.step(f"As before, {problem.splitlines()[0]}")
            elif problem:
                problems[container] = problem
    if not problems:
        journal.remove()
        if failure:
            raise failure
        return
    with suppress(OSError):  # it then names those that are up, too
        journal.keep(tuple(problems))
    first = [f"before that: {failure}"] if isinstance(failure, SnapshotError) else []
    more = list(failure.details) if isinstance(failure, SnapshotError) else []
    state = "the command failed before that" if failure else "the database was restored"
    raise ContainersNotStarted(
        f"{len(problems)} of {_counted(journal.containers)} did not come up; {state}",
        "fix what their logs show, then: snapshot containers recover",
        [*first, *more, *problems.values()],
    ) from failure


def _levels(containers: Sequence[Container]) -> list[list[Container]]:
    """Containers that start together, each list after those that it needs."""
    by_level = sorted(containers, key=lambda c: (c.level, c.name))
    return [list(level) for _, level in groupby(by_level, key=lambda c: c.level)]


def _side_by_side(
    work: Callable[[Container], str | None], containers: Sequence[Container]
) -> Iterator[str | None]:
    """Do it for all at the same time, to the end; raises what the first one raised."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return threads.map(work, containers)


def _listed(containers: Sequence[Container]) -> str:
    return ", ".join(map(str, containers))


def _counted(containers: Sequence[object]) -> str:
    return f"{len(containers)} container{'' if len(containers) == 1 else 's'}"


def _stop(docker: DockerClient, container: Container) -> None:
    from docker.errors import NotFound

    try:
        current = docker.containers.get(container.id)
        if container.paused:
            current.unpause()  # not every engine stops a paused container
        current.stop(timeout=container.grace)  # the client waits so much longer for the answer
    except NotFound:
        return  # recreated or removed since the plan; _start() looks for it again
    except docker_errors() as error:
        raise SnapshotError(
            f"{container} cannot be stopped: {error}", "stop it yourself and use --no-containers"
        ) from error


def _start(docker: DockerClient, container: Container) -> str | None:
    """Start a container and wait until it is up; return what is wrong, if anything."""
    try:
        current = _find(docker, container)
        if current is None:
            return f"{container}: has been removed"
        current.start()
        problem = _wait_until_up(current, container.restarting)
        if container.paused and not problem:
            current.pause()
        return problem and f"{container}: {problem}{_log(current)}"
    except docker_errors() as error:
        return f"{container}: {getattr(error, 'explanation', None) or error}"


def _wait_until_up(container: Any, was_crashing: bool) -> str | None:
    """Wait until the container is healthy or keeps running: its process may exit after start().

    One that crashed before is not waited for longer than one without a health check.
    """
    started = time.monotonic()
    while True:
        container.reload()
        state = container.attrs["State"]
        if state["Status"] != "running":
            return f"exited with {state.get('ExitCode')} {state.get('Error', '')}".rstrip()
        health = (state.get("Health") or {}).get("Status") or "none"  # Podman's is empty
        if health == "healthy":
            return None
        if health == "unhealthy":
            return "is unhealthy"
        elapsed = time.monotonic() - started
        if elapsed >= STAYS_UP and (health == "none" or was_crashing):
            return None
        if elapsed >= HEALTHY_WITHIN:
            return f"was not healthy within {HEALTHY_WITHIN} s"
        time.sleep(POLL)


def _find(docker: DockerClient, container: Container) -> Any | None:
    """The container, or the one with which compose has replaced it."""
    from docker.errors import NotFound

    try:
        return docker.containers.get(container.id)
    except NotFound:
        if not container.project:
            return None
    labels = {
        "project": container.project,
        "service": container.service,
        "container-number": container.number,
    }
    filters = [f"com.docker.compose.{key}={value}" for key, value in labels.items()]
    found = docker.containers.list(all=True, filters={"label": filters})
    return found[0] if found else None


def _log(container: Any) -> str:
    text = container.logs(tail=LOG_LINES).decode(errors="replace").strip()
    return f"; its log ends: {text}" if text else ""


class _Signals:
    """The first SIGINT or SIGTERM interrupts: at once, or at the end of a held block."""

    def __init__(self) -> None:
        self._interrupted = self._shielded = self._held = False

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._shielded or self._interrupted:
            return
        self._interrupted = True
        if not self._held:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """Delay an interrupt until the block ends."""
        self._held, before = True, self._interrupted
        yield
        self._held = False
        if self._interrupted and not before:
            raise KeyboardInterrupt

    def shield(self) -> None:
        """Ignore all further signals."""
        self._shielded = True


@contextmanager
def _signals_once() -> Iterator[_Signals]:
    """Handle SIGINT and SIGTERM inside the block."""
    signals = _Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals  # Python runs signal handlers in the main thread only
        return
    numbers: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signals.on_signal) for number in numbers}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

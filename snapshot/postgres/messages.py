"""The server's errors in plain words; and, while rows are masked, without what they quote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import psycopg

from snapshot.errors import ConnectionFailed, DatabaseFailed, SnapshotError

_CONTEXT_SHOWN = 120  # characters: a whole row would not help
# schema, table, function, type (documentation: appendix A)
_NOT_FOUND = ("3F000", "42P01", "42883", "42704")
_PACKAGE = Path(__file__).parent.parent
_discreet: ContextVar[bool] = ContextVar("discreet", default=False)


def is_discreet() -> bool:
    """Whether no message may quote a value; see discreet()."""
    return _discreet.get()


def keep_discretion(discreet: bool) -> None:
    """What a thread calls first: it does not know the context of the one that started it."""
    _discreet.set(discreet)


@contextmanager
def discreet() -> Iterator[None]:
    """Nothing that is raised in the block, or that leaves it, quotes a value of the database.

    Of errors of the server the meaning of their SQLSTATE is told, and the names of table, column
    and constraint; their message, detail, context and hint are not, and no exception behind ours
    holds them. Other exceptions may quote values, too: they become a SnapshotError that says where
    they were raised. OSError stays: it has names of files only.
    """
    token = _discreet.set(True)
    try:
        with _all_ours():
            yield
    except Exception as error:
        error.__cause__ = error.__context__ = None
        raise
    finally:
        _discreet.reset(token)


@contextmanager
def _all_ours() -> Iterator[None]:
    try:
        with server_errors():
            yield
    except (SnapshotError, OSError):
        raise
    except Exception as error:  # noqa: BLE001  # what it says is not known, and so not told
        raise SnapshotError(
            f"this is a bug in snapshot: {type(error).__name__} in {_place(error)}",
            hint="report it; what it said is left out, as it may quote rows",
        ) from None


def _place(error: Exception) -> str:
    """The last place in this package that the error went through: `masking/columns.py:88`."""
    place, trace = "an unknown place", error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(_PACKAGE):
            place = f"{file.relative_to(_PACKAGE)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


@contextmanager
def server_errors() -> Iterator[None]:
    """Turn refusals of the server into DatabaseFailed, a lost connection into ConnectionFailed."""
    try:
        yield
    except psycopg.Error as error:
        raise _ours(error) from (None if is_discreet() else error)


def _ours(error: psycopg.Error) -> SnapshotError:
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return DatabaseFailed(
            f"another session holds a lock that is needed: {message_of(error)}",
            hint="stop the application that uses the database, or wait for the other restore",
        )
    lost = error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
    if lost and isinstance(error, psycopg.OperationalError):
        return ConnectionFailed(
            f"the connection was lost: {message_of(error)}",
            hint="nothing was committed; run the command again when the server is back",
        )
    return DatabaseFailed(described(error), hint=hint_of(error))


def described(error: psycopg.Error) -> str:
    """What the server said: message, detail, and the first line of the context."""
    parts = [message_of(error), detail_of(error)]
    if error.diag.context and not is_discreet():
        parts.append(error.diag.context.splitlines()[0][:_CONTEXT_SHOWN])
    return " · ".join(part for part in parts if part)


def message_of(error: psycopg.Error) -> str:
    """The message alone; in discretion what its SQLSTATE means."""
    if is_discreet():
        return " · ".join([meaning_of(error.sqlstate) or type(error).__name__, *_names(error)])
    if error.diag.message_primary:
        return error.diag.message_primary  # names in it may hold newlines: all of it is meant
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def detail_of(error: psycopg.Error) -> str:
    """The detail, which often quotes a row; nothing in discretion."""
    return "" if is_discreet() else error.diag.message_detail or ""


def meaning_of(sqlstate: str | None) -> str:
    """The condition's name (documentation: appendix A): `unique_violation (23505)`."""
    if sqlstate is None:
        return ""
    try:
        name = psycopg.errors.lookup(sqlstate).__name__
    except KeyError:  # a function's own
        return f"an error with the code {sqlstate}"
    return f"{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).lower()} ({sqlstate})"


def _names(error: psycopg.Error) -> list[str]:
    diag = error.diag
    table = ".".join(name for name in (diag.schema_name, diag.table_name) if name)
    named = (("table", table), ("column", diag.column_name), ("constraint", diag.constraint_name))
    return [f"{what} {name}" for what, name in named if name]


def hint_of(error: psycopg.Error) -> str:
    """What to do about an error of the server."""
    if error.diag.source_function == "check_enable_rls":  # (source: rls.c)
        return (
            "connect as a superuser or a role with BYPASSRLS: with FORCE ROW LEVEL SECURITY "
            "policies hide rows from the table's owner too, and a part is not taken for the whole"
        )
    if error.sqlstate == "42501":
        return "connect as the owner of the tables; a superuser is not needed"
    called = re.search(r"function (?!inline_code_block)", error.diag.context or "")
    if error.sqlstate in _NOT_FOUND and called:
        return (
            "nothing was changed; as for pg_restore, search_path is empty: write the schema before "
            "names in the function's body, or ALTER FUNCTION … SET search_path = …, pg_temp; "
            "then make the snapshot again"
        )
    if error.sqlstate in _NOT_FOUND:
        return (
            "nothing was changed; if a schema was left out of the snapshot, restore into a "
            "database that has it, or make the snapshot with it"
        )
    if (error.sqlstate or "").startswith(("21", "22", "23")):  # data that does not fit
        return (
            "nothing was changed; fix the row where it comes from and make the snapshot again, "
            "or edit it and use --accept-edits"
        )
    said = "" if is_discreet() else error.diag.message_hint
    return said or "nothing was changed; the server's log may say more"

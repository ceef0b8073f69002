"""Masking: rows of production without its people.

A policy (TOML) says for every column what becomes of its values. Masks work on Arrow columns of
COPY text, in the client, under a key.
"""

from importlib.util import find_spec

from snapshot.errors import UsageError, how_to_install

_EXTRA = ("numpy", "pyarrow", "cryptography")


def require_extra() -> None:
    """Raise UsageError if one of the libraries is missing that masks and subsets need."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"masks and subsets need libraries that are not installed: {', '.join(missing)}",
            hint=how_to_install("masking"),
        )

"""The key: where the policy says that it is, never in an argument or in SQL."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import shlex
import stat
import subprocess
from pathlib import Path

from snapshot.errors import UsageError
from snapshot.masking.prf import MaskKey, check_secret

KEY_BYTES = 32
_HOW = "make one with: snapshot mask key"


def read_key(place: str) -> MaskKey:
    """The key from env:NAME, file:PATH (0600) or command:COMMAND.

    Raises UsageError if there is none, if others may read its file, or if it can be guessed.
    """
    kind, _, where = place.partition(":")
    text = {"env": _from_environment, "file": _from_file, "command": _from_command}[kind](where)
    secret = _decoded(text.strip())
    check_secret(secret)
    return MaskKey(secret)


def ephemeral_key() -> MaskKey:
    """A key that nobody knows, and that is forgotten when create ends."""
    return MaskKey(secrets.token_bytes(KEY_BYTES))


def _decoded(text: str) -> bytes:
    """Base64, as `snapshot mask key` prints it, or the text itself."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode()
    return decoded if len(decoded) >= KEY_BYTES // 2 else text.encode()


def _from_environment(name: str) -> str:
    text = os.environ.get(name, "")
    if not text:
        raise UsageError(f"the key is not there: {name} is not set", hint=f"{_HOW}, and set {name}")
    return text


def _from_file(name: str) -> str:
    path = Path(name).expanduser()
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UsageError(
                f"others may read the key in {path}", hint=f"chmod 600 {shlex.quote(str(path))}"
            )
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"the key in {path} cannot be read: {reason}", hint=_HOW) from None


def _from_command(command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  # the policy's author says what is run
            shlex.split(command), stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
        return done.stdout.decode()
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        code = (
            f" with {error.returncode}" if isinstance(error, subprocess.CalledProcessError) else ""
        )
        raise UsageError(
            f"the command that gives the key failed{code}", hint="run it by hand, or fix the policy"
        ) from None

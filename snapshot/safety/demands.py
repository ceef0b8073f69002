"""What a snapshot must be before it is used: masked, scanned, and by a certain policy."""

from __future__ import annotations

from pathlib import Path

from snapshot.errors import Refused, how_to_install
from snapshot.store.location import Directory
from snapshot.store.manifest import Manifest

_AGAIN = "make it again from its source: snapshot create --mask FILE"


def demand_masked(manifest: Manifest, policy_hash: str | None = None) -> None:
    """Raise Refused unless the snapshot is masked, was scanned, and nothing was found.

    With `policy_hash` it must have been masked by that policy.
    """
    masked = manifest.masked
    if masked is None:
        raise Refused("the snapshot is not masked, and that is required", hint=_AGAIN)
    if masked.scan is None:
        raise Refused(
            "the masked snapshot was not scanned for originals, and that is required",
            hint="make it again without --no-scan",
        )
    if masked.scan.hits:
        raise Refused(
            f"the scan of the masked snapshot found originals: {masked.scan.hits:,}",
            hint="mask the columns that hold them, and make it again: snapshot create --mask FILE",
        )
    if masked.edited:
        raise Refused(
            "rows of the masked snapshot were edited by hand: what they hold was not masked",
            hint=_AGAIN,
        )
    if policy_hash is not None and masked.policy != policy_hash:
        raise Refused(
            f"the snapshot was masked by another policy: {masked.policy[:12]}, not "
            f"{policy_hash[:12]}",
            hint=f"{_AGAIN}, or name the policy that it was made by",
        )


def refuse_unmasked(
    place: Directory, manifest: Manifest, required: bool, policy: str | Path | None = None
) -> None:
    """The same if it is `required`, or a policy's file is named. Refused names the snapshot.

    Raises UsageError for a file that is no policy.
    """
    if not required and policy is None:
        return
    wanted = None if policy is None else _hash_of(policy)
    try:
        demand_masked(manifest, wanted)
    except Refused as error:
        raise Refused(f"{place}: {error.message}", error.hint) from None


def _hash_of(policy: str | Path) -> str:
    try:
        from snapshot.masking.policy import policy_hash
    except ImportError as error:
        if (error.name or "").startswith("snapshot"):
            raise
        raise Refused(
            f"a policy cannot be read without {error.name}", hint=how_to_install("masking")
        ) from error
    return policy_hash(policy)

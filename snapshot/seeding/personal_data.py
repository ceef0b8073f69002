"""Made-up personal data: columns that must not look real, and Faker, seeded."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from snapshot.errors import UsageError, how_to_install

SENSITIVE = frozenset(
    {"ssn", "social_security", "social_security_number", "real_email", "real_name", "real_phone"}
)


def faker_for(locale: str, providers: Iterable[Any], stream: random.Random) -> Any:
    """A Faker that draws from a stream."""
    try:
        from faker.factory import Factory
    except ImportError as error:
        raise UsageError("Faker is not installed", hint=how_to_install("seeding")) from error
    fake = Factory.create(locale, use_weighting=False)
    fake.random = stream
    for provider in providers:
        fake.add_provider(provider)
    return fake


def faker_version() -> str:
    """The version of Faker that is installed, which decides what names and texts look like."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("faker")
    except PackageNotFoundError:
        return "none"

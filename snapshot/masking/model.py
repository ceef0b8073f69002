"""What a mask is, and what it is told of the column that it is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

import pyarrow as pa

from snapshot.catalog import Name
from snapshot.masking.vocabulary import Vocabulary


class Search(Enum):
    """How the leak scan looks for the originals of a column."""

    SUBSTRING = "substring"  # anywhere in the bytes that are written
    SHARED = "shared"  # the same, but one value's result may be another's original
    PARTS = "parts"  # of a text that stays: the addresses and numbers in it
    INNER = "inner"  # the masks of its parts hand in what they are given
    FIELD = "field"  # values of several words, as whole words: single ones occur by chance
    OFF = "off"  # results lie in the same range as originals: dates, small numbers


@dataclass(frozen=True)
class Target:
    """The column that a mask is for. Its type is without domain, array and modifier."""

    table: Name
    column: str
    type: str  # as format_type() names it: text, character varying, integer, jsonb, …
    length: int | None = None  # characters of varchar(n), char(n), bit(n)
    scale: int | None = None  # of numeric(p, s)
    precision: int | None = None
    labels: tuple[str, ...] = ()  # of an enum
    unique: bool = False  # alone in a unique index, or in one with others
    meaning: str = ""  # what its key is derived from: columns of one meaning get equal pseudonyms
    subject: str = ""  # the same of the column that `by` names
    padded: int | None = None  # the n of a column of char(n): values have blanks up to there
    in_text: bool = False  # the column is a text that refers to integers
    narrow: tuple[str, ...] = ()  # of integers: narrower types of other columns of the class
    locale: str = "en"
    names: Vocabulary | None = field(default=None, repr=False, compare=False)  # not to be in texts


@dataclass(frozen=True)
class Rule:
    """What the policy says of a column: a mask, and its options. `line` is where it says so."""

    mask: str
    options: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


Watch = Callable[[pa.StringArray, pa.StringArray, Search], None]

# Who wants to know originals and results of parts of values that are masked in this thread.
watching: ContextVar[Watch | None] = ContextVar("watching", default=None)


class Mask(Protocol):
    """Values become others. Equal values become equal ones, on every machine, in any order.

    Values are Arrow strings as the server's output functions write them (not escaped for COPY).
    NULL stays NULL, '' stays ''. A value that the mask cannot read never comes back as it was.
    """

    @property
    def injective(self) -> bool:
        """Different values stay different: by construction, or but for chance (`bits`)."""

    @property
    def bits(self) -> float | None:
        """log2 of how many results there are where chance decides, else None."""

    @property
    def search(self) -> Search:
        """How its originals are looked for."""

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The masked values. `row` holds the originals of all columns of the same rows."""

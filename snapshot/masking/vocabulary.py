"""Names that stand in columns of the database, to be taken out of its texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

SHORTEST = 3  # letters of a name that is looked for
LONG = 6  # letters of a name that goes in small letters too
SHORTEST_OTHER = 4  # letters and digits of another value
# scripts whose characters are syllables or words, some without spaces between them
_DENSE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_GLUED = re.compile(f"[{_DENSE}]{{2,}}")
_LONGEST_GLUED = 6  # characters of a name in such a script


def _marks() -> str:
    """The combining marks of the basic plane: `\\w` has none of them, and names have."""
    found = [c for c in map(chr, range(0x300, 0xFFFF)) if unicodedata.category(c) in ("Mn", "Mc")]
    return "".join(found)


_WORD = re.compile(rf"(?:[^\W_][{_marks()}]*)+")
_ENDING = r"(?:s|es|[0-9]+)$"  # of a genitive, or a login made of a name
_FOLDS = {"ß": "ss", "ς": "σ"}  # beyond small letters; what else casefold() does is rare
_BETWEEN = r"[^\p{L}\p{N}\p{M}]+"  # the same for RE2
_SHOWN = "[name]"


def _folded(word: str) -> str:
    folded = unicodedata.normalize("NFC", word).lower()
    for letter, plain in _FOLDS.items():
        folded = folded.replace(letter, plain)
    return folded


def _is_dense(word: str) -> bool:
    return re.fullmatch(f"[{_DENSE}]+", word) is not None


class Vocabulary:
    """Words and phrases, looked for without regard to case, marks' form and endings.

    A short word that columns write with a capital only is left where a text writes it small, unless
    another name stands beside it: `young` is no `Young`.
    """

    def __init__(self) -> None:
        self._words: dict[str, bool] = {}  # folded; whether some column has it small
        self._phrases: dict[str, set[tuple[str, ...]]] = {}  # by their first word

    def add_names(self, values: Iterable[str | None]) -> None:
        """Names of people: each word of them counts."""
        for value in values:
            for word in _WORD.findall(value or ""):
                if len(word) >= SHORTEST or _is_dense(word):
                    self._add(word)

    def add_values(self, values: Iterable[str | None]) -> None:
        """Other values: they count as a whole."""
        for value in values:
            words = _WORD.findall(value or "")
            letters = sum(len(word) * (2 if _is_dense(word) else 1) for word in words)
            if not value or letters < SHORTEST_OTHER or (value.isascii() and value.isdigit()):
                continue
            if len(words) == 1:
                self._add(words[0])
            else:
                folded = tuple(map(_folded, words))
                self._phrases.setdefault(folded[0], set()).add(folded)

    def _add(self, word: str) -> None:
        folded = _folded(word)
        self._words[folded] = self._words.get(folded, False) or word == word.lower()

    def __bool__(self) -> bool:
        return bool(self._words or self._phrases)

    @cached_property
    def _known(self) -> pa.Array:
        return pa.array(sorted({*self._words, *self._phrases}), pa.string())

    @cached_property
    def _has_glued(self) -> bool:
        return any(map(_GLUED.fullmatch, self._words))

    def without(self, values: pa.StringArray) -> pa.StringArray:
        """The texts without the words and phrases."""
        words = pc.ascii_split_whitespace(values)
        each = pc.list_flatten(words).dictionary_encode()
        found = self._holds_name(each.dictionary).take(each.indices)
        rows = set(pc.list_parent_indices(words).filter(found).to_pylist())
        if self._has_glued:
            glued = pc.match_substring_regex(values, _GLUED.pattern)
            rows |= set(pc.indices_nonzero(pc.fill_null(glued, False)).to_pylist())
        if not rows:
            return values
        texts = {row: self._cleaned(values[row].as_py()) for row in sorted(rows)}
        where = pa.array([row in texts for row in range(len(values))])
        return pc.replace_with_mask(values, where, pa.array([*texts.values()], pa.string()))

    def _holds_name(self, words: pa.StringArray) -> pa.BooleanArray:
        """Whether a known word, with an ending or not, is in each of these."""
        parts = pc.split_pattern_regex(words, _BETWEEN)
        folded = pc.utf8_lower(pc.utf8_normalize(pc.list_flatten(parts), "NFC"))
        for letter, plain in _FOLDS.items():
            folded = pc.replace_substring(folded, letter, plain)
        known = pc.or_(
            pc.is_in(folded, self._known),
            pc.is_in(pc.replace_substring_regex(folded, _ENDING, ""), self._known),
        )
        holding = pc.list_parent_indices(parts).filter(known)
        return pc.is_in(pa.array(range(len(words)), holding.type), holding)

    def _cleaned(self, text: str) -> str:
        parts, end = [], 0
        for start, stop in sorted(self._spans(text)):
            if start >= end:
                parts += [text[end:start], _SHOWN]
            end = max(end, stop)
        return "".join([*parts, text[end:]])

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        found = [(match, _folded(match[0])) for match in _WORD.finditer(text)]
        named = [self._name(word) for _, word in found]
        for place, (match, word) in enumerate(found):
            if named[place] is not None:
                small = match[0] == match[0].lower()
                beside = any(
                    name is not None
                    for name in named[max(place - 1, 0) : place] + named[place + 1 : place + 2]
                )
                if named[place] or not small or beside or len(word) >= LONG:
                    yield match.span()
            for phrase in self._phrases.get(word, ()):
                end = place + len(phrase)
                if tuple(word for _, word in found[place:end]) == phrase:
                    yield match.start(), found[end - 1][0].end()
        if self._has_glued:
            for match in _GLUED.finditer(text):
                yield from self._glued(match[0], match.start())

    def _name(self, word: str) -> bool | None:
        """Whether some column has this name small; None if none has it, with an ending or not."""
        known = self._words.get(word)
        return self._words.get(re.sub(_ENDING, "", word)) if known is None else known

    def _glued(self, run: str, start: int) -> Iterator[tuple[int, int]]:
        for size in range(min(len(run), _LONGEST_GLUED), 1, -1):
            for at in range(len(run) - size + 1):
                if run[at : at + size] in self._words:
                    yield start + at, start + at + size

"""What samples of a table said: shares and counts, and the key paths of JSON. No value is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from snapshot.masking.choices import SUBSTANTIAL, family_of
from snapshot.masking.json_paths import places_of
from snapshot.masking.recognition import Evidence, evidence_of
from snapshot.postgres.samples import SEPARATOR, Sample, TableFacts


@dataclass(frozen=True)
class Look:
    """What the samples of a table said: evidence by column, and the places of JSON documents."""

    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, Evidence]] = field(default_factory=dict)
    kinds: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)


def look_at(facts: TableFacts, sample: Sample) -> Look:
    """What values say. They are not kept."""
    evidence = {}
    places: dict[str, dict[str, Evidence]] = {}
    kinds: dict[tuple[str, str], frozenset[str]] = {}

    def read_places(name: str, values: Sequence[str]) -> None:
        for path, place in places_of(values).items():
            places.setdefault(name, {})[path] = evidence_of(place.values)
            kinds[name, path] = frozenset(place.kinds)

    for name, values in sample.items():
        column = facts.columns[name]
        if family_of(column) == "json" and not column.array:
            read_places(name, values)
        elif column.array:
            elements = [e for value in values for e in value.split(SEPARATOR) if e]
            evidence[name] = evidence_of(elements)
        else:
            evidence[name] = evidence_of(values)
            if evidence[name].shares.get("json", 0) >= SUBSTANTIAL:
                read_places(name, values)
    return Look(evidence, places, kinds)

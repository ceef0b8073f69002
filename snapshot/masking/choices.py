"""Which mask a column is proposed: by its name, type, comment and values, in this order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from snapshot.masking.policy_text import UNSURE
from snapshot.masking.recognition import Evidence
from snapshot.masking.words import is_category, is_technical, meaning_of, words_of
from snapshot.postgres.samples import ColumnFacts

SUBSTANTIAL = 0.8  # share of the values that decides
TRACE = 0.01  # share of the values that must not be overlooked

FAMILIES: dict[str, str] = {
    "text": "text", "character varying": "text", "character": "text", "name": "text",
    '"char"': "character", "boolean": "boolean", "uuid": "uuid", "bytea": "bytes",
    "smallint": "integer", "integer": "integer", "bigint": "integer",
    "numeric": "number", "real": "number", "double precision": "number", "money": "number",
    "date": "day", "timestamp without time zone": "day", "timestamp with time zone": "day",
    "daterange": "day range", "tsrange": "day range", "tstzrange": "day range",
    "datemultirange": "day range", "tsmultirange": "day range", "tstzmultirange": "day range",
    "time without time zone": "time", "time with time zone": "time", "interval": "time",
    "int4range": "number range", "int8range": "number range", "numrange": "number range",
    "int4multirange": "number range", "int8multirange": "number range",
    "nummultirange": "number range",
    "inet": "ip", "cidr": "ip", "macaddr": "mac", "macaddr8": "mac",
    "json": "json", "jsonb": "json", "xml": "xml", "tsvector": "search", "tsquery": "search",
    "bit": "bits", "bit varying": "bits", "oid": "system", "pg_lsn": "system", "xid": "system",
    "xid8": "system", "cid": "system", "tid": "system", "regclass": "system",
    "regtype": "system", "txid_snapshot": "system", "pg_snapshot": "system",
    "point": "shape", "line": "shape", "lseg": "shape", "box": "shape", "path": "shape",
    "polygon": "shape", "circle": "shape",
}  # fmt: skip
_EXTENSIONS = {"citext": "text", "hstore": "hstore"}

# What the name of a text column means for its mask, and how the reason calls it.
_TEXT_MASKS: dict[str, Any] = {
    "password": {"mask": "constant", "value": "!"}, "secret": "token", "email": "email",
    "ip": "ip", "mac": "mac", "iban": "iban", "card": "card", "digits": "digits", "ssn": "ssn",
    "code": "code", "zip": "code", "phone": "phone", "birth": "digits", "pay": "digits",
    "first_name": "first_name", "last_name": "last_name", "name": "name", "person": "name",
    "username": "username", "account": "username", "user_agent": "token", "url": "url",
    "picture": "path", "path": "path", "hostname": "hostname", "slug": "slug",
    "company": "company", "street": "street", "city": "city", "geo": "redact",
    "free_text": "redact", "secret value": "token",
}  # fmt: skip
_CALLED = {
    "email": "an e-mail address", "ip": "an IP address", "mac": "a MAC address",
    "iban": "an IBAN", "card": "a card", "digits": "an account", "ssn": "a social security number",
    "code": "a number of a person or thing", "zip": "a postal code", "phone": "a phone number",
    "birth": "a date of birth", "pay": "an income", "first_name": "a first name",
    "last_name": "a last name", "name": "a person's name", "person": "a person",
    "username": "a user", "account": "a user", "user_agent": "a browser", "url": "an address in "
    "the web", "picture": "a picture", "path": "a file", "hostname": "a host", "slug": "a slug",
    "company": "a company", "street": "an address", "city": "a place", "geo": "a location",
    "free_text": "free text", "password": "a password", "secret": "a secret",
    "event_day": "a day in a person's life", "plain_name": "a name",
}  # fmt: skip
_VALUE_KINDS = ("email", "iban", "card", "ssn", "mac", "ip", "url", "phone")
_KINDS_CALLED = {
    "email": "e-mail addresses", "iban": "IBANs", "card": "card numbers",
    "ssn": "social security numbers", "mac": "MAC addresses", "ip": "IP addresses",
    "url": "addresses in the web", "phone": "phone numbers", "uuid": "UUIDs",
    "secret": "drawn at random", "birth": "dates that lie as dates of birth do",
}  # fmt: skip
# What the values must be like, or the name is not believed: a kind of recognition.KINDS.
_MUST_BE = {
    "email": "at", "phone": "number", "iban": "number", "card": "number", "ssn": "number",
    "ip": "ip", "mac": "mac", "url": "link", "zip": "character", "birth": "numeral",
}  # fmt: skip
_LISTS = frozenset(("name", "first_name", "last_name", "company", "street", "city"))
# Different values may become equal: never on a unique column.
_COLLAPSING = _LISTS | {"redact", "constant", "year", "noise", "shift", "null"}


# The columns of a table of kinds that name them.
_LOOKED_UP = (("name",), ("code",), ("title",), ("label",), ("country",), ("language",))


class Proposal(NamedTuple):
    """A rule as it stands in the policy, how sure it is, and why."""

    rule: Any  # the name of a mask, or a table with its options
    confidence: str  # sure, likely, guess, unsure
    reason: str

    @property
    def mask(self) -> str:
        """The name of the mask."""
        return mask_of(self.rule)


def mask_of(rule: Any) -> str:
    """The name of the mask in a rule."""
    return str(rule.get("mask", UNSURE)) if isinstance(rule, Mapping) else str(rule)


@dataclass(frozen=True)
class Surroundings:
    """What the table says of a column."""

    people: bool = False  # its rows are people
    organisations: bool = False
    lookup: bool = False  # its rows are kinds: countries, languages
    key: bool = False  # the column is in the primary key
    subject: str | None = None  # the column that says whose row it is


def family_of(facts: ColumnFacts) -> str:
    """The kind of type that decides which masks there are; "unknown" if we do not know it."""
    if facts.kind == "e":
        return "enum"
    if facts.kind == "c":
        return "composite"
    if facts.extension_type in _EXTENSIONS:
        return _EXTENSIONS[facts.extension_type]
    return FAMILIES.get(facts.type, "unknown") if facts.known else "unknown"


def choose(facts: ColumnFacts, evidence: Evidence, around: Surroundings) -> Proposal:
    """The rule that a column is proposed."""
    family = family_of(facts)
    if family == "text":
        found = _of_text(facts, evidence, around)
    elif family in ("integer", "number"):
        found = _of_number(facts, evidence, around)
    elif family in ("day", "day range"):
        found = _of_day(facts, evidence, around)
    elif family == "uuid":
        found = _of_uuid(facts, around)
    else:
        found = _of_type(family, facts)
    return _fitting(found, facts, family)


# --- texts


def _of_text(facts: ColumnFacts, evidence: Evidence, around: Surroundings) -> Proposal:
    meaning = meaning_of(facts.name)
    if meaning == "slug" and not (around.people or around.organisations):
        return Proposal("keep", "guess", "the slug of a thing")
    if meaning == "plain_name":
        named = _of_plain_name(around)
    else:
        named = _of_meaning(meaning, evidence, "name")
    if named:
        return named
    if around.key and facts.name.lower().endswith("id") and evidence.shares.get("uuid", 0) > 0.9:
        return Proposal("keep", "likely", "a surrogate key")
    commented = _of_comment(facts, evidence)
    return commented or _of_values(facts, evidence, around)


def _of_meaning(meaning: str | None, evidence: Evidence, source: str) -> Proposal | None:
    """What a name or comment says, unless the values contradict it."""
    if meaning not in _TEXT_MASKS:
        return None
    must = _MUST_BE.get(meaning)
    if must and evidence.values >= 5 and evidence.shares.get(must, 0) < 0.2:
        return None
    mask = _TEXT_MASKS[meaning]
    seen = evidence.shares.get(meaning, 0)
    if evidence.values >= 5 and meaning in ("iban", "card", "ssn") and seen < SUBSTANTIAL:
        mask = "code"  # letters and digits keep their places
    if meaning in ("person", "name", "account", "username") and evidence.values >= 5:
        mask = _by_kind(evidence) or mask
    if meaning == "birth" and evidence.shares.get("day", 0) >= SUBSTANTIAL:
        mask = "year"
    if meaning == "picture" and evidence.shares.get("url", 0) >= SUBSTANTIAL:
        mask = "url"
    weak = meaning in ("person", "account", "user_agent", "picture", "geo", "hostname", "slug")
    confidence = "guess" if weak else "sure" if source == "name" else "likely"
    return Proposal(mask, confidence, f"its {source} says {_CALLED[meaning]}")


def _by_kind(evidence: Evidence) -> str | None:
    """The mask of what nearly all values are."""
    for kind in _VALUE_KINDS:
        if evidence.shares.get(kind, 0) >= SUBSTANTIAL:
            return kind
    return None


def _of_plain_name(around: Surroundings) -> Proposal | None:
    """A column that is called name, in a table of companies, of people, or of something else."""
    if around.organisations:
        return Proposal("company", "likely", "the name of a company, as its table says")
    if around.people:
        return Proposal("name", "likely", "the name of a person, as its table says")
    return None


def _of_comment(facts: ColumnFacts, evidence: Evidence) -> Proposal | None:
    if not facts.comment:
        return None
    found = _of_meaning(meaning_of(facts.comment), evidence, "comment")
    if found is None and set(words_of(facts.comment)) & {"personal", "pii", "phi", "gdpr", "dsgvo"}:
        return Proposal(UNSURE, "unsure", "its comment says that it is personal")
    return found


def _of_values(facts: ColumnFacts, evidence: Evidence, around: Surroundings) -> Proposal:
    """What the values say: their kind, what is in them, how few there are."""
    if not evidence.values:
        if is_category(facts.name):
            return Proposal("keep", "guess", "its name says a kind or a state")
        return Proposal(UNSURE, "unsure", "there are no values to look at")
    return (
        _of_kind(evidence)
        or _of_contents(evidence)
        or _of_category(facts, evidence, around)
        or _of_rest(facts, evidence)
    )


def _of_kind(evidence: Evidence) -> Proposal | None:
    for kind, called in _KINDS_CALLED.items():
        share = evidence.shares.get(kind, 0)
        if share >= SUBSTANTIAL and evidence.values >= 3:
            mask = {"uuid": "token", "secret": "token", "birth": "year"}.get(kind, kind)
            confidence = "guess" if kind in ("phone", "birth", "secret") else "sure"
            reason = f"{share:.0%} of {evidence.values} sampled values are {called}"
            return Proposal(mask, confidence, reason)
    return None


def _of_contents(evidence: Evidence) -> Proposal | None:
    shares = evidence.shares
    if shares.get("json", 0) >= SUBSTANTIAL:
        return Proposal("json", "likely", "JSON; the rules of its keys stand below")
    if max(shares.get("personal", 0), shares.get("email", 0)) >= TRACE:
        return Proposal("redact", "likely", "some values hold e-mail addresses or phone numbers")
    if evidence.words >= 5:
        return Proposal("redact", "likely", f"free text: {evidence.words:.0f} words on average")
    return None


def _of_category(facts: ColumnFacts, evidence: Evidence, around: Surroundings) -> Proposal | None:
    if evidence.shares.get("digits"):
        return None
    if around.lookup and evidence.longest <= 60 and words_of(facts.name)[-1:] in _LOOKED_UP:
        return Proposal("keep", "guess", "its table lists kinds")
    if evidence.shares.get("person"):
        return None
    named = is_category(facts.name)
    if evidence.few and (evidence.lower >= 0.9 or named):
        counted = f"{evidence.distinct} different of {evidence.values} sampled values"
        return Proposal("keep", "likely", counted)
    if named and evidence.distinct <= 50:
        return Proposal("keep", "guess", "its name says a kind or a state")
    return None


def _of_rest(facts: ColumnFacts, evidence: Evidence) -> Proposal:
    if evidence.shares.get("day", 0) >= SUBSTANTIAL:
        if is_technical(facts.name):
            return Proposal("keep", "guess", "a time of the row")
        return Proposal("digits", "guess", "dates")
    if evidence.shares.get("person", 0) >= 0.5:
        return Proposal(UNSURE, "unsure", "words with capitals: they may be names")
    counted = f"{evidence.distinct} different of {evidence.values} sampled values"
    return Proposal(UNSURE, "unsure", f"{counted}, of no known kind")


# --- numbers, days, ids


def _by(rule: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    return rule | ({"by": around.subject} if around.subject else {})


def _of_number(facts: ColumnFacts, evidence: Evidence, around: Surroundings) -> Proposal:
    meaning = meaning_of(facts.name)
    words = words_of(facts.name)
    whole = family_of(facts) == "integer"
    if meaning in ("phone", "digits", "code", "ssn", "zip", "card", "iban"):
        if whole:
            return Proposal("integer", "sure", f"its name says {_CALLED[meaning]}")
        return Proposal(UNSURE, "unsure", f"its name says {_CALLED[meaning]}, its type a quantity")
    if meaning == "pay" and facts.type == "money":
        return Proposal(UNSURE, "unsure", "an income, of type money")
    if meaning == "pay":
        return Proposal(_by({"mask": "noise", "part": 0.1}, around), "sure", "an income")
    if meaning == "geo":
        rule = _by({"mask": "noise", "part": 0.01}, around)
        return Proposal(rule, "likely", "a location")
    if meaning == "birth" and whole:
        return Proposal(_by({"mask": "noise", "part": 0.002}, around), "guess", "a year of birth")
    if around.key or words[-1:] == ("id",):
        return Proposal("keep", "sure" if around.key else "likely", "a surrogate key")
    long = evidence.values >= 8 and evidence.shares.get("digits", 0) >= SUBSTANTIAL
    if long and evidence.distinct * 2 > evidence.values:
        return Proposal(UNSURE, "unsure", "long numbers that are no key")
    return Proposal("keep", "likely", "a number")


def _of_day(facts: ColumnFacts, evidence: Evidence, around: Surroundings) -> Proposal:
    meaning = meaning_of(facts.name)
    day = family_of(facts) == "day"
    if facts.partition_key:
        return Proposal("keep", "likely", "a key of partitions: rows must stay in their bounds")
    if meaning == "birth" and day:
        return Proposal("year", "sure", "its name says a date of birth")
    if facts.comment and meaning_of(facts.comment) == "birth" and day:
        return Proposal("year", "likely", "its comment says a date of birth")
    if facts.excluded:
        return Proposal(UNSURE, "unsure", "in an exclusion constraint: shift it by what is equal")
    if meaning != "event_day":
        if facts.type == "date" and evidence.shares.get("birth", 0) >= SUBSTANTIAL:
            return Proposal("year", "likely", "the values lie as dates of birth do")
        if is_technical(facts.name) or not around.subject:
            return Proposal("keep", "likely", "a time of the row")
    if not around.subject:
        return Proposal(UNSURE, "unsure", "a day in a person's life, and no column says whose")
    shift = {"mask": "shift", "days": 30, "by": around.subject}
    if meaning == "event_day":
        return Proposal(shift, "likely", "a day in a person's life")
    return Proposal(shift, "guess", "a time in a row about a person")


def _of_uuid(facts: ColumnFacts, around: Surroundings) -> Proposal:
    if meaning_of(facts.name) in ("secret", "password", "code"):
        return Proposal("uuid", "sure", "its name says a secret or a number of a person")
    if around.key or words_of(facts.name)[-1:] == ("id",):
        return Proposal("keep", "sure" if around.key else "likely", "a surrogate key")
    return Proposal("uuid", "guess", "a UUID that is no key")


_OF_TYPE: dict[str, Proposal] = {
    "enum": Proposal("keep", "sure", "an enum"),
    "boolean": Proposal("keep", "sure", "true or false"),
    "character": Proposal("keep", "likely", "a single character"),
    "time": Proposal("keep", "likely", "a time of day or a span of time"),
    "number range": Proposal("keep", "likely", "numbers"),
    "system": Proposal("keep", "likely", "a number of the server's"),
    "bits": Proposal("keep", "guess", "bits"),
    "ip": Proposal("ip", "sure", "its type"),
    "mac": Proposal("mac", "sure", "its type"),
    "bytes": Proposal("blank", "sure", "a file, or a part of one"),
    "json": Proposal("json", "sure", "its type; the rules of its keys stand below"),
    "xml": Proposal("xml", "likely", "its type"),
    # keys may be data too
    "hstore": Proposal({"mask": "hstore", "keys": "token", "values": "token"}, "guess", "its type"),
    "composite": Proposal(UNSURE, "unsure", "a composite type"),
}


def _of_type(family: str, facts: ColumnFacts) -> Proposal:
    if family in ("search", "shape"):
        what = "made of other columns" if family == "search" else "a place or a shape"
        if facts.not_null:
            return Proposal(UNSURE, "unsure", f"{what}, and NOT NULL")
        return Proposal("null", "likely", what)
    return _OF_TYPE.get(family, Proposal(UNSURE, "unsure", "a type that is not known"))


# --- what the column allows


def _fitting(found: Proposal, facts: ColumnFacts, family: str) -> Proposal:
    """The same rule if the column's constraints allow it, else one that they do."""
    mask = found.mask
    if facts.array and family in ("json", "xml", "hstore"):
        return Proposal(UNSURE, "unsure", f"an array of {facts.type}")
    if facts.partition_key and mask not in ("keep", UNSURE):
        return Proposal(UNSURE, "unsure", f"{found.reason}, and it is a key of partitions")
    if not facts.unique_index or mask not in _COLLAPSING:
        return found
    unique = f"{found.reason}; unique"
    if family == "text":
        return Proposal("token", found.confidence, unique)
    if family == "integer":
        return Proposal("integer", found.confidence, unique)
    return Proposal(UNSURE, "unsure", unique)

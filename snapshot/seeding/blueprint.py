"""The description of an application's data: parameters, profiles, rules and checks."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from snapshot.catalog import Name
from snapshot.errors import BlueprintError, UsageError
from snapshot.seeding.parameters import check_class, checked_parameter
from snapshot.seeding.personal_data import SENSITIVE
from snapshot.seeding.texts import Texts

Body = Callable[..., Generator[Mapping[str, Any], Any, None]]
# A table's name, or a mapped class of SQLAlchemy, of which only __table__.fullname is read.
TableLike = Any


@dataclass(frozen=True)
class Chance:
    """`then` rows with this probability, else none. The server decides."""

    probability: float | str
    then: Need = 1


@dataclass(frozen=True)
class Between:
    """Any whole number from `low` to `high`. The server decides.

    If `skewed`, most are small: half of them lie in the lowest eighth.
    """

    low: int | str
    high: int | str
    skewed: bool = False


@dataclass(frozen=True)
class UpTo:
    """As many rows as `need` says, or fewer if no more are possible."""

    need: Need


# A number, the name of a parameter, one of the above, or a function of the parent (and r).
Need = int | str | Chance | Between | UpTo | Callable[..., int]


def chance(probability: float | str, then: Need = 1) -> Chance:
    """Need `then` rows for that share of the parents, and none for the others.

    The seed, the rule and the parent alone decide which parents those are. A number may be the name
    of a parameter.
    """
    return Chance(probability, then)


def between(low: int | str, high: int | str) -> Between:
    """Need between `low` and `high` rows, both included."""
    return Between(low, high)


def long_tail(low: int | str, high: int | str) -> Between:
    """Need between `low` and `high` rows: most parents few of them, few parents many."""
    return Between(low, high, skewed=True)


def up_to(need: Need) -> UpTo:
    """Need this many rows, or fewer if the body has no more."""
    return UpTo(need)


@dataclass(frozen=True)
class Rule:
    """How many children each parent has at least, and the body that makes them."""

    name: str
    table: str
    body: Body
    each: str | None = None
    need: Need = 1
    total: int | str | None = None
    where: str | None = None
    counting: str | None = None
    kind: Mapping[str, Any] = field(default_factory=dict)
    on: Mapping[str, str] | None = None
    distinct: tuple[tuple[str, ...] | frozenset[str], ...] = ()
    when: str | None = None
    title: str = ""
    tier: str | None = None
    reads: tuple[str, ...] = ()  # tables and views whose rows the body gets, by argument name
    place: str = ""  # file:line

    @property
    def limited(self) -> bool:
        """It is an error if a body has too few rows."""
        return not isinstance(self.need, UpTo)

    def mistake(self, message: str, hint: str) -> BlueprintError:
        """The error for a fault of this rule."""
        return BlueprintError(f"{self.place}: rule {self.name}: {message}", hint=hint)


class View(NamedTuple):
    """Some rows of a table, under a name."""

    name: str
    table: str
    where: str


class Check(NamedTuple):
    """A query that finds faulty rows."""

    title: str
    query: str


class Link(NamedTuple):
    """A foreign key that the schema does not declare."""

    table: str
    columns: tuple[str, ...]
    referenced: str
    referenced_columns: tuple[str, ...]


class Requirement(NamedTuple):
    """A table that must hold rows before anything is seeded."""

    table: str
    hint: str


class Profile(NamedTuple):
    """Parameters under a name."""

    name: str
    parameters: Any
    about: str


class Blueprint:
    """One application's data.

    `parameters` is a dataclass of int, float, bool, str and tuple[str, ...] fields with defaults.
    `tenant` is the column that names a row's tenant: bodies then get only rows of their parent's
    tenant, and new rows get it without being told. `schema` is an SQL file in the blueprint's
    folder; it creates the tables in a database that has none. `sensitive` are names of columns that
    no rule may fill, besides the built-in ones. `allow` are columns, as "table.column", whose
    values are no personal data although they look so.
    """

    def __init__(  # noqa: PLR0913  # what holds for all rules
        self,
        name: str,
        parameters: type[Any],
        *,
        tenant: str | None = None,
        schema: str | None = None,
        locale: str = "en_US",
        sensitive: Collection[str] = (),
        allow: Collection[str] = (),
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.tenant = tenant
        self.locale = locale
        self.sensitive = SENSITIVE | {name.lower() for name in _names(sensitive)}
        self.allow = frozenset(_names(allow))
        frame = inspect.stack()[1]
        self.file = Path(frame.filename)
        check_class(parameters, f"{self.file.name}:{frame.lineno}")
        self.about = inspect.cleandoc(frame.frame.f_globals.get("__doc__") or name).splitlines()[0]
        self.schema = self.file.parent / schema if schema else None
        self.profiles: dict[str, Profile] = {}
        self.rules: list[Rule] = []
        self.views: dict[str, View] = {}
        self.checks: list[Check] = []
        self.links: list[Link] = []
        self.requirements: list[Requirement] = []
        self.providers: list[Any] = []
        self.text_files: list[Path] = []
        self._tier: str | None = None

    def allows(self, table: Name, column: str) -> bool:
        """Whether the values of a column are no personal data, whatever they look like."""
        return not self.allow.isdisjoint(
            (f"{table.name}.{column}", f"{table.schema}.{table.name}.{column}")
        )

    def profile(self, name: str, parameters: Any, about: str = "") -> None:
        """Give parameters a name."""
        self.profiles[name] = Profile(name, parameters, about)

    def view(self, name: str, table: TableLike, where: str) -> None:
        """Give a name to the rows of a table for which an SQL condition holds."""
        self.views[name] = View(name, _table_name(table), where)

    def check(self, title: str, query: str) -> None:
        """Rows that this query returns are faults. Their first columns are shown."""
        self.checks.append(Check(title, query))

    def link(
        self,
        table: TableLike,
        columns: str | Sequence[str],
        referenced: TableLike,
        referenced_columns: str | Sequence[str],
    ) -> None:
        """Treat columns as a foreign key although the schema declares none."""
        self.links.append(
            Link(
                _table_name(table),
                _names(columns),
                _table_name(referenced),
                _names(referenced_columns),
            )
        )

    def require(self, table: TableLike, hint: str) -> None:
        """Refuse to run while a table is empty. `hint` says how to fill it."""
        self.requirements.append(Requirement(_table_name(table), hint))

    def provider(self, provider: Any) -> Any:
        """Add a Faker provider, whose methods r.fake then has. Also works as a decorator."""
        self.providers.append(provider)
        return provider

    def texts(self, file: str) -> Texts:
        """The texts of a file in the blueprint's folder, for r.text()."""
        path = self.file.parent / file
        self.text_files.append(path)
        return Texts(path)

    def tier(self, title: str) -> None:
        """Begin a tier: the rules that follow belong to it. Rules before it are the base data."""
        self._tier = title

    def fill(  # noqa: PLR0913  # a rule's parts
        self,
        table: TableLike,
        *,
        each: TableLike | None = None,
        need: Need = 1,
        total: int | str | None = None,
        where: str | None = None,
        counting: str | None = None,
        kind: Mapping[str, Any] | None = None,
        on: Mapping[str, str] | None = None,
        distinct: Sequence[Any] = (),
        when: str | None = None,
        title: str | None = None,
    ) -> Callable[[Body], Body]:
        """Add a rule. The decorated generator yields the ideal rows of one parent, in order.

        `each` is the parent: a table, a view, or a parameter that is a tuple of names. Without it
        the whole table is one parent. `need` is how many rows each parent must have; `total` is how
        many there must be altogether, dealt evenly. `where` is an SQL condition on parents,
        `counting` one on children. `kind` are columns with values: they are written, and only rows
        that have them count. `on` maps columns of the child to columns of the parent, if the
        foreign keys leave a choice. `distinct` are columns that must differ besides the table's own
        unique keys: a tuple is ordered, a set is not. `when` names a bool parameter that switches
        the rule on or off. The body's arguments are the parent (if `each`), `r` (randomness, see
        Rand), and tables or views whose rows it reads.
        """

        name = _table_name(table)
        rule = Rule(
            name="",
            table=name,
            body=_no_body,
            each=None if each is None else _table_name(each),
            need=need,
            total=total,
            where=where,
            counting=counting,
            kind=dict(kind or {}),
            on=on,
            distinct=tuple(_distinct(columns) for columns in distinct),
            when=when,
            title=title or _title(name),
            tier=self._tier,
        )
        return lambda body: self._add(rule, body)

    def _add(self, rule: Rule, body: Body) -> Body:
        code = body.__code__
        place = f"{Path(code.co_filename).name}:{code.co_firstlineno}"
        rule = dataclasses.replace(rule, name=body.__name__, body=body, place=place)
        reads = _reads(rule, list(inspect.signature(body).parameters))
        self.rules.append(dataclasses.replace(rule, reads=reads))
        return body


def _no_body(*_: Any) -> Generator[Mapping[str, Any], Any, None]:
    """Stands for the body that is not known yet."""
    yield {}


def parameters_of(
    blueprint: Blueprint, profile: str | None, given: Mapping[str, Any], stored: Any = None
) -> Any:
    """The parameters of a run: those given, else the profile's, else the stored, else defaults.

    Raises UsageError for an unknown profile or parameter, and for a value that does not fit.
    """
    if profile is not None and profile not in blueprint.profiles:
        raise UsageError(
            f"{blueprint.name} has no profile {profile}",
            hint=f"its profiles: {', '.join(blueprint.profiles) or 'none'}",
        )
    base = blueprint.profiles[profile].parameters if profile else stored or blueprint.parameters()
    fields = {f.name: f for f in dataclasses.fields(blueprint.parameters)}
    values = {}
    for name, value in given.items():
        if name not in fields:
            raise UsageError(
                f"{blueprint.name} has no parameter {name}",
                hint=f"its parameters: {', '.join(fields)}",
            )
        values[name] = checked_parameter(fields[name], value)
    try:
        return dataclasses.replace(base, **values)
    except (TypeError, ValueError) as error:  # the class has a check of its own
        raise UsageError(
            f"{blueprint.name} does not take these parameters: {error}", hint="give others"
        ) from error


def stable_order(rules: Sequence[Rule], depends: Callable[[Rule, Rule], bool]) -> list[Rule]:
    """The rules, each after those it depends on; otherwise in the order of declaration.

    Raises BlueprintError for a cycle.
    """
    waiting = list(rules)
    ordered: list[Rule] = []
    while waiting:
        ready = next(
            (
                rule
                for rule in waiting
                if not any(depends(rule, o) for o in waiting if o is not rule)
            ),
            None,
        )
        if ready is None:
            names = " → ".join(rule.name for rule in waiting)
            raise waiting[0].mistake(
                f"the rules wait for one another: {names}",
                "let one of them not read what the other fills",
            )
        waiting.remove(ready)
        ordered.append(ready)
    return ordered


def _table_name(table: TableLike) -> str:
    mapped = getattr(table, "__table__", None)
    return str(mapped.fullname) if mapped is not None else str(table)


def _names(columns: str | Collection[str]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns)


def _distinct(columns: Any) -> tuple[str, ...] | frozenset[str]:
    return frozenset(columns) if isinstance(columns, set | frozenset) else _names(columns)


def _title(table: str) -> str:
    return table.rpartition(".")[2].replace("_", " ").capitalize()


def _reads(rule: Rule, arguments: list[str]) -> tuple[str, ...]:
    """The tables that a body asks for by the names of its arguments."""
    own = 1 if rule.each else 0
    if "r" not in arguments[own : own + 1]:
        shape = f"({'parent, ' if own else ''}r, …)"
        raise rule.mistake(
            f"its body takes ({', '.join(arguments)})", f"its first arguments must be {shape}"
        )
    return tuple(arguments[own + 1 :])

"""How a table is shaped: what its Resource says, as frozen values; every column named in them exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ops.conditions import Condition

if TYPE_CHECKING:
    from ops.catalog.acting import Action, Validator
    from ops.catalog.model import ForeignKey
    from ops.catalog.resource import Rule

Filters = tuple[tuple[str, str], ...]  # (argument of a list's address, value): ("f.status.is", "open")
TitlePart = (
    tuple[Literal["text"], str]
    | tuple[Literal["column"], str]
    | tuple[Literal["reference"], "ForeignKey", "str | None"]
)


@dataclass(frozen=True, slots=True)
class SearchColumn:
    """A column that the search looks in: of the table itself, or of the table a foreign key points at."""

    name: str
    foreign_key: ForeignKey | None = None


@dataclass(frozen=True, slots=True)
class Mask:
    """A column that people without `role` see as a mask only, of this pattern."""

    role: str
    pattern: str = "last4"


@dataclass(frozen=True, slots=True)
class Section:
    """Columns that stand together on a record's page and in its form, under a heading."""

    label: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Format:
    """How a column's values are shown: `kind` is one of FORMATS. `of` names the column of the currency.

    `tones` are those of a badge, by value.
    """

    kind: str
    of: str | None = None
    tones: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """A link made of a row's columns: `parts` are ("text", as it stands) and ("column", name), in turn."""

    label: str
    parts: tuple[tuple[Literal["text", "column"], str], ...]

    @property
    def columns(self) -> frozenset[str]:
        """The columns it is made of."""
        return frozenset(name for kind, name in self.parts if kind == "column")


@dataclass(frozen=True)
class Options:
    """How a table is shaped: what its Resource says, filled up with guesses. All columns in it exist."""

    declared: str | None = None  # the class's name; None where nobody shaped the table
    title: tuple[TitlePart, ...] = ()
    columns: tuple[str, ...] = ()  # of the list
    search: tuple[SearchColumn, ...] = ()
    readonly: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    masked: Mapping[str, Mask] = field(default_factory=dict)
    shut: bool = False  # what protects it fits no more: nobody sees the table
    sensitive: bool = False  # who looks at its rows stands in the trail
    rehearse: bool | None = None  # None: its changes are run and rolled back where that is seen to be safe
    order: str | None = None  # "-placed_at"; None: by key, or as the database gives it
    rows: Mapping[str, Condition] = field(default_factory=dict)  # role or "*" -> Condition its rows must meet
    rules: tuple[Rule, ...] = ()
    sections: tuple[
        Section, ...
    ] = ()  # of the record and its form; columns in none of them follow at the end
    formats: Mapping[str, Format] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    filters: tuple[str, ...] = ()  # columns that the filter panel offers first
    named_filters: Mapping[str, Filters] = field(
        default_factory=dict
    )  # what they are called -> what they keep
    default_filter: Filters = ()  # of the list as one first opens it
    defaults: Mapping[str, str] = field(default_factory=dict)  # what stands in the form of a new row
    children: tuple[str, ...] | None = (
        None  # foreign keys of tables whose rows stand in its form; None: a guess
    )
    validators: tuple[Validator, ...] = ()
    actions: Mapping[str, Action] = field(default_factory=dict)  # by their names in addresses

    @property
    def deeds(self) -> tuple[Action, ...]:
        """The actions, as they were declared."""
        return tuple(self.actions.values())

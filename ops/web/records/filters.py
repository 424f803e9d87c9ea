"""The panel in which a filter is built: a column first, then an operation and a value of that column's type.

A page of its own, and the same as a fragment inside the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

from flask import request

from ops import records
from ops.conditions import ARITY, PERIODS, Filter, offered
from ops.policy import View
from ops.records import ListQuery, Offer
from ops.records.query import default_columns, path_text
from ops.records.subject import Subject
from ops.web.gate import actor, platform
from ops.web.opened import Opened
from ops.web.records import choices
from ops.web.records.addresses import list_href
from ops.web.records.arranging import in_order
from ops.web.records.chips import op_words
from ops.web.records.fields import Choice
from ops.web.records.filters_typed import day_and_time, several_typed, typed
from ops.web.records.references import references
from ops.web.tones import spoken
from ops.words import t

# Which fields an operation takes: one, two, several values, none, or something of its own.
SHAPES = {1: "one", 2: "two", -1: "many", 0: "none"}
OWN_SHAPE = {"last": "days", "next": "days", "during": "period"}
_INPUTS = {"integer": "numeric", "number": "decimal", "money": "decimal"}
BLANKS = 3  # fields for further rows of another table, beside those already chosen


class Way(NamedTuple):
    """One thing to filter by, and its address."""

    label: str
    href: str


class Group(NamedTuple):
    """Columns of one table: the list's own, or another's across a foreign key."""

    label: str
    ways: list[Way]


class Operation(NamedTuple):
    """One operation, and which fields it takes."""

    name: str
    words: str
    shape: str


@dataclass(frozen=True)
class Panel:
    """What templates/records/filter.html shows; `subject` is None while a column is being chosen."""

    view: View
    query: ListQuery
    on: Opened
    subject: Subject | None
    path: str
    edited: Filter | None
    place: int | None
    error: str | None = None
    again: bool = False  # shown again: what was typed stands in the request
    titles: dict[str, str | None] = field(default_factory=dict)  # of the rows chosen for "is one of"

    @property
    def list_href(self) -> str:
        """The list as it is."""
        return self.address(self.query.filters)

    @property
    def plain_href(self) -> str:
        """Where the form is sent."""
        return list_href(self.view.table)

    @property
    def panel_href(self) -> str:
        """Where the panel asks for itself, with rows found for one of its fields."""
        return f"{self.plain_href}filter"

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the list's new address keeps of the old one."""
        return self.on.pairs(self._state)

    @property
    def _state(self) -> str:
        return records.to_query_string(self.query, default_columns(self.view), cursor=None, everything=False)

    @property
    def removed_href(self) -> str | None:
        """The list without the filter that is edited."""
        if self.edited is None:
            return None
        rest = tuple(one for one in self.query.filters if one is not self.edited)
        return self.address(rest)

    def address(self, filters: tuple[Filter, ...]) -> str:
        """The list with these filters, from its beginning."""
        query = replace(self.query, filters=filters, cursor=None, everything=False)
        address = self.on.address(records.to_query_string(query, default_columns(self.view)))
        return self.plain_href + (f"?{address}" if address else "")

    def href(self, **more: str) -> str:
        """This panel for something else."""
        return f"{self.plain_href}filter?{urlencode([*more.items(), *self.kept])}"

    @property
    def groups(self) -> list[Group]:
        """All that may be filtered by."""
        own = Group(self.view.table.label, self._ways(self.view, ()))
        found = [own]
        for foreign in self.view.table.foreign_keys:
            if self.view.table.reference(foreign.role) is not foreign:
                continue
            target = self.view.of(foreign.target_ref)
            reachable = target is not None and all(map(target.sees, foreign.target_columns))
            if target is not None and reachable and all(map(self.view.sees, foreign.columns)):
                label = t("filters.across", name=foreign.role.replace("_", " "))
                found.append(Group(label, self._ways(target, (foreign.role,))))
        return [group for group in found if group.ways]

    def _ways(self, view: View, before: tuple[str, ...]) -> list[Way]:
        ways = []
        first = {name: place for place, name in enumerate(view.table.resource.filters)}
        for one in sorted(in_order(view), key=lambda each: first.get(each.name, len(first))):
            if not one.masked and offered(one.column, nullable=one.column.nullable):
                start, *rest = (*before, one.name)
                label = one.column.label or one.name
                ways.append(Way(label, self.href(path=path_text(start, tuple(rest)))))
        return ways

    @property
    def operations(self) -> list[Operation]:
        """What can be asked of the column."""
        assert self.subject is not None
        column = self.subject.column
        refers = bool(self.subject.view.table.references_of(column.name))
        names = offered(column, nullable=column.nullable, refers=refers)
        if column.category == "json":
            inside = offered(self.subject.like(Filter("", "is"))) if self.subject.inside else _INSIDE
            names = (*inside, *names)
        if self.edited is not None:
            names = (*names, self.edited.op)
        return [self._operation(name) for name in dict.fromkeys(names)]

    def _operation(self, name: str) -> Operation:
        assert self.subject is not None
        words = (
            t(f"filters.pick.{name}")
            if name in OWN_SHAPE
            else op_words(name, self.subject.like(Filter("", name)))
        )
        return Operation(name, words, OWN_SHAPE.get(name, SHAPES[ARITY[name]]))

    @property
    def chosen(self) -> str:
        """The operation that is chosen first."""
        asked = request.args.get("add.op") if self.again else self.edited.op if self.edited else None
        known = [one.name for one in self.operations]
        return asked if asked in known else known[0]

    @property
    def kind(self) -> str:
        """Which controls the values have."""
        assert self.subject is not None
        category = self.subject.like(Filter("", "is")).category
        if self.choice is not None:
            return "pick" if self.choice.options is None else "options"
        return {"enum": "options", "timestamp": "moment", "date": "date"}.get(category, "text")

    @property
    def inputmode(self) -> str | None:
        """Which keys a phone shows."""
        assert self.subject is not None
        return _INPUTS.get(self.subject.column.category)

    @property
    def options(self) -> Sequence[tuple[str, str]]:
        """All values there are, where they are few."""
        assert self.subject is not None
        if self.choice is not None:
            return self.choice.options or ()
        return [(value, spoken(value)) for value in self.subject.column.enum_values or ()]

    @property
    def periods(self) -> list[tuple[str, str]]:
        """The periods there are."""
        return [(name, t(f"filters.period.{name}")) for name in PERIODS]

    @cached_property
    def choice(self) -> Choice | None:
        """What a foreign key offers; None for other columns."""
        assert self.subject is not None
        if self.subject.inside:
            return None
        name = self.subject.column.name
        found = references(platform().catalog, actor(), self.subject.view.table).get(name)
        if found is None or len(found.foreign_key.columns) > 1:
            return None
        rows = [{name: text or None} for text in (self.value, *self.several)]
        own, *several = choices.choices([choices.Asked(self.subject.view, [name], rows)])[0]
        self.titles.update(
            zip(self.several, (one[name].title for one in several if name in one), strict=False)
        )
        return own.get(name)

    @property
    def times(self) -> bool:
        """Whether it is a date or a moment."""
        assert self.subject is not None
        return self.subject.like(Filter("", "is")).category in ("date", "timestamp")

    @property
    def zone(self) -> str:
        """Whose times are meant."""
        return actor().timezone

    @property
    def value(self) -> str:
        """The value of an operation that takes one."""
        if self.again:
            return typed("add.value")
        return (*self._values, "")[0] if self.edited and ARITY[self.edited.op] != 0 else ""

    @property
    def ends(self) -> tuple[str, str]:
        """Both values of "between"."""
        if self.again:
            return typed("add.from"), typed("add.to")
        ends = self._values if self.edited and self.edited.op == "between" else ()
        return (*ends, "", "")[0], (*ends, "", "")[1]

    @property
    def moments(self) -> list[tuple[str, str, str, str]]:
        """The same values for the fields of a moment: name, label, day, time."""
        if self.again:
            times = [request.args.get(f"add.{name}_time", "") for name in ("value", "from", "to")]
            apart = list(zip((self.value, *self.ends), times, strict=True))
        else:
            zoned = self.subject is not None and "with time zone" in self.subject.column.base
            apart = [day_and_time(text, self.zone, zoned=zoned) for text in (self.value, *self.ends)]
        names = (("value", "filters.value"), ("from", "filters.from"), ("to", "filters.to"))
        return [(name, t(label), *each) for (name, label), each in zip(names, apart, strict=True)]

    @property
    def several(self) -> list[str]:
        """The values of "is one of"."""
        if self.again:
            return several_typed()
        return list(self._values) if self.edited and ARITY[self.edited.op] == -1 else []

    @property
    def picked(self) -> list[tuple[str, str | None]]:
        """The same with what each is called, and some empty ones to fill."""
        return [*((one, self.titles.get(one)) for one in self.several), *[("", None)] * BLANKS]

    @cached_property
    def found(self) -> tuple[str, Sequence[Offer]] | None:
        """The field whose text is searched for, and what was found; None where none is."""
        name = request.args.get("find")
        if name is None or self.choice is None or self.choice.source is None:
            return None
        return name, choices.found(self.choice.source, typed(name))

    @property
    def inside(self) -> str:
        """The path inside a JSON column."""
        if self.again:
            return request.args.get("add.inside", "")
        return ".".join(self.subject.inside) if self.subject is not None else ""

    @property
    def _values(self) -> tuple[str, ...]:
        return self.edited.values() if self.edited is not None else ()


_INSIDE = ("is", "contains", "starts", "in", "gt", "lt", "between", "true", "false", "not", "notin")

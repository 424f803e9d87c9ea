"""The rows that belong to a record, inside its form: an order with its lines, saved as one change.

Which ones: those a Resource names in `children`, else tables whose key begins with their reference to this one and goes
on with something of their own (an order's number and the line's). More than fifty rows stay a list of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count

from ops import policy, records
from ops.catalog import BadAddress, Column, ForeignKey, Table, parse_key
from ops.changes import base_of
from ops.policy import NotVisible, View
from ops.records import Also, Record
from ops.web.gate import actor, platform, tx
from ops.web.page import formats
from ops.web.records.addresses import list_href
from ops.web.records.arranging import in_order
from ops.web.records.choices import Asked
from ops.web.records.lines import Belonging, Line
from ops.web.records.shaped import of_shape
from ops.web.shown import Reader, Shown

Values = Mapping[str, str | None]
MOST_TABLES = 4


@dataclass(frozen=True, slots=True)
class Held:
    """One row of a list in a form: as it stands in the database (None: new), as it was posted (None: not yet)."""

    number: int
    record: Record | None
    line: Line | None = None
    values: Values | None = None  # what a new row starts with
    counted: Mapping[str, str] = field(default_factory=dict)  # of these what is filled in by us

    @property
    def gone(self) -> bool:
        """Whether somebody deleted it while it was typed into."""
        return self.record is None and self.line is not None and self.line.key is not None

    @property
    def key(self) -> str | None:
        """Its key; None for a row that is to be made."""
        return self.record.key if self.record else None

    @property
    def shown(self) -> Values:
        """What stands in it, for titles of what it refers to."""
        typed = self.line.posted.typed if self.line else {}
        return {**(self.record.values if self.record else self.values or {}), **typed}


@dataclass(frozen=True)
class Section:
    """One table's rows in a form."""

    belonging: Belonging
    held: Sequence[Held]
    more: bool = False
    href: str = ""

    @property
    def view(self) -> View:
        """The person's view of the table."""
        return self.belonging.view

    @cached_property
    def names(self) -> Sequence[str]:
        """The columns that stand there, in order: what one may give or change, and what tells rows apart."""
        return names_of(self.belonging)

    @property
    def may_add(self) -> bool:
        """Whether a new row can be made here: the reference must be theirs to set."""
        own = set(self.belonging.foreign.columns)
        return self.view.may("create") and own <= self._creatable

    @property
    def asked(self) -> Asked:
        """Its fields that refer to other tables."""
        return Asked(self.view, self.names, [one.shown for one in self.held])

    @cached_property
    def _creatable(self) -> frozenset[str]:
        return self.view.settable("create")

    @cached_property
    def _editable(self) -> frozenset[str]:
        return self.view.settable("edit")

    def writes(self, name: str, one: Held) -> bool:
        """Whether the person may give this column in that row."""
        return name in (self._creatable if one.record is None else self._editable)

    def base(self, record: Record) -> str | None:
        """The whole row for its removal, where that is theirs to ask for."""
        if not self.view.may("delete"):
            return None
        known = [one.name for one in self.view.columns if not one.masked]
        return json.dumps(base_of({name: record.values[name] for name in known}), ensure_ascii=False)

    def told(self, name: str, one: Held) -> Shown:
        """A column that cannot be changed, in words."""
        text = one.shown.get(name)
        return Reader(self.view.table, formats()).one(name, text)


def names_of(one: Belonging) -> Sequence[str]:
    """The columns of such rows that stand in a form."""
    return of_shape(one.view, ("names of lines", one.foreign.name), lambda: _names_of(one))


def _names_of(one: Belonging) -> tuple[str, ...]:
    view, said = one.view, set(one.foreign.columns)
    wanted = (view.settable("create") | view.settable("edit") | set(view.table.key)) - said
    return tuple(
        each.name for each in in_order(view) if each.name in wanted and each.column.category != "bytes"
    )


def belongings(view: View) -> list[Belonging]:
    """The lists that stand in the form of a record of this table, as far as the person may see and change them."""
    who, catalog = actor(), platform().catalog
    return [
        Belonging(policy.view(who, catalog.source(foreign), catalog), foreign)
        for foreign in of_shape(view, "belongings", lambda: _belonging(view))
    ]


def _belonging(view: View) -> tuple[ForeignKey, ...]:
    """The foreign keys of those lists."""
    found = []
    for foreign in _foreign(view.table):
        try:
            seen = policy.view(actor(), platform().catalog.source(foreign), platform().catalog)
        except NotVisible:
            continue
        sees = all(map(seen.sees, foreign.columns)) and all(map(view.sees, foreign.target_columns))
        if sees and any(map(seen.may, ("create", "edit", "delete"))):
            found.append(foreign)
    return tuple(found[:MOST_TABLES])


def sections(
    view: View,
    record: Record | None,
    given: Sequence[Line] | None = None,
    *,
    away: bool = False,
    add: str | None = None,
) -> list[Section]:
    """The lists of a form: of `record`'s rows, with what was `given` in the form typed over them.

    One round trip for each table of a record that is there, none where the record was read with them (`ahead`).
    `away`: nothing is read. `add`: the list that gets one more empty row.
    """
    numbers = count(max((line.number for line in given or ()), default=-1) + 1)
    return [
        _section(one, record, given, numbers, place, away=away, add=add)
        for place, one in enumerate(belongings(view))
    ]


def copied(view: View, record: Record, may_copy: Callable[..., Mapping[str, str | None]]) -> list[Section]:
    """The lists of a new record made after `record`: rows like its rows; `may_copy` tells what of them."""
    found, numbers = [], count()
    for place, one in enumerate(belongings(view)):
        section = _section(one, record, None, numbers, place)
        if section.more or not section.may_add:
            found.append(_section(one, None, None, numbers, place))
            continue
        rows = [
            Held(each.number, None, values=may_copy(one.view, each.shown, one.foreign.columns))
            for each in section.held
        ]
        found.append(Section(one, rows))
    return found


def _section(
    one: Belonging,
    record: Record | None,
    given: Sequence[Line] | None,
    numbers: Iterator[int],
    place: int,
    *,
    away: bool = False,
    add: str | None = None,
) -> Section:
    rows, more = _read(one, record, place) if record is not None and not away else ([], False)
    mine = [line for line in given or () if line.of == one.name]
    by_key = {line.key: line for line in mine if line.key is not None}
    held = []
    for row in rows if not more else ():
        line = by_key.pop(row.key, None)
        held.append(Held(line.number if line else next(numbers), row, line))
    # What was typed into a row that is not there now, and into rows that never were.
    held += [Held(line.number, None, line) for line in by_key.values() if line.posted.after or away]
    held += [Held(line.number, None, line) for line in mine if line.key is None and not line.removed]
    section = Section(one, held, more, _href(one, record) if record is not None else "")
    fresh = record is None and given is None and not away
    if section.may_add and (add == one.name or fresh):
        counted = _next(section)
        section = replace(section, held=[*held, Held(next(numbers), None, None, counted, counted)])
    return section


def ahead(view: View, key: str) -> list[Also]:
    """The rows of its lists, each as one more item of the statement that reads the record at `key` (address form).

    Of those whose rows name the record by its key, as almost all do; the others are read after it.
    """
    try:
        own = dict(zip(view.table.key, parse_key(key, len(view.table.key)), strict=True))
    except BadAddress:
        return []
    return [
        records.attached_also(
            _also(one, place),
            place,
            one.view,
            one.foreign,
            [own[name] for name in one.foreign.target_columns],
        )
        for place, one in enumerate(belongings(view))
        if own.keys() >= set(one.foreign.target_columns)
    ]


def _also(one: Belonging, place: int) -> str:
    return f"rows {place} {one.name}"


def _read(one: Belonging, record: Record, place: int) -> tuple[list[Record], bool]:
    if _also(one, place) in record.also:
        return records.attached_of(one.view, one.foreign, record.also[_also(one, place)])
    values = [record.values.get(name) for name in one.foreign.target_columns]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return [], False
    return records.attached(tx(), one.view, one.foreign, known)


def _href(one: Belonging, record: Record) -> str:
    pairs = zip(one.foreign.columns, one.foreign.target_columns, strict=True)
    return list_href(
        one.view.table,
        [(records.filter_name(ours, "is"), record.values.get(theirs) or "") for ours, theirs in pairs],
    )


def _next(section: Section) -> dict[str, str]:
    """The next number, where rows are counted within their parent and nobody else counts them."""
    own = [name for name in section.view.table.key if name not in section.belonging.foreign.columns]
    if len(own) != 1 or not _counted(section.view.table.columns[own[0]]):
        return {}
    used = [text for one in section.held if (text := one.shown.get(own[0])) and text.strip().isdecimal()]
    return {own[0]: str(max(map(int, used), default=0) + 1)}


def _counted(column: Column) -> bool:
    return column.category == "integer" and column.default is None and not column.identity


def _foreign(table: Table) -> list[ForeignKey]:
    catalog = platform().catalog
    named = table.resource.children
    pointing = [one for one in table.referenced_by if one.ref != table.ref]
    if named is not None:
        return [one for name in named for one in pointing if f"{one.ref}/{one.name}" == name]
    return [one for one in pointing if _begins(catalog.source(one), one)]


def _begins(source: Table, foreign: ForeignKey) -> bool:
    width = len(foreign.columns)
    return len(source.key) > width and set(source.key[:width]) == set(foreign.columns)

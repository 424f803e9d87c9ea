"""What a filter speaks of: a column, one across a foreign key, or a value inside a JSON column; and its condition.

Across a foreign key everything is read through the person's own View of the other table: what they may not see there
cannot be asked about from here, and rows out of their sight fit nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ops.catalog import Column, ForeignKey
from ops.conditions import Clock, ColumnLike, Condition, Filter, NamedType, to_sql, typed, well_formed
from ops.policy import View
from ops.records.errors import UnknownColumn
from ops.records.facts import SMALL, known_rows

Expression = sa.ColumnElement[Any]
_NUMERIC = frozenset(("gt", "ge", "lt", "le", "between"))


@dataclass(frozen=True, slots=True)
class Inside:
    """A value inside a JSON column, as a ColumnLike: a text, or a number where numbers are compared."""

    name: str
    base: str = "text"
    category: str = "inside"
    comparable: bool = True
    enum_values: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """`column` of `view`, which is the list's own or, across `foreign`, the other table's; `inside`: a path in it."""

    view: View
    column: Column
    foreign: ForeignKey | None = None
    inside: tuple[str, ...] = ()
    masked: bool = False
    own_label: str = ""

    @property
    def plain(self) -> bool:
        """Whether it is a column of the list's own table, as it stands."""
        return self.foreign is None and not self.inside

    @property
    def label(self) -> str:
        """What people call it: "Customer: Country", "Metadata · campaign"."""
        label = " · ".join((self.column.label or self.column.name, *self.inside))
        return f"{self.own_label}: {label}" if self.foreign is not None else label

    def like(self, one: Filter) -> ColumnLike:
        """As what the filter compares it."""
        if not self.inside:
            return self.column
        numbers = one.op in _NUMERIC and all(well_formed("numeric", value) for value in one.values())
        return Inside(self.inside[-1], base="numeric" if numbers else "text")

    def clock(self) -> Clock:
        """The time it is for the person, where they are."""
        return Clock.here(self.view.actor.timezone)


def subject_of(view: View, name: str, path: tuple[str, ...] = ()) -> Subject:
    """What `name` and `path` mean in this view. Raises UnknownColumn where the person has nothing of that name."""
    own = view.shape.by_name.get(name)
    if own is not None and not path:
        return Subject(view, own.column, masked=own.masked)
    if own is not None and own.column.category == "json":
        return Subject(view, own.column, inside=path, masked=own.masked)
    foreign = view.table.reference(name) if path else None
    target = view.of(foreign.target_ref) if foreign is not None else None
    if foreign is None or target is None or not set(foreign.columns) <= set(view.shape.by_name):
        raise UnknownColumn(name)
    other = target.shape.by_name.get(path[0])
    if other is None or not set(foreign.target_columns) <= set(target.shape.by_name):
        raise UnknownColumn(path[0])
    if path[1:] and other.column.category != "json":
        raise UnknownColumn(path[1])
    masked = other.masked or not all(map(view.sees, foreign.columns))
    masked = masked or not all(map(target.sees, foreign.target_columns))
    label = view.column(foreign.columns[-1]).column.label or foreign.role
    return Subject(target, other.column, foreign, path[1:], masked, label)


def of_filter(view: View, one: Filter) -> Subject:
    """What a filter of this view speaks of. Raises UnknownColumn."""
    return subject_of(view, one.column, one.path)


def condition(view: View, one: Filter) -> Expression:
    """The filter as a condition on the view's rows; raises UnknownColumn, NotVisible or Masked."""
    subject = of_filter(view, one)
    if subject.foreign is None:
        return _here(subject, view, one)
    if not all(map(view.sees, subject.foreign.columns)):
        raise UnknownColumn(one.column)
    other = subject.view.alias(f"via_{subject.foreign.name}")
    there = _here(subject, other, one)
    ours = [view.raw(name) for name in subject.foreign.columns]
    theirs = [other.raw(name) for name in subject.foreign.target_columns]
    if not is_deep(subject):
        left: Any = ours[0] if len(ours) == 1 else sa.tuple_(*ours)
        found: Expression = left.in_(other.select(*theirs).where(there))
        return found
    # A large table is not gone through for the rows that fit: each row of ours looks up its own one.
    same = (one == two for one, two in zip(ours, theirs, strict=True))
    looked_up = other.select(there).where(*same).limit(sa.literal_column("1")).scalar_subquery()
    return sa.func.coalesce(looked_up, sa.false())


def is_deep(subject: Subject) -> bool:
    """Whether each row has to look into another large table."""
    return subject.foreign is not None and known_rows(subject.view.table) >= SMALL


def json_value(column: Expression, path: tuple[str, ...]) -> Expression:
    """The text of a value inside a JSON column; what an index for it is made on."""
    return column.op("#>>", return_type=sa.Text())(sa.literal(list(path), sa.ARRAY(sa.Text)))


def _here(subject: Subject, view: View, one: Filter) -> Expression:
    """The filter's condition on the table in which its column stands."""
    like, name = subject.like(one), subject.column.name
    node = Condition("", one.node(like, subject.clock()))
    if not subject.inside:
        return to_sql(node, lambda _: view.raw(name), lambda _, text: view.constant(name, text))
    text = json_value(view.raw(name), subject.inside)
    if like.base == "text":
        return to_sql(node, lambda _: text, lambda _, said: typed(said, "text"))
    # Only what is a number in the JSON is read as one: a text there would end the statement.
    kind = sa.func.jsonb_typeof if subject.column.base == "jsonb" else sa.func.json_typeof
    whole = view.raw(name).op("#>", return_type=NamedType(subject.column.base))(
        sa.literal(list(subject.inside), sa.ARRAY(sa.Text))
    )
    number = sa.case((kind(whole) == sa.literal("number", sa.Text), sa.cast(text, NamedType("numeric"))))
    return to_sql(node, lambda _: number, lambda _, said: typed(said, "numeric"))

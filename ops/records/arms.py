"""The ways in which a search finds rows: each known by a sign and its values, made into SQL only where that is asked.

What a statement looks like follows from the signs of its arms and the person's shape of the table. So one that was
finished before (`ops.records.finished`) is sent again with other values, and nothing is made at all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ops.catalog import Column, ForeignKey
from ops.conditions import pattern, well_formed
from ops.policy import View
from ops.records.finished import Told

Condition = sa.ColumnElement[Any]
Binds = tuple[sa.BindParameter[Any], ...]


@dataclass(frozen=True, slots=True)
class Through:
    """Rows found across a foreign key: our columns are a key that one of these SELECTs finds there, as k0, k1, …"""

    ours: tuple[Condition, ...]
    keys: tuple[sa.Select[Any], ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """A column that is searched: `how` an index serves it, None where none does; `across` a foreign key or not.

    `deep`: each row would have to look up one of a large table. All of it follows from the shape of rights and the
    size of the tables.
    """

    name: str
    column: Column
    label: str
    how: str | None
    across: ForeignKey | None = None
    deep: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """An arm as SQL; `binds` stand for its values, in their order."""

    condition: Condition
    each: Condition
    binds: Binds
    through: Through | None = None


@dataclass(frozen=True)
class Arm:
    """One way to find rows.

    `condition` says it of all rows, `each` of a row at a time. `heavy`: the index has to read all matches before
    it gives the first, so that a frequent text takes long. `sign`: with the same one only the `values` differ.
    """

    column: str
    how: str  # "exact", "prefix", "substring"
    sign: Hashable
    values: tuple[str, ...]
    make: Callable[[], Made]
    heavy: bool = False
    deep: bool = False

    @cached_property
    def _made(self) -> Made:
        return self.make()

    @property
    def condition(self) -> Condition:
        """Of all rows at once."""
        return self._made.condition

    @property
    def each(self) -> Condition:
        """Of a row at a time: no other large table is gone through for it."""
        return self._made.each

    @property
    def through(self) -> Through | None:
        """The rows of another table that lead to ours."""
        return self._made.through

    def told(self) -> Told:
        """What tells it from others."""
        return Told(self.sign, self.values, lambda: self._made.binds)


def arms_of(view: View, one: Looked, text: str) -> list[Arm]:
    """The ways to find rows of the view by `text` in this column; none where it can be no value of it."""
    if one.how is None:
        return []
    heavy = one.how == "substring" and (one.across is None or one.deep)
    foreign = None if one.across is None else one.across.name
    found = []
    for values in _values(one, text):
        sign = ("arm", foreign, one.name, one.how, len(values), one.deep)

        def make(values: tuple[str, ...] = values) -> Made:
            return _made(view, one, values)

        found.append(Arm(one.label, one.how, sign, values, make, heavy, one.deep))
    return found


def spellings(text: str) -> list[str]:
    """The usual ways to write it: an index that knows case finds “harbour” as Harbour, so-17 as SO-17."""
    return list(dict.fromkeys((text, text.capitalize(), text.title(), text.upper(), text.lower())))


def _values(one: Looked, text: str) -> list[tuple[str, ...]]:
    """What each arm looks for, as it is bound."""
    if one.how == "substring":
        return [(pattern(text, "contains"),)]
    if one.how == "prefix":
        found = [pattern(each, "starts") for each in spellings(text)]
        # Each by itself: together they would read all of the index that begins like any of them. Across a foreign
        # key they are one arm, which asks for each by itself there, and then once for the rows that point there.
        return [(each,) for each in found] if one.across is None else [tuple(found)]
    column = one.column
    texts = spellings(text) if column.is_text else [text]
    fit = tuple(each for each in texts if well_formed(column.base, each, column.enum_values or None))
    return [fit] if fit else []


def _made(view: View, one: Looked, values: tuple[str, ...]) -> Made:
    if one.across is None:
        return _own(view, one, values)
    found = view.of(one.across.target_ref)
    assert found is not None, "a search across a foreign key has seen its target"
    other = found.alias("found_" + one.across.name)
    apart = [(each,) for each in values] if one.how == "prefix" else [values]
    made = [_own(other, one, each) for each in apart]
    theirs = [other.raw(name) for name in one.across.target_columns]
    ours = tuple(view.raw(name) for name in one.across.columns)
    any_of_them = sa.or_(*(each.condition for each in made))
    left: Any = ours[0] if len(ours) == 1 else sa.tuple_(*ours)
    among: Condition = left.in_(other.select(*theirs).where(any_of_them))
    pairs = (one == two for one, two in zip(ours, theirs, strict=True))
    one_row = other.select(any_of_them).where(*pairs).limit(sa.literal_column("1")).scalar_subquery()
    each: Condition = sa.func.coalesce(one_row, sa.false()) if one.deep else among
    binds = tuple(bind for each in made for bind in each.binds)
    named = [one.label(f"k{n}") for n, one in enumerate(theirs)]
    keys = tuple(other.select(*named).where(each.condition) for each in made)
    return Made(among, each, binds, Through(ours, keys))


def _own(view: View, one: Looked, values: tuple[str, ...]) -> Made:
    """The condition on a column of this very view."""
    raw = view.raw(one.name)
    if one.how == "exact":
        constants: list[Any] = [view.constant(one.name, text) for text in values]
        found: Condition = raw.in_(constants)
        return Made(found, found, tuple(constant.clause for constant in constants))
    value = raw if one.column.cast_type == "text" else sa.cast(raw, sa.Text)
    text = sa.literal(values[0], sa.Text)
    found = value.ilike(text) if one.how == "substring" else value.like(text)
    return Made(found, found, (text,))

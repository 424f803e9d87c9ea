"""The ways in which a search finds rows: each known by a sign and its values, made into SQL only where that is asked.

What a statement looks like follows from the signs of its arms and the person's shape of the table. So one that was
finished before (`ops.records.finished`) is sent again with other values, and nothing is made at all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ops.catalog import Column, ForeignKey
from ops.conditions import pattern, well_formed
from ops.policy import View
from ops.records.finished import Told
from ops.records.spelled import Bytewise, Spelled, bounds, spelled

Condition = sa.ColumnElement[Any]
Binds = tuple[sa.BindParameter[Any], ...]


@dataclass(frozen=True, slots=True)
class Through:
    """Rows found across a foreign key: our columns are a key that one of these SELECTs finds there, as k0, k1, …

    With `spelled` there is one of them, which finds what this says.
    """

    ours: tuple[Condition, ...]
    keys: tuple[sa.Select[Any], ...]
    spelled: Spelled | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """A column that is searched: `how` an index serves it, None where none does; `across` a foreign key or not.

    `deep`: each row would have to look up one of a large table. `compared`: how the index compares that serves a
    prefix, where it can be asked for several at once. All of it follows from the shape of rights and the size of the
    tables.
    """

    name: str
    column: Column
    label: str
    how: str | None
    across: ForeignKey | None = None
    deep: bool = False
    compared: Bytewise | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """An arm as SQL; `binds` stand for its values, in their order, where its rows are gathered."""

    condition: Condition
    each: Condition
    binds: Binds
    through: Through | None = None
    spelled: Spelled | None = None


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

    @property
    def spelled(self) -> Spelled | None:
        """How rows are gathered of which the condition would read too many: each spelling by itself."""
        return self._made.spelled

    def told(self) -> Told:
        """What tells it from others."""
        return Told(self.sign, self.values, lambda: self._made.binds)


def arms_of(view: View, one: Looked, text: str) -> list[Arm]:
    """The ways to find rows of the view by `text` in this column; none where it can be no value of it."""
    if one.how is None:
        return []
    heavy = one.how == "substring" and (one.across is None or one.deep)
    foreign = None if one.across is None else one.across.name
    several = _several(one, text)
    if several is not None:
        sign: Hashable = ("spelled", foreign, one.name, len(several), one.deep, one.compared)
        return [Arm(one.label, one.how, sign, several, lambda: _spelled(view, one, several), heavy, one.deep)]
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


def _several(one: Looked, text: str) -> tuple[str, ...] | None:
    """What one arm looks for that finds all spellings; None where there is but one, or the index cannot be asked so."""
    if one.how != "prefix" or one.compared is None:
        return None
    found = spellings(text)
    # None begins with another: no row is found twice.
    apart = [each for each in found if not any(each != part and each.startswith(part) for part in found)]
    return bounds(apart) if len(apart) > 1 else None


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


def _spelled(view: View, one: Looked, values: tuple[str, ...]) -> Made:
    """Rows are gathered by ranges of the index; the condition, of all rows or of a row at a time, says the same."""
    plainly = [(each,) for each in values[::3]]  # the patterns among what `bounds` gave
    assert one.compared is not None, "an index that is asked for several is known"
    if one.across is None:
        said = sa.or_(*(_own(view, one, each).condition for each in plainly))
        there = spelled(view, one.name, one.compared, values)
        return Made(said, said, there.binds, spelled=there)
    other = _other(view, one.across)
    there = spelled(other, one.name, one.compared, values)
    made = _across(view, one, one.across, other, [_own(other, one, each) for each in plainly])
    assert made.through is not None, "rows across a foreign key are found through it"
    keys = (other.select(*_keys(other, one.across)),)
    return replace(made, binds=there.binds, through=Through(made.through.ours, keys, there))


def _made(view: View, one: Looked, values: tuple[str, ...]) -> Made:
    if one.across is None:
        return _own(view, one, values)
    other = _other(view, one.across)
    apart = [(each,) for each in values] if one.how == "prefix" else [values]
    return _across(view, one, one.across, other, [_own(other, one, each) for each in apart])


def _other(view: View, foreign: ForeignKey) -> View:
    """The person's view of the rows that ours point at."""
    found = view.of(foreign.target_ref)
    assert found is not None, "a search across a foreign key has seen its target"
    return found.alias("found_" + foreign.name)


def _keys(other: View, foreign: ForeignKey) -> list[sa.Label[Any]]:
    return [other.raw(name).label(f"k{n}") for n, name in enumerate(foreign.target_columns)]


def _across(view: View, one: Looked, foreign: ForeignKey, other: View, made: Sequence[Made]) -> Made:
    """Our rows that point at those which any of these finds."""
    theirs = [other.raw(name) for name in foreign.target_columns]
    ours = tuple(view.raw(name) for name in foreign.columns)
    any_of_them = sa.or_(*(each.condition for each in made))
    left: Any = ours[0] if len(ours) == 1 else sa.tuple_(*ours)
    among: Condition = left.in_(other.select(*theirs).where(any_of_them))
    pairs = (one == two for one, two in zip(ours, theirs, strict=True))
    one_row = other.select(any_of_them).where(*pairs).limit(sa.literal_column("1")).scalar_subquery()
    each: Condition = sa.func.coalesce(one_row, sa.false()) if one.deep else among
    binds = tuple(bind for each in made for bind in each.binds)
    keys = tuple(other.select(*_keys(other, foreign)).where(each.condition) for each in made)
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

"""The one free-text search: in which columns of this table, for this person, and how an index serves each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ops.catalog import Column, ForeignKey, SearchColumn, Table
from ops.conditions import pattern, well_formed
from ops.policy import View
from ops.records import advice
from ops.records.advice import Advice
from ops.records.facts import SMALL, known_rows
from ops.words import t

SHORTEST_INSIDE = 3  # characters a trigram needs
Condition = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Through:
    """Rows found across a foreign key: our columns are among the `keys` of the rows found there."""

    ours: Condition
    keys: sa.Select[Any]


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to find rows.

    `condition` says it of all rows, `each` of a row at a time. `heavy`: the index has to read all matches before
    it gives the first, so that a frequent text takes long.
    """

    column: str
    how: str  # "exact", "prefix", "substring"
    condition: Condition
    each: Condition
    heavy: bool = False
    through: Through | None = None
    deep: bool = False


@dataclass(frozen=True)
class Search:
    """What will be searched, and what the page says about it. `missed`: the columns that no index serves."""

    arms: tuple[Arm, ...]
    notes: list[str] = field(default_factory=list)
    missed: tuple[str, ...] = ()
    advice: tuple[Advice, ...] = ()

    def condition(self) -> Condition:
        """All arms in one condition; nothing to search finds nothing."""
        return sa.or_(sa.false(), *(arm.condition for arm in self.arms))

    def each(self) -> Condition:
        """The same, of a row at a time: no other large table is gone through for it."""
        return sa.or_(sa.false(), *(arm.each for arm in self.arms))


def search_of(view: View, text: str, *, everything: bool = False, small: bool | None = None) -> Search:
    """How `text` is searched: anywhere in small tables, in large ones what indexes serve.

    With `everything` all search columns are searched inside, which may have to read the whole table.
    """
    if small is None:
        small = known_rows(view.table) < SMALL
    whole = small or everything
    chosen = view.table.resource.search or _texts(view)
    masked = [_label(view, one) for one in chosen if one.foreign_key is None and _masked(view, one.name)]
    arms: list[Arm] = []
    missed: list[tuple[str, Advice]] = []
    for one in chosen:
        if one.foreign_key is None and not view.sees(one.name):
            continue
        found = _arms(view, one, text, whole=whole)
        if found is None:
            continue
        arms += found
        if not found and not whole:
            missed.append((_label(view, one), _advice(view, one)))
    known = {arm.column for arm in arms}
    arms += [arm for arm in _key_arms(view, text, whole) if arm.column not in known]
    notes = _notes(
        arms, [column for column, _ in missed], masked, small=small, short=len(text) < SHORTEST_INSIDE
    )
    return Search(
        tuple(arms), notes, tuple(name for name, _ in missed), tuple(dict.fromkeys(one for _, one in missed))
    )


def _texts(view: View) -> tuple[SearchColumn, ...]:
    return tuple(SearchColumn(one.name) for one in view.columns if one.column.is_text and not one.masked)[:6]


def _masked(view: View, name: str) -> bool:
    return name in view.shape.by_name and not view.sees(name)


def _arms(view: View, one: SearchColumn, text: str, *, whole: bool) -> list[Arm] | None:
    """The ways to search a column; none where no index serves it, None where the person cannot search it at all."""
    if one.foreign_key is not None:
        return _through(view, one.foreign_key, one.name, text, whole=whole)
    how = "substring" if whole else served(view.table, view.column(one.name).column, text)
    return [] if how is None else _make(view, one.name, how, text)


def _make(view: View, name: str, how: str, text: str) -> list[Arm]:
    column = view.column(name).column
    label = column.label or name
    if how == "exact":
        texts = spellings(text) if column.is_text else [text]
        fit = [one for one in texts if well_formed(column.base, one, column.enum_values or None)]
        found = view.raw(name).in_([view.constant(name, one) for one in fit])
        return [Arm(label, how, found, found)] if fit else []
    raw = view.raw(name)
    value = raw if column.cast_type == "text" else sa.cast(raw, sa.Text)
    if how == "substring":
        inside: Condition = value.ilike(sa.literal(pattern(text, "contains"), sa.Text))
        return [Arm(label, how, inside, inside, heavy=True)]
    # Each by itself: together they would read all of the index that begins like any of them.
    begins = [value.like(sa.literal(pattern(one, "starts"), sa.Text)) for one in spellings(text)]
    return [Arm(label, how, one, one) for one in begins]


def spellings(text: str) -> list[str]:
    """The usual ways to write it: an index that knows case finds “harbour” as Harbour, so-17 as SO-17."""
    return list(dict.fromkeys((text, text.capitalize(), text.title(), text.upper(), text.lower())))


def served(table: Table, column: Column, text: str) -> str | None:
    """The widest search an index of the table serves on this column, or None."""
    found: set[str] = set()
    for index in table.indexes:
        if index.partial:
            continue
        first = index.columns[0]
        if first.name == column.name and index.method == "btree":
            found.add("prefix" if first.prefix and column.is_text else "exact")
        if index.method in ("gin", "gist"):
            trigram = any(c.name == column.name and c.opclass.endswith("_trgm_ops") for c in index.columns)
            if trigram and len(text) >= SHORTEST_INSIDE:
                found.add("substring")
    return next((how for how in ("substring", "prefix", "exact") if how in found), None)


def _key_arms(view: View, text: str, whole: bool) -> list[Arm]:
    """A row is also found by its key, if the text can be one."""
    key = view.table.key
    if len(key) != 1 or not view.sees(key[0]):
        return []
    indexed = whole or any(
        index.unique and index.columns[0].name == key[0] and len(index.columns) == 1
        for index in view.table.indexes
    )
    return _make(view, key[0], "exact", text) if indexed else []


def _through(view: View, foreign: ForeignKey, name: str, text: str, *, whole: bool) -> list[Arm] | None:
    """Rows whose foreign key points at a row found by its own column, through the person's view of it."""
    target = view.of(foreign.target_ref)
    if target is None or not target.sees(name) or not all(map(view.sees, foreign.columns)):
        return None
    if not all(map(target.sees, foreign.target_columns)):
        return None
    if not whole and not any(
        not index.partial and index.method == "btree"
        and {c.name for c in index.columns[: len(foreign.columns)]} == set(foreign.columns)
        for index in view.table.indexes
    ):  # fmt: skip
        return []
    other = target.alias("found_" + foreign.name)
    deep = known_rows(target.table) >= SMALL
    how = served(target.table, target.column(name).column, text) if deep and not whole else "substring"
    found = [] if how is None else _make(other, name, how, text)
    theirs = [other.raw(column) for column in foreign.target_columns]
    ours = [view.raw(column) for column in foreign.columns]
    left: Any = ours[0] if len(ours) == 1 else sa.tuple_(*ours)
    label = view.column(foreign.columns[-1]).column.label
    arms = []
    for arm in found:
        keys = other.select(*theirs).where(arm.condition)
        among: Condition = left.in_(keys)
        pairs = (one == two for one, two in zip(ours, theirs, strict=True))
        one_row = other.select(arm.each).where(*pairs).limit(sa.literal_column("1")).scalar_subquery()
        each: Condition = sa.func.coalesce(one_row, sa.false()) if deep else among
        through = Through(left, keys)
        arms.append(Arm(f"{label}: {arm.column}", arm.how, among, each, arm.heavy and deep, through, deep))
    return arms


def _label(view: View, one: SearchColumn) -> str:
    if one.foreign_key is None:
        return view.column(one.name).column.label or one.name if one.name in view.shape.by_name else ""
    return f"{one.foreign_key.role}.{one.name}"


def _advice(view: View, one: SearchColumn) -> Advice:
    table = view.table
    if one.foreign_key is not None and (target := view.of(one.foreign_key.target_ref)) is not None:
        table = target.table
    return advice.for_search(table, one.name, _label(view, one))


def _notes(
    arms: Sequence[Arm], missed: Sequence[str], masked: Sequence[str], *, small: bool, short: bool
) -> list[str]:
    notes = []
    if not arms and not missed:
        notes.append(t("query.nothing_searched"))
    elif arms and not small:
        ways = dict.fromkeys((arm.how, arm.column) for arm in arms)
        notes.append(
            t("query.searched", how=", ".join(t(f"query.{how}", column=column) for how, column in ways))
        )
    if missed:
        notes.append(t("query.not_searched", columns=", ".join(missed)))
        if short:
            notes.append(t("query.search_short"))
    if masked:
        notes.append(t("query.not_searched_masked", columns=", ".join(masked)))
    return notes

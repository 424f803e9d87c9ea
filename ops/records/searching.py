"""The one free-text search: in which columns of this table, for this person, and how an index serves each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ops.catalog import Column, ForeignKey, SearchColumn, Table
from ops.conditions import pattern, well_formed
from ops.policy import View
from ops.records.facts import SMALL, known_rows
from ops.words import t

CAP = 1000  # matches that are collected before they are put in order
_SHORTEST_INSIDE = 3  # characters a trigram needs


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to find rows: a condition that one index serves."""

    column: str
    how: str  # "exact", "prefix", "substring"
    condition: sa.ColumnElement[bool]


@dataclass(frozen=True)
class Search:
    """What will be searched, and what the page says about it."""

    arms: tuple[Arm, ...]
    notes: list[str] = field(default_factory=list)

    def condition(self) -> sa.ColumnElement[bool]:
        """All arms in one condition; nothing to search finds nothing."""
        return sa.or_(sa.false(), *(arm.condition for arm in self.arms))


def search_of(view: View, text: str) -> Search:
    """How `text` is searched: substrings in small tables, in large ones what indexes serve."""
    chosen = view.table.resource.search or _texts(view)
    masked = [_label(view, one) for one in chosen if one.foreign_key is None and _masked(view, one.name)]
    seen = [one for one in chosen if one.foreign_key is not None or view.sees(one.name)]
    arms: list[Arm] = []
    missed: list[tuple[str, str]] = []
    small = known_rows(view.table) < SMALL
    for one in seen:
        found = _arm(view, one, text, small=small)
        if found is not None:
            arms.append(found)
        elif not small:
            missed.append((_label(view, one), _helpful_index(view, one)))
    arms += [arm for arm in _key_arms(view, text, small) if arm.column not in {one.column for one in arms}]
    return Search(tuple(arms), _notes(arms, missed, masked, text, small))


def _texts(view: View) -> tuple[SearchColumn, ...]:
    return tuple(SearchColumn(one.name) for one in view.columns if one.column.is_text and not one.masked)[:6]


def _masked(view: View, name: str) -> bool:
    return name in view.shape.by_name and not view.sees(name)


def _arm(view: View, one: SearchColumn, text: str, *, small: bool) -> Arm | None:
    if one.foreign_key is not None:
        return _through(view, one.foreign_key, one.name, text, small=small)
    how = "substring" if small else _served(view.table, view.column(one.name).column, text)
    return None if how is None else _make(view, one.name, how, text)


def _make(view: View, name: str, how: str, text: str) -> Arm | None:
    column = view.column(name).column
    condition: sa.ColumnElement[bool] | None
    if how == "exact":
        texts = _spellings(text) if column.is_text else [text]
        fit = [one for one in texts if well_formed(column.base, one, column.enum_values or None)]
        condition = view.raw(name).in_([view.constant(name, one) for one in fit]) if fit else None
    else:
        raw = view.raw(name)
        value = raw if column.cast_type == "text" else sa.cast(raw, sa.Text)
        if how == "substring":
            condition = value.ilike(sa.literal(pattern(text, "contains"), sa.Text))
        else:
            likes = (sa.literal(pattern(one, "starts"), sa.Text) for one in _spellings(text))
            condition = sa.or_(*(value.like(like) for like in likes))
    return None if condition is None else Arm(column.label or name, how, condition)


def _spellings(text: str) -> list[str]:
    """The usual ways to write it: an index that knows case finds “harbour” as Harbour, so-17 as SO-17."""
    return list(dict.fromkeys((text, text.capitalize(), text.title(), text.upper(), text.lower())))


def _served(table: Table, column: Column, text: str) -> str | None:
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
            if trigram and len(text) >= _SHORTEST_INSIDE:
                found.add("substring")
    return next((how for how in ("substring", "prefix", "exact") if how in found), None)


def _key_arms(view: View, text: str, small: bool) -> list[Arm]:
    """A row is also found by its key, if the text can be one."""
    key = view.table.key
    if len(key) != 1 or not view.sees(key[0]):
        return []
    served = small or any(
        index.unique and index.columns[0].name == key[0] and len(index.columns) == 1
        for index in view.table.indexes
    )
    arm = _make(view, key[0], "exact", text) if served else None
    return [arm] if arm is not None else []


def _through(view: View, foreign: ForeignKey, name: str, text: str, *, small: bool) -> Arm | None:
    """Rows whose foreign key points at a row found by its own column, through the person's view of it."""
    target = view.of(foreign.target_ref)
    if target is None or not target.sees(name) or not all(map(view.sees, foreign.columns)):
        return None
    if not all(map(target.sees, foreign.target_columns)):
        return None
    if not small and not any(
        not index.partial and index.method == "btree"
        and {c.name for c in index.columns[: len(foreign.columns)]} == set(foreign.columns)
        for index in view.table.indexes
    ):  # fmt: skip
        return None
    other = target.alias("found_" + foreign.name)
    small_target = known_rows(target.table) < SMALL
    how = "substring" if small_target else _served(target.table, target.column(name).column, text)
    arm = None if how is None else _make(other, name, how, text)
    if arm is None:
        return None
    columns = [other.raw(column) for column in foreign.target_columns]
    keys = other.select(*columns).where(arm.condition).limit(sa.literal_column(str(CAP)))
    own = [view.raw(column) for column in foreign.columns]
    one: Any = own[0] if len(own) == 1 else sa.tuple_(*own)
    label = f"{view.column(foreign.columns[-1]).column.label}: {arm.column}"
    return Arm(label, arm.how, one.in_(keys))


def _label(view: View, one: SearchColumn) -> str:
    if one.foreign_key is None:
        return view.column(one.name).column.label or one.name if one.name in view.shape.by_name else ""
    return f"{one.foreign_key.role}.{one.name}"


def _helpful_index(view: View, one: SearchColumn) -> str:
    table, name = (view.table.full_name, one.name)
    if one.foreign_key is not None:
        table = f"{one.foreign_key.target_schema}.{one.foreign_key.target_table}"
    return f"CREATE INDEX ON {table} USING gin ({name} gin_trgm_ops)"


def _notes(
    arms: Sequence[Arm], missed: Sequence[tuple[str, str]], masked: Sequence[str], text: str, small: bool
) -> list[str]:
    notes = []
    if not arms:
        notes.append(t("query.nothing_searched"))
    elif not small:
        how = ", ".join(t(f"query.{arm.how}", column=arm.column) for arm in arms)
        notes.append(t("query.searched", how=how))
    if missed:
        columns = ", ".join(column for column, _ in missed)
        notes.append(t("query.not_searched", columns=columns, index="; ".join(index for _, index in missed)))
    if masked:
        notes.append(t("query.not_searched_masked", columns=", ".join(masked)))
    return notes

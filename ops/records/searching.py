"""The one free-text search: in which columns of this table, for this person, and how an index serves each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from ops.catalog import Column, ForeignKey, SearchColumn, Table
from ops.policy import View
from ops.records import advice
from ops.records.advice import Advice
from ops.records.arms import Arm, Condition, Looked, arms_of
from ops.records.facts import SMALL, known_rows
from ops.records.spelled import bytewise
from ops.words import t

SHORTEST_INSIDE = 3  # characters a trigram needs
MOST = 500  # what one shape remembers, this and all else


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


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a search looks, whatever the text: what follows from the shape of rights and the `sizes` of tables.

    `looked`: each with its label and advice where no index serves it. `key`: the key, by which a row is found too.
    """

    looked: tuple[tuple[Looked, str, SearchColumn], ...]
    key: Looked | None
    masked: tuple[str, ...]
    sizes: tuple[tuple[Table, bool], ...]


def search_of(view: View, text: str, *, everything: bool = False, small: bool | None = None) -> Search:
    """How `text` is searched: anywhere in small tables, in large ones what indexes serve.

    With `everything` all search columns are searched inside, which may have to read the whole table.
    """
    if small is None:
        small = known_rows(view.table) < SMALL
    whole, short = small or everything, len(text) < SHORTEST_INSIDE
    scope = _scope(view, whole=whole, short=short)
    arms: list[Arm] = []
    missed: list[tuple[str, Advice]] = []
    for one, label, column in scope.looked:
        found = arms_of(view, one, text)
        arms += found
        if not found and not whole:
            missed.append((label, _advice(view, column)))
    if scope.key is not None:
        known = {arm.column for arm in arms}
        arms += [arm for arm in arms_of(view, scope.key, text) if arm.column not in known]
    names = [name for name, _ in missed]
    notes = _notes(arms, names, scope.masked, small=small, short=short)
    return Search(tuple(arms), notes, tuple(names), tuple(dict.fromkeys(one for _, one in missed)))


def _scope(view: View, *, whole: bool, short: bool) -> _Scope:
    """The same for every text; kept with the shape as long as the tables it leads to have these sizes."""
    memory = view.shape.memory
    remembered = ("searched", whole, short, id(view.catalog))
    found: _Scope | None = memory.get(remembered)
    if found is None or any((known_rows(table) >= SMALL) is not large for table, large in found.sizes):
        found = _scope_of(view, whole=whole, short=short)
        if len(memory) < MOST:
            memory[remembered] = found
    return found


def _scope_of(view: View, *, whole: bool, short: bool) -> _Scope:
    looked: list[tuple[Looked, str, SearchColumn]] = []
    sizes: dict[str, tuple[Table, bool]] = {}
    masked = []
    for one in view.table.resource.search or _texts(view):
        label = _label(view, one)
        if one.foreign_key is None:
            if view.sees(one.name):
                looked.append((_looked(view, one.name, whole=whole, short=short), label, one))
            elif one.name in view.shape.by_name:
                masked.append(label)
            continue
        found = _through(view, one.foreign_key, one.name, whole=whole, short=short)
        if found is not None:
            looked.append((found, label, one))
            target = view.of(one.foreign_key.target_ref)
            assert target is not None, "a search across a foreign key has seen its target"
            sizes[target.table.ref] = (target.table, known_rows(target.table) >= SMALL)
    return _Scope(tuple(looked), _key(view, whole=whole), tuple(masked), tuple(sizes.values()))


def _texts(view: View) -> tuple[SearchColumn, ...]:
    return tuple(SearchColumn(one.name) for one in view.columns if one.column.is_text and not one.masked)[:6]


def _looked(view: View, name: str, *, whole: bool, short: bool) -> Looked:
    """A column of the view's own; where no index serves it, that is said."""
    column = view.column(name).column
    how = "substring" if whole else served(view.table, column, short=short)
    return Looked(name, column, column.label or name, how, compared=bytewise(view.table, column))


def served(table: Table, column: Column, *, short: bool) -> str | None:
    """The widest search an index of the table serves on this column, or None; a `short` text has no trigram."""
    found: set[str] = set()
    for index in table.indexes:
        if index.partial:
            continue
        first = index.columns[0]
        if first.name == column.name and index.method == "btree":
            found.add("prefix" if first.prefix and column.is_text else "exact")
        if index.method in ("gin", "gist"):
            trigram = any(c.name == column.name and c.opclass.endswith("_trgm_ops") for c in index.columns)
            if trigram and not short:
                found.add("substring")
    return next((how for how in ("substring", "prefix", "exact") if how in found), None)


def _key(view: View, *, whole: bool) -> Looked | None:
    """A row is also found by its key, if the text can be one."""
    key = view.table.key
    if len(key) != 1 or not view.sees(key[0]):
        return None
    indexed = whole or any(
        index.unique and index.columns[0].name == key[0] and len(index.columns) == 1
        for index in view.table.indexes
    )
    column = view.column(key[0]).column
    return Looked(key[0], column, column.label or key[0], "exact") if indexed else None


def _through(view: View, foreign: ForeignKey, name: str, *, whole: bool, short: bool) -> Looked | None:
    """A column of the rows that ours point at, through the person's view of them; None where they see no way there."""
    target = view.of(foreign.target_ref)
    if target is None or not target.sees(name) or not all(map(view.sees, foreign.columns)):
        return None
    if not all(map(target.sees, foreign.target_columns)):
        return None
    column = target.column(name).column
    label = f"{view.column(foreign.columns[-1]).column.label}: {column.label or name}"
    deep = known_rows(target.table) >= SMALL
    if not whole and not any(
        not index.partial and index.method == "btree"
        and {c.name for c in index.columns[: len(foreign.columns)]} == set(foreign.columns)
        for index in view.table.indexes
    ):  # fmt: skip
        return Looked(name, column, label, None, foreign, deep)
    how = served(target.table, column, short=short) if deep and not whole else "substring"
    return Looked(name, column, label, how, foreign, deep, bytewise(target.table, column))


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

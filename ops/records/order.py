"""In which order a list can be shown: only orders that an index serves, ties included, or small tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from ops.catalog import Index, Table
from ops.policy import View
from ops.records.facts import Facts


@dataclass(frozen=True, slots=True)
class Term:
    """One column of an ORDER BY. Where NULLs stand is said: an index has them at one end only."""

    name: str
    descending: bool = False
    nulls_first: bool = False
    nullable: bool = False

    def reversed(self) -> Term:
        """The same walked backwards, NULLs included."""
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a list. `total`: no two rows are equal in it, so that a place in it can be kept.

    `held`: columns that a filter holds to one value and the index begins with. `served`: by an index.
    """

    sort: str | None  # "-placed_at"; None is by key or as it comes
    terms: tuple[Term, ...]
    total: bool
    held: frozenset[str] = frozenset()
    served: bool = True

    def reversed(self) -> Order:
        """The same order from its other end."""
        return replace(self, terms=tuple(term.reversed() for term in self.terms))

    @property
    def mark(self) -> str:
        """What a cursor remembers of the order it belongs to."""
        return ",".join(
            f"{'-' if term.descending else ''}{term.name}{'!' if term.nulls_first else ''}"
            for term in self.terms
        )


def order_of(view: View, facts: Facts, sort: str, equal: Collection[str] = ()) -> Order | None:
    """The order by `sort` as an index serves it, or by sorting a small table; None where neither will do.

    `equal` are columns that a filter holds to one value: an index may begin with them.
    """
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if name not in view.shape.by_name:
        name, descending = sort, False
    if not view.sees(name) or not view.column(name).column.comparable:
        return None
    if not view.table.key:
        return _keyless(view, facts, sort, name, descending)
    found = _by_index(view, facts, name, descending, frozenset(equal))
    if found is not None:
        return Order(sort, found[0], True, found[1])
    if facts.nearly_unique(name) and _leads(view.table, facts, name):
        return Order(sort, _leading(view, facts, name, descending), True)
    if facts.small:
        first = Term(name, descending, False, view.column(name).column.nullable)
        return Order(sort, (first, *_key(view, name)), True, served=False)
    return None


def default_order(view: View, facts: Facts, equal: Collection[str] = ()) -> Order:
    """The order a table has by itself: its Resource's if served, else by key, else as the rows come."""
    wanted = view.table.resource.order
    if wanted is not None:
        found = order_of(view, facts, wanted, equal)
        if found is not None:
            return found
    return key_order(view, facts)


def key_order(view: View, facts: Facts) -> Order:
    """By key, in the order of the key's own index; keyless: by every column, if the table is small."""
    if view.table.key:
        for index in _usable(view.table, facts):
            names = [column.name for column in index.columns]
            if set(names) == set(view.table.key):
                return Order(None, tuple(_terms(view, index, len(names), backwards=False)), True)
        return Order(None, tuple(_key(view, "")), True, served=False)
    return Order(None, _every_column(view, "") if facts.small else (), False)


def sortable(view: View, facts: Facts, names: Iterable[str], equal: Collection[str] = ()) -> dict[str, bool]:
    """For each column whether a list can be sorted by it."""
    return {name: order_of(view, facts, name, equal) is not None for name in names}


def clauses(order: Order, column: Mapping[str, sa.ColumnElement[Any]]) -> list[sa.ColumnElement[Any]]:
    """The ORDER BY of an order; NULLS FIRST and LAST are only written where they differ from the usual.

    Also for columns without NULLs: PostgreSQL takes an index for the order only if both say the same.
    """
    said: list[sa.ColumnElement[Any]] = []
    for term in order.terms:
        clause = column[term.name].desc() if term.descending else column[term.name].asc()
        if term.nulls_first != term.descending:
            clause = clause.nulls_first() if term.nulls_first else clause.nulls_last()
        said.append(clause)
    return said


def _usable(table: Table, facts: Facts) -> Iterable[Index]:
    return (
        index
        for index in table.indexes
        if index.method == "btree" and not index.partial and index.name not in facts.odd_indexes
        # The pattern classes sort by bytes, which is not what ORDER BY asks for.
        and not any(column.opclass.endswith("_pattern_ops") for column in index.columns)
    )  # fmt: skip


def _by_index(
    view: View, facts: Facts, name: str, descending: bool, equal: frozenset[str]
) -> tuple[tuple[Term, ...], frozenset[str]] | None:
    best: tuple[tuple[Term, ...], frozenset[str]] | None = None
    for index in _usable(view.table, facts):
        skipped = 0
        while (
            skipped < len(index.columns)
            and index.columns[skipped].name in equal
            and index.columns[skipped].name != name
        ):
            skipped += 1
        needed = _until_total(view, index, skipped, equal)
        if needed and index.columns[skipped].name == name:
            backwards = index.columns[skipped].descending != descending
            terms = _terms(view, index, needed, backwards=backwards)[skipped:]
            # Of two that order alike the one that begins with what a filter holds: it leads past no other row.
            held = frozenset(str(column.name) for column in index.columns[:skipped])
            if best is None or (len(terms), -len(held)) < (len(best[0]), -len(best[1])):
                best = terms, held
    return best


def _until_total(view: View, index: Index, skipped: int, equal: frozenset[str]) -> int:
    """How many columns of the index order the rows without a tie; 0 where they never do."""
    missing = set(view.table.key) - equal
    columns = view.table.columns
    for position, part in enumerate(index.columns):
        # A cursor carries the values of these columns, so they must be the person's to read.
        if part.name is None or not view.sees(part.name):
            return 0
        missing.discard(part.name)
        if not missing and position >= skipped:
            return position + 1
    all_set = all(part.name is not None and not columns[part.name].nullable for part in index.columns)
    return len(index.columns) if index.unique and all_set and len(index.columns) > skipped else 0


def _terms(view: View, index: Index, count: int, *, backwards: bool) -> tuple[Term, ...]:
    terms = []
    for part in index.columns[:count]:
        assert part.name is not None
        nullable = view.table.columns[part.name].nullable
        term = Term(part.name, part.descending, part.nulls_first, nullable)
        terms.append(term.reversed() if backwards else term)
    return tuple(terms)


def _leads(table: Table, facts: Facts, name: str) -> bool:
    return any(index.columns[0].name == name for index in _usable(table, facts))


def _leading(view: View, facts: Facts, name: str, descending: bool) -> tuple[Term, ...]:
    index = next(one for one in _usable(view.table, facts) if one.columns[0].name == name)
    first = _terms(view, index, 1, backwards=index.columns[0].descending != descending)
    return (*first, *_key(view, name))


def _key(view: View, besides: str) -> tuple[Term, ...]:
    return tuple(Term(name) for name in view.table.key if name != besides)


def _keyless(view: View, facts: Facts, sort: str, name: str, descending: bool) -> Order | None:
    nullable = view.column(name).column.nullable
    if facts.small:
        first = Term(name, descending, False, nullable)
        return Order(sort, (first, *_every_column(view, name)), False)
    for index in _usable(view.table, facts):
        if index.columns[0].name == name:
            backwards = index.columns[0].descending != descending
            return Order(sort, _terms(view, index, 1, backwards=backwards), False)
    return None


def _every_column(view: View, besides: str) -> tuple[Term, ...]:
    return tuple(
        Term(one.name, nullable=one.column.nullable)
        for one in view.columns
        if one.column.comparable and not one.masked and one.name != besides
    )

"""Which filters an index of a large table serves: along the list's order, or by gathering their rows first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ops.catalog import Index, Table
from ops.conditions import Filter
from ops.policy import View
from ops.records.arms import Through
from ops.records.facts import SMALL, Facts, known_rows
from ops.records.order import Order
from ops.records.searching import SHORTEST_INSIDE
from ops.records.subject import Subject, condition, of_filter

_EXACT = frozenset(("is", "in", "true", "false"))
_RANGES = frozenset(("gt", "ge", "lt", "le", "between", "during", "last", "next"))
_ENDS = frozenset(("empty", "filled"))


@dataclass(frozen=True)
class Gatherer:
    """Filters whose rows one index finds. `rank`: the lower, the fewer rows are to be expected."""

    filters: tuple[Filter, ...]
    condition: sa.ColumnElement[Any]
    rank: float
    heavy: bool = False  # the index reads all matches before it gives the first
    through: Through | None = None


def filters_served(table: Table, filters: Iterable[Filter]) -> bool:
    """Whether at least one of the filters has an index that finds its rows, or their number, quickly."""
    return any(not one.path and (_found(table, one) or _inside_text(table, one)) for one in filters)


def quick_columns(view: View) -> list[str]:
    """Labels of the columns a large table is quickly filtered by, for the person; at most six."""
    found: dict[str, str] = {}
    for index in view.table.indexes:
        name = index.columns[0].name
        if name is not None and view.sees(name) and index.method == "btree" and not index.partial:
            found.setdefault(name, view.column(name).column.label or name)
    return list(found.values())[:6]


def along(view: View, order: Order, one: Filter) -> bool:
    """Whether the order's own index leads past no row that this filter leaves out."""
    if not order.served or not order.terms:
        return False
    subject = of_filter(view, one)
    if not subject.plain:
        return False
    moment = subject.column.category == "timestamp"
    if one.column in order.held:
        return one.op in ("true", "false") or (one.op == "is" and not moment)
    if one.column != order.terms[0].name:
        return False
    return one.op in _RANGES or one.op == "is" or (one.op in _ENDS and subject.column.category in _PLAIN_ENDS)


# Their "empty" is NULL alone, which stands at one end of the index.
_PLAIN_ENDS = frozenset(("date", "timestamp", "integer", "number", "boolean", "uuid", "enum"))


def gatherer(view: View, facts: Facts, filters: Sequence[Filter]) -> Gatherer | None:
    """The filters that had best be looked up first; None where no index finds the rows of any."""
    if not filters:
        return None
    plain = [one for one in filters if not one.path]
    found = [
        *_by_btree(view, facts, plain),
        *(one for each in filters for one in _by_other(view, each)),
    ]
    return min(found, key=lambda one: (one.heavy, one.rank), default=None)


def _by_btree(view: View, facts: Facts, filters: Sequence[Filter]) -> Iterator[Gatherer]:
    for index in view.table.indexes:
        if index.method != "btree" or index.partial:
            continue
        used: list[Filter] = []
        for part in index.columns:
            exact = next((one for one in filters if one.column == part.name and _is_exact(view, one)), None)
            if exact is None or not _equates(index, facts):
                break
            used.append(exact)
        ranks = [facts.ties.get(one.column, facts.rows) * max(1, len(one.values())) for one in used]
        rank = min(ranks, default=float("inf"))
        if index.unique and len(used) == len(index.columns):
            rank = 1.0
        if not used:
            used = [one for one in filters if _in_range(view, facts, index, one)][:1]
            rank = facts.rows * 0.9
        if used:
            yield Gatherer(tuple(used), sa.and_(*(condition(view, one) for one in used)), rank)


def _by_other(view: View, one: Filter) -> Iterator[Gatherer]:
    subject = of_filter(view, one)
    if subject.foreign is not None:
        yield from _across(view, one, subject)
        return
    if subject.inside:
        if one.op in ("is", "in") and _expression_index(view.table, subject):
            yield Gatherer((one,), condition(view, one), 500.0)
        return
    if _inside_text(view.table, one) or (one.op == "has" and _gin(view.table, one.column)):
        yield Gatherer((one,), condition(view, one), 1e6, heavy=True)


def _across(view: View, one: Filter, subject: Subject) -> Iterator[Gatherer]:
    foreign, table = subject.foreign, subject.view.table
    assert foreign is not None
    if not any(_leads(index, foreign.columns) for index in view.table.indexes):
        return
    there = Filter(subject.column.name, one.op, one.value, subject.inside)
    small = known_rows(table) < SMALL
    heavy = not small and not _found(table, there) and _inside_text(table, there)
    if not small and not heavy and not _found(table, there):
        return
    other = subject.view.alias(f"from_{foreign.name}")
    theirs = (other.raw(name).label(f"k{n}") for n, name in enumerate(foreign.target_columns))
    keys = other.select(*theirs).where(condition(other, there))
    ours = tuple(view.raw(name) for name in foreign.columns)
    left: Any = ours[0] if len(ours) == 1 else sa.tuple_(*ours)
    yield Gatherer((one,), left.in_(keys), 1e5, heavy, Through(ours, (keys,)))


def _in_range(view: View, facts: Facts, index: Index, one: Filter) -> bool:
    if one.column != index.columns[0].name or not _begins(index, one):
        return False
    category = of_filter(view, one).column.category
    # Several stretches of time, or "empty" of a text, are several ranges: together they are read to the end first.
    several = (one.op == "in" and category == "timestamp") or (
        one.op == "empty" and category not in _PLAIN_ENDS
    )
    return not several and (one.op == "starts" or index.name not in facts.odd_indexes)


def _is_exact(view: View, one: Filter) -> bool:
    return one.op in _EXACT and of_filter(view, one).column.category != "timestamp"


def _equates(index: Index, facts: Facts) -> bool:
    patterns = all(part.opclass.endswith("_pattern_ops") for part in index.columns[:1])
    return patterns or index.name not in facts.odd_indexes


def _begins(index: Index, one: Filter) -> bool:
    first = index.columns[0]
    if one.op == "starts":
        return first.prefix
    pattern_ops = first.opclass.endswith("_pattern_ops")
    return (one.op in _RANGES or one.op in _EXACT or one.op == "empty") and not pattern_ops


def _found(table: Table, one: Filter) -> bool:
    """Whether a B-tree finds the filter's rows one after the other."""
    return not one.path and any(
        index.method == "btree"
        and not index.partial
        and index.columns[0].name == one.column
        and (one.op in _EXACT or _begins(index, one))
        for index in table.indexes
    )


def _inside_text(table: Table, one: Filter) -> bool:
    if one.path or one.op not in ("contains", "starts") or len(one.value) < SHORTEST_INSIDE:
        return False
    return any(
        part.name == one.column and part.opclass.endswith("_trgm_ops")
        for index in table.indexes
        if index.method in ("gin", "gist") and not index.partial
        for part in index.columns
    )


def _gin(table: Table, name: str) -> bool:
    return any(
        index.method == "gin" and not index.partial and any(part.name == name for part in index.columns)
        for index in table.indexes
    )


def _expression_index(table: Table, subject: Subject) -> bool:
    """Whether there is an index on just this value inside the JSON column, as PostgreSQL prints it."""
    path = ",".join(subject.inside)
    wanted = f"{subject.column.name} #>> '{{{path}}}'::text[]"
    return any(
        index.method == "btree"
        and not index.partial
        and (index.columns[0].expression or "").strip("()").replace('"', "") == wanted.replace('"', "")
        for index in table.indexes
    )


def _leads(index: Index, columns: tuple[str, ...]) -> bool:
    leading = {part.name for part in index.columns[: len(columns)]}
    return index.method == "btree" and not index.partial and leading == set(columns)

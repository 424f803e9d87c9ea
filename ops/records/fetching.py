"""The rows of one page: the SELECT, where it begins, and what comes back made into rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import key_text
from ops.policy import View
from ops.records.keyset import after
from ops.records.order import Order, clauses
from ops.records.query import ListQuery
from ops.records.rows import CUT, Cell, Row
from ops.records.searching import CAP, Search
from ops.records.statement import condition_of, raw_columns

Column = sa.ColumnElement[Any]
Position = Sequence[str | None] | int | None


@dataclass(frozen=True)
class Plan:
    """What is to be fetched. `position`: values of the row before it, rows to leave out, or None.

    `fenced`: all matches (they are few, or capped) are collected before they are put in order.
    """

    view: View
    query: ListQuery
    order: Order
    size: int
    backwards: bool = False
    position: Position = None
    search: Search | None = None
    fenced: bool = False
    titled: bool = True

    @property
    def walked(self) -> Order:
        """The order in which rows are read: from the other end for an earlier page."""
        return self.order.reversed() if self.backwards else self.order


@dataclass(frozen=True)
class Fetched:
    """Rows in the order of the list, the places of the first and the last, and whether there are more."""

    rows: list[Row]
    places: list[tuple[str | None, ...]]
    more: bool


def fetch(tx: Session, plan: Plan) -> Fetched:
    """Read one row more than the page holds: that one only says that there are more."""
    select = _fenced(plan) if plan.fenced else _direct(plan)
    if select is None:
        return Fetched([], [], more=False)
    rows = list(tx.execute(select))
    branched = bool(rows) and rows[0]._fields[0] == "branch"
    if branched:
        rows.sort(key=lambda row: row.branch)  # stable: inside a branch PostgreSQL has put them in order
    more = len(rows) > plan.size
    rows = rows[: plan.size]
    if plan.backwards:
        rows.reverse()
    read = _Reading(plan, int(branched))
    ends = (rows[0], rows[-1]) if rows else ()
    return Fetched([read.row(row) for row in rows], [read.place(row) for row in ends], more)


def matches(plan: Plan) -> sa.Select[Any]:
    """All rows a search finds, by what places them; each arm capped and served by its own index."""
    columns = raw_columns(plan.view)
    names = _place_names(plan)
    conditions = condition_of(plan.view, plan.query)
    cap: Column = sa.literal_column(str(CAP + 1))

    def arm(*found: Column) -> sa.Select[Any]:
        items: list[Column] = [columns[name].label(f"p{n}") for n, name in enumerate(names)] or [
            sa.literal_column("1")
        ]
        return plan.view.select(*items).where(*conditions, *found).limit(cap)

    if plan.search is not None and not names:  # rows that cannot be told apart cannot be put together
        return arm(plan.search.condition())
    arms = [arm(one.condition) for one in plan.search.arms] if plan.search else [arm()]
    if len(arms) == 1:
        return arms[0]
    # A row that several arms find is one row.
    apart = [sa.select(one.subquery(f"arm{n}")) for n, one in enumerate(arms)]
    return sa.select(sa.union(*apart).subquery("arms")).limit(cap)


def _place_names(plan: Plan) -> list[str]:
    return list(dict.fromkeys((*(term.name for term in plan.order.terms), *plan.view.table.key)))


def _direct(plan: Plan) -> sa.Select[Any] | None:
    columns = raw_columns(plan.view)
    conditions = condition_of(plan.view, plan.query)
    if plan.search is not None:
        conditions.append(plan.search.condition())
    limit: Column = sa.literal_column(str(plan.size + 1))
    base = plan.view.select(*_items(plan)).where(*conditions)
    ordered = base.order_by(*clauses(plan.walked, columns)).limit(limit)
    if plan.position is None:
        return ordered
    if isinstance(plan.position, int):
        return ordered.offset(sa.literal(plan.position, sa.Integer))
    branches = after(plan.walked, plan.position, columns, plan.view.constant)
    if len(branches) < 2:
        return ordered.where(branches[0]) if branches else None
    # One after the other, each with its own way into the index; Python keeps them apart by number.
    parts = [
        sa.select(sa.literal_column(str(n)).label("branch"), ordered.where(branch).subquery(f"b{n}"))
        for n, branch in enumerate(branches)
    ]
    return sa.select(sa.union_all(*parts).subquery("branches"))


def _fenced(plan: Plan) -> sa.Select[Any] | None:
    """Candidates first (materialised: no plan walks around them), then order and cut, then values."""
    found = matches(plan).cte("candidates").prefix_with("MATERIALIZED")
    names = _place_names(plan)
    column = {name: found.c[f"p{n}"] for n, name in enumerate(names)}
    cut = sa.select(found).order_by(*clauses(plan.walked, column))
    if plan.position is not None and not isinstance(plan.position, int):
        branches = after(plan.walked, plan.position, column, plan.view.constant)
        if not branches:
            return None
        cut = cut.where(sa.or_(*branches))
    chosen = cut.limit(sa.literal_column(str(plan.size + 1))).cte("chosen").prefix_with("MATERIALIZED")
    ordered = {name: chosen.c[f"p{n}"] for n, name in enumerate(names)}
    same = sa.and_(*(plan.view.raw(name) == ordered[name] for name in plan.view.table.key))
    return plan.view.select(*_items(plan)).join(chosen, same).order_by(*clauses(plan.walked, ordered))


def _items(plan: Plan) -> list[Column]:
    """What is read: keys and places in full, cells cut, the row's title."""
    view = plan.view
    remembered = ("items", plan.query.columns, plan.order, plan.titled, id(view.catalog))
    items: list[Column] | None = view.shape.memory.get(remembered)
    if items is None:
        items = [view.text(name).label(f"k{n}") for n, name in enumerate(view.table.key)]
        if plan.order.total:
            items += [view.text(term.name).label(f"o{n}") for n, term in enumerate(plan.order.terms)]
        items += [view.brief(name, CUT + 1).label(f"c{n}") for n, name in enumerate(plan.query.columns)]
        items.append(_title(plan).label("title"))
        if len(view.shape.memory) < 500:
            view.shape.memory[remembered] = items
    return items


def _title(plan: Plan) -> Column:
    """The row's title; a title may look into other tables, so a list asks for it only where it shows it."""
    title = plan.view.title()
    if plan.titled or not plan.query.columns:
        return title
    named: Column = sa.func.coalesce(plan.view.text(plan.query.columns[0]), "") != ""
    return sa.case((named, sa.null()), else_=title)


class _Reading:
    """Makes rows of what came back, by the places of the items in the SELECT."""

    def __init__(self, plan: Plan, skipped: int) -> None:
        keys = skipped + len(plan.view.table.key)
        cells = keys + (len(plan.order.terms) if plan.order.total else 0)
        self.key = slice(skipped, keys)
        self.places = slice(keys, cells)
        self.title = cells + len(plan.query.columns)
        self.cells = [
            (name, cells + n, plan.view.column(name).masked) for n, name in enumerate(plan.query.columns)
        ]

    def row(self, row: sa.Row[Any]) -> Row:
        parts = row[self.key]
        cells = {name: _cell(row[place], masked) for name, place, masked in self.cells}
        return Row(key_text([part or "" for part in parts]) if parts else None, cells, row[self.title] or "")

    def place(self, row: sa.Row[Any]) -> tuple[str | None, ...]:
        return tuple(row[self.places])


def _cell(text: str | None, masked: bool) -> Cell:
    if text is None:
        return Cell("", False, masked, True)
    if len(text) > CUT:
        return Cell(text[:CUT], True, masked)
    return Cell(text, False, masked)

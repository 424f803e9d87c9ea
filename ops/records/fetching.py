"""The rows of one page: what is read of each, where it begins, and what comes back made into rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import key_text
from ops.policy import View
from ops.records.finished import sent
from ops.records.keyset import after, at
from ops.records.order import Order, clauses
from ops.records.query import ListQuery
from ops.records.rows import CUT, Cell, Row
from ops.records.statement import raw_columns

Column = sa.ColumnElement[Any]
_NULL, _MASKED_NULL = Cell("", null=True), Cell("", masked=True, null=True)
_new = tuple.__new__


@dataclass(frozen=True)
class Position:
    """Where a page begins: after the row with these `values`; or at, or beyond, one value of the first column.

    `capped`: among the first matches found by a search of more. `skip`: rows to leave out where none can be named.
    """

    values: Sequence[str | None] = ()
    at: str | None = None
    inclusive: bool = True
    capped: bool = False
    skip: int = 0


@dataclass(frozen=True)
class Plan:
    """What is to be fetched: `size` rows of the view, in an order, from a position or from one of its ends."""

    view: View
    query: ListQuery
    order: Order
    size: int
    backwards: bool = False
    position: Position | None = None
    titled: bool = True

    @property
    def walked(self) -> Order:
        """The order in which rows are read: from the other end for an earlier page."""
        return self.order.reversed() if self.backwards else self.order

    @property
    def limit(self) -> Column:
        """One row more than the page holds: that one only says that there are more."""
        return sa.literal_column(str(self.size + 1))

    def branches(self, column: dict[str, Column]) -> list[Column] | None:
        """Conditions for the rows from the position on, one after the other; None: from the end of the list."""
        if self.position is None or not self.order.total:
            return None
        constant = self.view.constant
        if self.position.at is not None:
            return at(self.walked, self.position.at, column, constant, inclusive=self.position.inclusive)
        return after(self.walked, self.position.values, column, constant)


@dataclass(frozen=True)
class Fetched:
    """Rows in the order of the list, the places of the first and the last, and whether there are more.

    `end`: the place up to which was looked, where that was not far enough to fill the page.
    """

    rows: list[Row] = field(default_factory=list)
    places: list[tuple[str | None, ...]] = field(default_factory=list)
    more: bool = False
    end: tuple[str | None, ...] | None = None


def fetch(tx: Session, plan: Plan, conditions: Sequence[Column]) -> Fetched:
    """The rows that fit, read along the order: for conditions that an index of this order serves, or few rows."""
    branches = plan.branches(raw_columns(plan.view))
    if branches == []:
        return Fetched()
    branched = branches is not None and len(branches) > 1
    if plan.position is not None and plan.position.skip:
        rows = list(tx.execute(_direct(plan, conditions, branches)))
    else:
        # The first condition of a position may be the only one: how many they are tells the statements apart.
        what = "rows" if branches is None else f"rows after {len(branches)}"
        rows = sent(
            tx, plan, what, [*(branches or ()), *conditions], lambda: _direct(plan, conditions, branches)
        )
    if branched:
        rows.sort(key=lambda row: row.branch)  # stable: inside a branch PostgreSQL has put them in order
    return made(plan, rows, int(branched))


def made(
    plan: Plan, rows: list[sa.Row[Any]], skipped: int, end: tuple[str | None, ...] | None = None
) -> Fetched:
    """What came back, in the order of walking, as rows; `skipped` items stand before those of `items`."""
    more = len(rows) > plan.size
    rows = rows[: plan.size]
    if plan.backwards:
        rows.reverse()
    read = Reading(plan, skipped)
    ends = (rows[0], rows[-1]) if rows else ()
    return Fetched(
        [read.row(row) for row in rows], [read.place(row) for row in ends], more, None if more else end
    )


def place_names(plan: Plan) -> list[str]:
    """The columns that place a row: those of the order and the key."""
    return list(dict.fromkeys((*(term.name for term in plan.order.terms), *plan.view.table.key)))


def places(plan: Plan) -> list[Column]:
    """They themselves, named p0, p1, …"""
    columns = raw_columns(plan.view)
    return [columns[name].label(f"p{n}") for n, name in enumerate(place_names(plan))]


def placed(plan: Plan, source: sa.FromClause) -> dict[str, Column]:
    """The same columns of a subquery that selected `places`, by name."""
    return {name: source.c[f"p{n}"] for n, name in enumerate(place_names(plan))}


def shown(plan: Plan, chosen: sa.FromClause, *more: Column) -> sa.Select[Any]:
    """What is shown of the rows that `chosen` places, looked up by key."""
    ordered = placed(plan, chosen)
    same = sa.and_(*(plan.view.raw(name) == ordered[name] for name in plan.view.table.key))
    return plan.view.select(*more, *items(plan)).join(chosen, same)


def _direct(plan: Plan, conditions: Sequence[Column], branches: Sequence[Column] | None) -> sa.Select[Any]:
    columns = raw_columns(plan.view)
    base = plan.view.select(*items(plan)).where(*conditions)
    ordered = base.order_by(*clauses(plan.walked, columns)).limit(plan.limit)
    if plan.position is not None and plan.position.skip:
        return ordered.offset(sa.literal(plan.position.skip, sa.Integer))
    if branches is None:
        return ordered
    if len(branches) < 2:
        return ordered.where(*branches)
    # One after the other, each with its own way into the index; Python keeps them apart by number.
    parts = [
        sa.select(sa.literal_column(str(n)).label("branch"), ordered.where(branch).subquery(f"b{n}"))
        for n, branch in enumerate(branches)
    ]
    return sa.select(sa.union_all(*parts).subquery("branches"))


def items(plan: Plan) -> list[Column]:
    """What is read: keys and places in full, cells cut, the row's title."""
    view = plan.view
    remembered = ("items", plan.query.columns, plan.order, plan.titled, id(view.catalog))
    found: list[Column] | None = view.shape.memory.get(remembered)
    if found is None:
        found = [view.text(name).label(f"k{n}") for n, name in enumerate(view.table.key)]
        if plan.order.total:
            found += [view.text(term.name).label(f"o{n}") for n, term in enumerate(plan.order.terms)]
        found += [view.brief(name, CUT + 1).label(f"c{n}") for n, name in enumerate(plan.query.columns)]
        found.append(_title(plan).label("title"))
        if len(view.shape.memory) < 500:
            view.shape.memory[remembered] = found
    return found


def _title(plan: Plan) -> Column:
    """The row's title; a title may look into other tables, so a list asks for it only where it shows it."""
    title = plan.view.title()
    if plan.titled or not plan.query.columns:
        return title
    named: Column = sa.func.coalesce(plan.view.text(plan.query.columns[0]), "") != ""
    return sa.case((named, sa.null()), else_=title)


class Reading:
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
        """One row of the list."""
        parts, cells = row[self.key], {}
        for name, place, masked in self.cells:
            text = row[place]
            if text is None:
                cells[name] = _MASKED_NULL if masked else _NULL
            else:
                cut = len(text) > CUT
                # Four hundred of them on a page: past what a NamedTuple's own constructor costs.
                cells[name] = _new(Cell, (text[:CUT] if cut else text, cut, masked, False))
        return Row(key_text([part or "" for part in parts]) if parts else None, cells, row[self.title] or "")

    def place(self, row: sa.Row[Any]) -> tuple[str | None, ...]:
        """Its place in the order."""
        return tuple(row[self.places])

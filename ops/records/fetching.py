"""The rows of one page: what is read of each, where it begins, and what comes back made into rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import ForeignKey
from ops.policy import View
from ops.records.finished import sent
from ops.records.keyset import after, at
from ops.records.order import Order, clauses
from ops.records.query import ListQuery
from ops.records.rows import CUT, Layout, Rows
from ops.records.statement import raw_columns
from ops.records.titles import pointed_at

Column = sa.ColumnElement[Any]
_SHORT = frozenset({"integer", "boolean", "date", "timestamp", "enum", "uuid"})  # never longer than a cell


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
    named: tuple[tuple[str, ForeignKey], ...] = ()  # columns shown with the title of the row they point at
    also: Callable[[View], Column] | None = None  # one more item of each row
    counts: bool = True  # whether somebody wants to know how many there are in all

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

    rows: Rows = field(default_factory=Rows)
    places: list[tuple[str | None, ...]] = field(default_factory=list)
    more: bool = False
    end: tuple[str | None, ...] | None = None


def fetch(tx: Session, plan: Plan, conditions: Sequence[Column]) -> Fetched:
    """The rows that fit, read along the order: for conditions that an index of this order serves, or few rows."""
    return counted(tx, plan, conditions, None)[0]


def counted(
    tx: Session, plan: Plan, conditions: Sequence[Column], count: Callable[[], Column] | None
) -> tuple[Fetched, Any]:
    """The same with what `count` makes, which follows from the conditions; None where no row has brought its value."""
    branches = plan.branches(raw_columns(plan.view))
    if branches == []:
        return Fetched(), None
    branched = branches is not None and len(branches) > 1
    counting = None if branched else count
    skipped = int(branched or counting is not None)
    # What a search finds is mostly less than a page, and looking inside texts once is dear enough.
    alone = counting is not None and plan.position is None and bool(plan.query.search)

    def make() -> sa.Select[Any]:
        if counting is not None and alone:
            return _first_counted(plan, conditions, counting())
        return _direct(plan, conditions, branches, [counting()] if counting is not None else [])

    if plan.position is not None and plan.position.skip:
        rows: list[Any] = list(tx.execute(make()))
    else:
        # The first condition of a position may be the only one: how many they are tells the statements apart.
        what = "alone" if alone else "counted" if counting is not None else "rows"
        what = what if branches is None else f"{what} after {len(branches)}"
        rows = sent(tx, plan, what, [*(branches or ()), *conditions], make)
    if branched:
        rows.sort(key=itemgetter(0))  # stable: inside a branch PostgreSQL has put them in order
    number = rows[0][0] if rows and counting is not None else None
    return made(plan, rows, skipped), number


def made(plan: Plan, rows: list[Any], skipped: int, end: tuple[str | None, ...] | None = None) -> Fetched:
    """What came back, in the order of walking, as rows; `skipped` items stand before those of `items`."""
    more = len(rows) > plan.size
    rows = rows[: plan.size]
    if plan.backwards:
        rows.reverse()
    layout = items(plan, skipped)[1]
    ends = (rows[0], rows[-1]) if rows else ()
    return Fetched(Rows(rows, layout), [layout.place(row) for row in ends], more, None if more else end)


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
    return plan.view.select(*more, *items(plan)[0]).join(chosen, same)


def _direct(
    plan: Plan, conditions: Sequence[Column], branches: Sequence[Column] | None, first: Sequence[Column]
) -> sa.Select[Any]:
    columns = raw_columns(plan.view)
    base = plan.view.select(*first, *items(plan)[0]).where(*conditions)
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


def _first_counted(plan: Plan, conditions: Sequence[Column], count: Column) -> sa.Select[Any]:
    """The first page with the number of all rows: what does not fill it needs no counting of its own."""
    columns = raw_columns(plan.view)
    names = [term.name for term in plan.order.terms]
    kept = [columns[name].label(f"p{n}") for n, name in enumerate(names)]
    found = plan.view.select(*kept, *items(plan)[0]).where(*conditions)
    ordered = found.order_by(*clauses(plan.walked, columns)).limit(plan.limit)
    page = ordered.cte("page").prefix_with("MATERIALIZED")
    here = sa.select(sa.func.count()).select_from(page).scalar_subquery()
    # PostgreSQL counts only where it comes to that.
    number = sa.case((here > sa.literal_column(str(plan.size)), count), else_=here)
    shown_of = [one for one in page.c if one.name.startswith("i")]
    by = {name: page.c[f"p{n}"] for n, name in enumerate(names)}
    return sa.select(number, *shown_of).order_by(*clauses(plan.walked, by))


def items(plan: Plan, skipped: int = 0) -> tuple[list[Column], Layout]:
    """What is read, and where it stands in a row after `skipped` others: keys and places in full, cells cut, titles."""
    view = plan.view
    remembered = (
        "items", plan.query.columns, plan.order, plan.titled, plan.named, plan.also, skipped, id(view.catalog),
    )  # fmt: skip
    found: tuple[list[Column], Layout] | None = view.shape.memory.get(remembered)
    if found is None:
        found = _items(plan, skipped)
        if len(view.shape.memory) < 500:
            view.shape.memory[remembered] = found
    return found


def _items(plan: Plan, skipped: int) -> tuple[list[Column], Layout]:
    view, found, whole = plan.view, list[Column](), dict[str, int]()

    def put(item: Column) -> int:
        found.append(item.label(f"i{len(found)}"))
        return skipped + len(found) - 1

    def full(name: str) -> int:
        if name not in whole:
            whole[name] = put(view.text(name))
        return whole[name]

    def cell(name: str) -> int:
        one = view.column(name)
        if one.column.category in _SHORT and not one.masked:
            return full(name)  # which may stand for a key or a place already
        return put(view.brief(name, CUT + 1))

    key = tuple(map(full, view.table.key))
    order = tuple(full(term.name) for term in plan.order.terms) if plan.order.total else ()
    cells = {name: cell(name) for name in plan.query.columns}
    masked = frozenset(name for name in cells if view.column(name).masked)
    named = {name: put(pointed_at(view, foreign)) for name, foreign in plan.named}
    title = None if _named_by_a_cell(plan) else put(_title(plan))
    also = None if plan.also is None else put(plan.also(view))
    return found, Layout(key, order, cells, masked, named, title, also)


def _named_by_a_cell(plan: Plan) -> bool:
    """Whether the first cell, which is never NULL, names the row: one whose cell is empty is named afterwards."""
    if plan.titled or plan.view.catalog is None or not (plan.query.columns and plan.view.table.key):
        return False
    first = plan.view.column(plan.query.columns[0])
    return not (first.masked or first.column.nullable or first.column.expression)


def _title(plan: Plan) -> Column:
    """The row's title; a title may look into other tables, so a list asks for it only where it shows it."""
    title = plan.view.title()
    if plan.titled or not plan.query.columns:
        return title
    named: Column = sa.func.coalesce(plan.view.text(plan.query.columns[0]), "") != ""
    return sa.case((named, sa.null()), else_=title)

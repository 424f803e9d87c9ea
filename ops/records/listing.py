"""One page of a list: at most two statements, each of which an index serves, whatever the table's size."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops.db import BUSY_STATES, sqlstate
from ops.policy import View
from ops.records.counting import MOST, UNKNOWN, Count, counted, estimated
from ops.records.errors import UnknownColumn
from ops.records.facts import Facts, facts_of
from ops.records.fetching import Fetched, Plan, fetch, matches
from ops.records.keyset import BadCursor, OtherOrder, cursor_text, cursor_values
from ops.records.order import Order, default_order, order_of, sortable
from ops.records.probing import refuse_bad_values, values_fit
from ops.records.query import ListQuery
from ops.records.rows import Page
from ops.records.searching import CAP, Search, search_of
from ops.records.serving import filters_served, quick_columns
from ops.records.statement import condition_of, equal_columns
from ops.words import t

_PATIENCE = "2s"  # for a filter no index serves; the page's own limit is longer and would end the page


def page(tx: Session, view: View, query: ListQuery, *, size: int = 50, titled: bool = True) -> Page:
    """One page of the query's rows, their count, and what can be said about how they were found.

    Two round trips: rows and count. Without `titled`, only rows whose first cell is empty get their title.
    Raises UnknownColumn, and BadFilter for a value that is none of its
    column's type; the transaction lives on.
    """
    for name in query.columns:
        if name not in view.shape.by_name:
            raise UnknownColumn(name)
    refuse_bad_values(tx, view, query)
    facts = facts_of(tx, view)
    notes: list[str] = []
    order = _order(view, facts, query, notes)
    position, backwards = _position(tx, view, order, query, size, notes)
    plan = Plan(view, query, order, size, backwards=backwards, position=position, titled=titled)
    found, count = _found(tx, plan, facts, notes)
    links = _links(order, found, plan)
    return Page(
        query=query,
        columns=tuple(view.column(name) for name in query.columns),
        rows=found.rows,
        count=count,
        notes=notes,
        sortable=_sortable(view, facts, query),
        sort=order.sort or (order.terms[0].name if order.terms and order.total else None),
        first=links[0],
        previous=links[1],
        next=links[2],
        last=links[3],
    )


def _sortable(view: View, facts: Facts, query: ListQuery) -> dict[str, bool]:
    """For each column of the list whether it can be sorted by; kept as long as the facts are these."""
    equal = equal_columns(view, query)
    remembered = ("sortable", query.columns, equal)
    found: tuple[Facts, dict[str, bool]] | None = view.shape.memory.get(remembered)
    if found is None or found[0] is not facts:
        names = [name for name in query.columns if view.sees(name)]
        found = facts, dict.fromkeys(query.columns, False) | sortable(view, facts, names, equal)
        if len(view.shape.memory) < 500:
            view.shape.memory[remembered] = found
    return found[1]


def _order(view: View, facts: Facts, query: ListQuery, notes: list[str]) -> Order:
    equal = equal_columns(view, query)
    if query.sort is None:
        return default_order(view, facts, equal)
    order = order_of(view, facts, query.sort, equal)
    if order is not None:
        return order
    name = query.sort if query.sort in view.shape.by_name else query.sort.removeprefix("-")
    if name not in view.shape.by_name:
        raise UnknownColumn(name)
    if view.sees(name):
        columns = ", ".join(dict.fromkeys((name, *view.table.key)))
        column = view.column(name).column
        notes.append(t("query.unserved_sort", column=column.label, table=view.table.label, columns=columns))
    return default_order(view, facts, equal)


def _position(
    tx: Session, view: View, order: Order, query: ListQuery, size: int, notes: list[str]
) -> tuple[list[str | None] | int | None, bool]:
    """Where the page begins (values of a row, or how many rows come before); whether it is read backwards."""
    if query.cursor is None:
        return None, False
    kind, _, text = query.cursor.partition("=")
    if kind == "last":
        return None, order.total
    if not order.total:
        return (min(int(text), MOST * 10) if text.isdecimal() and len(text) < 9 else 0), False
    try:
        values = cursor_values(order, text)
        if not values_fit(tx, view, [(term.name, v) for term, v in zip(order.terms, values, strict=True)]):
            raise BadCursor("values of other types")
    except OtherOrder:
        notes.append(t("query.other_sort"))
        return None, False
    except BadCursor:
        notes.append(t("query.bad_cursor"))
        return None, False
    return values, kind == "before"


def _found(tx: Session, plan: Plan, facts: Facts, notes: list[str]) -> tuple[Fetched, Count]:
    view, query = plan.view, plan.query
    if not facts.filled:
        notes.append(t("query.not_filled", table=view.table.label))
        return Fetched([], [], more=False), Count(0)
    search = search_of(view, query.search) if query.search else None
    if search is not None:
        notes += search.notes
        if not search.arms:
            return Fetched([], [], more=False), Count(0)
    if facts.small:
        found = fetch(tx, replace(plan, search=search))
        return found, _count(tx, plan, search, facts)
    if not plan.order.total:
        notes.append(t("query.no_key", table=view.table.label, count=plan.size))
    if search is not None:
        return _collected(tx, plan, search, notes)
    if query.filters and not filters_served(view.table, query.filters):
        return _patiently(tx, plan, notes)
    count = _count(tx, plan, None, facts)
    # Few matches: collected first, then put in order. Walking the order's index until enough of them have
    # come by would read all of it.
    few = bool(query.filters) and not count.more and not count.estimated and plan.order.total
    return fetch(tx, replace(plan, fenced=few)), count


def _count(tx: Session, plan: Plan, search: Search | None, facts: Facts) -> Count:
    view = plan.view
    # An estimate of the whole table would tell of rows that the person may not see.
    if not plan.query.narrowed and not view.limited_rows() and facts.rows > MOST:
        return estimated(facts.rows)
    conditions = condition_of(view, plan.query)
    if search is not None:
        conditions.append(search.condition())
    return counted(tx, view.select(sa.literal_column("1")).where(*conditions))


def _collected(tx: Session, plan: Plan, search: Search, notes: list[str]) -> tuple[Fetched, Count]:
    whole = replace(plan, search=search, fenced=plan.order.total)
    count = counted(tx, sa.select(sa.literal_column("1")).select_from(matches(whole).subquery("every")))
    if count.more:
        notes.append(t("query.search_capped", count=f"{CAP:,}"))
    return fetch(tx, whole), count


def _patiently(tx: Session, plan: Plan, notes: list[str]) -> tuple[Fetched, Count]:
    """A filter that no index serves, in a large table: tried for two seconds, not counted."""
    quick = ", ".join(quick_columns(plan.view)) or plan.view.table.label
    tx.execute(sa.text("SAVEPOINT ops_patience"))
    tx.execute(sa.text(f"SET LOCAL statement_timeout = '{_PATIENCE}'"))
    try:
        found = fetch(tx, plan)
    except DBAPIError as error:
        if error.connection_invalidated or sqlstate(error) not in BUSY_STATES:
            raise
        tx.execute(sa.text("ROLLBACK TO SAVEPOINT ops_patience"))
        notes.append(t("query.too_slow", table=plan.view.table.label, columns=quick))
        return Fetched([], [], more=False), UNKNOWN
    # Undoes the shorter limit as well.
    tx.execute(sa.text("ROLLBACK TO SAVEPOINT ops_patience"))
    whole = plan.position is None and not found.more
    if not whole:
        notes.append(t("query.unserved_filter", columns=quick))
    return found, Count(len(found.rows)) if whole else UNKNOWN


def _links(order: Order, found: Fetched, plan: Plan) -> tuple[str | None, str | None, str | None, str | None]:
    """first, previous, next, last: what is there to go to."""
    if not order.total:
        return _offset_links(found, plan)
    if not found.rows:
        # The row the place was kept of may have been the last: the list may still have others.
        here = plan.position is not None
        return ("", None if plan.backwards else "last=1", None, "last=1") if here else (None,) * 4
    earlier = found.more if plan.backwards else plan.position is not None
    later = plan.position is not None if plan.backwards else found.more
    before = f"before={cursor_text(order, found.places[0])}" if earlier else None
    after = f"after={cursor_text(order, found.places[-1])}" if later else None
    return ("" if earlier else None), before, after, ("last=1" if later else None)


def _offset_links(found: Fetched, plan: Plan) -> tuple[str | None, str | None, str | None, str | None]:
    start = plan.position if isinstance(plan.position, int) else 0
    if not plan.order.terms:  # as the rows come: there is no second page of that
        return None, None, None, None
    earlier = max(start - plan.size, 0)
    previous = None if start == 0 else f"after={earlier}" if earlier else ""
    following = start + plan.size
    later = found.more and following < MOST * 10
    return ("" if start else None), previous, (f"after={following}" if later else None), None

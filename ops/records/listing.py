"""One page of a list: few statements, each of which an index serves, whatever the table's size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import ForeignKey
from ops.conditions import Clock, stretch
from ops.policy import View
from ops.records import advice
from ops.records.counting import MOST
from ops.records.errors import UnknownColumn
from ops.records.facts import Facts, facts_of
from ops.records.fetching import Fetched, Plan, Position
from ops.records.keyset import BadCursor, OtherOrder, cursor_text, cursor_values
from ops.records.order import Order, default_order, order_of, sortable
from ops.records.probing import refuse_bad_values, values_fit
from ops.records.query import ListQuery
from ops.records.reading import Found, find
from ops.records.rows import Page, Rows
from ops.records.statement import equal_columns
from ops.records.titles import is_pointed_at, titles
from ops.words import t

LOOKED_UP = 200  # rows of other tables that one statement looks up by their key


def page(
    tx: Session, view: View, query: ListQuery, *,
    size: int = 50, titled: bool = True, pointing: Mapping[str, ForeignKey] = MappingProxyType({}),
    also: Callable[[View], sa.ColumnElement[Any]] | None = None, counts: bool = True,
) -> Page:  # fmt: skip
    """One page of the query's rows, their count, and what can be said about how they were found.

    One to three round trips. Without `titled`, only rows whose first cell is empty get their title. `pointing`: the
    foreign keys of columns to be shown by what they point at; `Page.rows.named` has those that the same statement
    could say. `also`: one more item of each row, which `Page.rows.also` has. Without `counts` the count may be
    left unknown. Raises UnknownColumn, and BadFilter for a value that is none of its column's type; the transaction
    lives on.
    """
    for name in query.columns:
        if name not in view.shape.by_name:
            raise UnknownColumn(name)
    refuse_bad_values(tx, view, query)
    facts = facts_of(tx, view)
    notes: list[str] = []
    unsorted: list[advice.Advice] = []
    order = _order(view, facts, query, notes, unsorted)
    position, backwards = _position(tx, view, order, query, notes)
    named = _named(view, query, size, pointing)
    plan = Plan(view, query, order, size, backwards, position, titled, named, also, counts)
    found = find(tx, plan, facts)
    _name_empty(tx, plan, found.fetched.rows)
    links = _links(found, plan)
    return Page(
        query=query,
        columns=tuple(view.column(name) for name in query.columns),
        rows=found.fetched.rows,
        count=found.count,
        notes=[*notes, *found.notes],
        sortable=_sortable(view, facts, query),
        sort=order.sort or (order.terms[0].name if order.terms and order.total else None),
        first=links[0],
        previous=links[1],
        next=links[2],
        last=links[3],
        advice=(*unsorted, *found.advice),
        offer=found.offer,
        capped=found.capped,
    )


def _named(
    view: View, query: ListQuery, size: int, pointing: Mapping[str, ForeignKey]
) -> tuple[tuple[str, ForeignKey], ...]:
    """The columns whose rows the statement itself names: as many as leave it cheap, for each row is looked up."""
    if not pointing:
        return ()
    remembered = ("named", query.columns, size, tuple(pointing))
    found: tuple[tuple[str, ForeignKey], ...] | None = view.shape.memory.get(remembered)
    if found is None:
        fit = ((name, pointing[name]) for name in query.columns if name in pointing)
        found = tuple(one for one in fit if is_pointed_at(view, one[1]))[: LOOKED_UP // size]
        if len(view.shape.memory) < 500:
            view.shape.memory[remembered] = found
    return found


def _name_empty(tx: Session, plan: Plan, rows: Rows) -> None:
    """Titles of the rows whose first cell is an empty text, where the page does without; hardly any has one."""
    if rows.titled or not rows or plan.view.catalog is None:
        return
    texts = rows.texts(plan.query.columns[0])
    if not all(texts):
        ref = plan.view.table.ref
        empty = [key for key, text in zip(rows.keys, texts, strict=True) if key and not text]
        rows.titles = titles(tx, plan.view.catalog, plan.view.actor, {ref: empty}).get(ref, {})


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


def _order(
    view: View, facts: Facts, query: ListQuery, notes: list[str], unsorted: list[advice.Advice]
) -> Order:
    order = _served_order(view, facts, query)
    if order is not None:
        return order
    assert query.sort is not None
    name = query.sort if query.sort in view.shape.by_name else query.sort.removeprefix("-")
    if name not in view.shape.by_name:
        raise UnknownColumn(name)
    if view.sees(name):
        column = view.column(name).column
        notes.append(t("query.unserved_sort", column=column.label, table=view.table.label))
        unsorted.append(advice.for_sort(view.table, name))
    return default_order(view, facts, equal_columns(view, query))


def _served_order(view: View, facts: Facts, query: ListQuery) -> Order | None:
    """The order that was asked for, or the table's own; None where it cannot be had. Kept as `_sortable`."""
    equal = equal_columns(view, query)
    remembered = ("order", query.sort, equal)
    found: tuple[Facts, Order | None] | None = view.shape.memory.get(remembered)
    if found is None or found[0] is not facts:
        sort = query.sort
        order = default_order(view, facts, equal) if sort is None else order_of(view, facts, sort, equal)
        found = facts, order
        if len(view.shape.memory) < 500:
            view.shape.memory[remembered] = found
    return found[1]


def _position(
    tx: Session, view: View, order: Order, query: ListQuery, notes: list[str]
) -> tuple[Position | None, bool]:
    """Where the page begins, and whether it is read backwards."""
    if query.cursor is None:
        return None, False
    kind, _, text = query.cursor.partition("=")
    if kind == "last":
        return None, order.total
    if not order.total:
        skip = min(int(text), MOST * 10) if text.isdecimal() and len(text) < 9 else 0
        return Position(skip=skip), False
    if kind == "at":
        return _jump(tx, view, order, unquote(text), notes), False
    try:
        values, capped = cursor_values(order, text)
        if not values_fit(tx, view, [(term.name, v) for term, v in zip(order.terms, values, strict=True)]):
            raise BadCursor("values of other types")
    except OtherOrder:
        notes.append(t("query.other_sort"))
        return None, False
    except BadCursor:
        notes.append(t("query.bad_cursor"))
        return None, False
    return Position(values, capped=capped), kind == "before"


def _jump(tx: Session, view: View, order: Order, text: str, notes: list[str]) -> Position | None:
    """The position of a value of the first column that the list is in order of; None where it is none."""
    term = order.terms[0]
    column = view.column(term.name).column
    at, inclusive = text.strip(), True
    if column.category == "timestamp":
        # A day is jumped to from its near end: the list then goes on through all of it.
        typed = stretch(at, Clock.here(view.actor.timezone), zoned="with time zone" in column.base)
        inclusive = not term.descending or typed.beyond is None
        at = typed.first if inclusive else typed.beyond or typed.first
    if "\x00" in at or not values_fit(tx, view, [(term.name, at)]):
        notes.append(t("query.bad_jump", value=text[:60], column=column.label or column.name))
        return None
    return Position(at=at, inclusive=inclusive)


def _links(found: Found, plan: Plan) -> tuple[str | None, str | None, str | None, str | None]:
    """first, previous, next, last: what is there to go to."""
    fetched, order = found.fetched, plan.order
    if not order.total:
        return _offset_links(fetched, plan)
    here = plan.position is not None
    far = fetched.end
    if fetched.more:
        far = fetched.places[0 if plan.backwards else -1]
    near = fetched.places[-1 if plan.backwards else 0] if fetched.rows else fetched.end
    if not fetched.rows and far is None:
        # The row the place was kept of may have been the last: the list may still have others.
        return ("", None if plan.backwards else "last=1", None, "last=1") if here else (None,) * 4
    onward = None if far is None else cursor_text(order, far, capped=found.capped)
    back = cursor_text(order, near, capped=found.capped) if here and near is not None else None
    earlier, later = (onward, back) if plan.backwards else (back, onward)
    return (
        "" if earlier else None,
        f"before={earlier}" if earlier else None,
        f"after={later}" if later else None,
        "last=1" if later else None,
    )


def _offset_links(found: Fetched, plan: Plan) -> tuple[str | None, str | None, str | None, str | None]:
    start = plan.position.skip if plan.position is not None else 0
    if not plan.order.terms:  # as the rows come: there is no second page of that
        return None, None, None, None
    earlier = max(start - plan.size, 0)
    previous = None if start == 0 else f"after={earlier}" if earlier else ""
    following = start + plan.size
    later = found.more and following < MOST * 10
    return ("" if start else None), previous, (f"after={following}" if later else None), None

"""The SELECTs of a list: the same columns, filters and order for a page, its count and its export."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ops.policy import View
from ops.records.facts import Facts, known_rows
from ops.records.order import Order, Term, clauses, default_order, order_of
from ops.records.query import ListQuery
from ops.records.searching import search_of
from ops.records.subject import condition, of_filter

Column = sa.ColumnElement[Any]


def statement(view: View, query: ListQuery) -> sa.Select[Any]:
    """The unbounded SELECT an export streams: every readable column as text, under its own name.

    Same rows and order as the list of the query; masked columns stay masked.
    """
    select = view.select(*(view.text(one.name).label(one.name) for one in view.shown))
    conditions = condition_of(view, query)
    if query.search:
        conditions.append(search_of(view, query.search, everything=query.everything).condition())
    return select.where(*conditions).order_by(*clauses(_order(view, query), raw_columns(view)))


def condition_of(view: View, query: ListQuery) -> list[Column]:
    """The query's filters as conditions; raises NotVisible or Masked for columns not the person's."""
    return [condition(view, one) for one in query.filters]


def equal_columns(view: View, query: ListQuery) -> frozenset[str]:
    """The columns that a filter holds to one value; a day or a minute of a moment is more than one."""
    held = (one for one in query.filters if one.op in ("is", "true", "false") and not one.path)
    return frozenset(
        one.column for one in held if of_filter(view, one).column.category not in ("timestamp", "array")
    )


def raw_columns(view: View) -> dict[str, Column]:
    """What ORDER BY and keyset conditions may use: every column the person reads unmasked.

    Also one that leaves an export masked: the file has the order of the list.
    """
    found: dict[str, Column] | None = view.shape.memory.get("raw")
    if found is None:
        found = {name: view.raw(name) for name, one in view.shape.by_name.items() if not one.masked}
        view.shape.memory["raw"] = found
    return found


def _order(view: View, query: ListQuery) -> Order:
    facts = Facts(known_rows(view.table))
    equal = equal_columns(view, query)
    if query.sort is not None:
        found = order_of(view, facts, query.sort, equal)
        if found is not None:
            return found
        # A file may be sorted by anything: it is read once, as a whole, under limits of its own.
        name = query.sort.removeprefix("-")
        if view.sees(name):
            ties = tuple(Term(column) for column in view.table.key if column != name)
            return Order(query.sort, (Term(name, query.sort.startswith("-")), *ties), bool(ties))
    return default_order(view, facts, equal)

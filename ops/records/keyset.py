"""Where a page begins: conditions for "after this row" that an index serves, and the cursor for the row.

The plain form `a < x OR (a = x AND b > y)` reads the index from its start. A row comparison begins in the
right place. Where directions differ, or a column can be NULL, the rows that follow are cut into branches
(`a = x AND b > y`, then `a < x`, then the NULLs), each of which begins in the right place by itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ops.records.order import Order, Term

Column = sa.ColumnElement[Any]
Constant = Callable[[str, str], Column]
Values = Sequence[str | None]


def after(order: Order, values: Values, column: Mapping[str, Column], constant: Constant) -> list[Column]:
    """Conditions that together hold for exactly the rows after `values`; branches in the order of the list.

    Rows of an earlier branch all come before rows of a later one. An empty list: nothing can follow.
    """
    return _Keyset(column, constant).branches(order.terms, values)


def at(
    order: Order, value: str, column: Mapping[str, Column], constant: Constant, *, inclusive: bool
) -> list[Column]:
    """The same for the rows from `value` of the first column on; without `inclusive` those beyond it."""
    term = order.terms[0]
    first, given = column[term.name], constant(term.name, value)
    if inclusive:
        beyond: Column = first <= given if term.descending else first >= given
    else:
        beyond = first < given if term.descending else first > given
    return [beyond, first.is_(None)] if term.nullable and not term.nulls_first else [beyond]


class _Keyset:
    def __init__(self, column: Mapping[str, Column], constant: Constant) -> None:
        self.column = column
        self.constant = constant

    def branches(self, terms: Sequence[Term], values: Values) -> list[Column]:
        if not terms:
            return []
        term, value, rest = terms[0], values[0], terms[1:]
        column = self.column[term.name]
        if value is None:
            within = [sa.and_(column.is_(None), branch) for branch in self.branches(rest, values[1:])]
            return [*within, column.is_not(None)] if term.nulls_first else within
        nulls = [column.is_(None)] if term.nullable and not term.nulls_first else []
        one_way = all(one.descending == term.descending for one in rest)
        if one_way and not any(one.nullable for one in rest):
            return [self.strictly(terms, values), *nulls]
        same = column == self.constant(term.name, value)
        within = [sa.and_(same, branch) for branch in self.branches(rest, values[1:])]
        return [*within, self.beyond(term, value), *nulls]

    def beyond(self, term: Term, value: str) -> Column:
        column, constant = self.column[term.name], self.constant(term.name, value)
        return column < constant if term.descending else column > constant

    def strictly(self, terms: Sequence[Term], values: Values) -> Column:
        """After `values`, none of which is NULL, in terms of one direction: a row comparison."""
        if len(terms) == 1:
            return self.beyond(terms[0], values[0] or "")
        columns = sa.tuple_(*(self.column[term.name] for term in terms))
        given = sa.tuple_(
            *(self.constant(term.name, value or "") for term, value in zip(terms, values, strict=True))
        )
        return columns < given if terms[0].descending else columns > given


class BadCursor(ValueError):
    """The text is no cursor."""


class OtherOrder(BadCursor):
    """The cursor belongs to another order of the list."""


def cursor_text(order: Order, values: Values, *, capped: bool = False) -> str:
    """The place of a row as base64url of JSON: the order's fingerprint, then the row's values.

    `capped`: a place among the first matches found, which has no meaning among all of them.
    """
    data = json.dumps([_fingerprint(order, capped), *values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")


def cursor_values(order: Order, text: str) -> tuple[list[str | None], bool]:
    """The values of a cursor made for this order, and whether it is `capped`.

    Raises OtherOrder, or BadCursor for anything else.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        data = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise BadCursor("unreadable") from error
    if not isinstance(data, list) or not data or not all(one is None or isinstance(one, str) for one in data):
        raise BadCursor("no list of texts")
    capped = data[0] == _fingerprint(order, capped=True)
    if not capped and data[0] != _fingerprint(order):
        raise OtherOrder("another order")
    values = data[1:]
    if len(values) != len(order.terms):
        raise BadCursor("another number of values")
    for term, value in zip(order.terms, values, strict=True):
        if value is None and not term.nullable:
            raise BadCursor("NULL where none can be")
    return values, capped


def _fingerprint(order: Order, capped: bool = False) -> str:
    return hashlib.sha256((order.mark + "*" * capped).encode()).hexdigest()[:8]

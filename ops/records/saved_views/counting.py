"""How many rows each of some lists has, in one statement of half a second at most: for the rail.

Counted up to a thousand, and only where it costs little: a small table, or filters an index serves. A whole large
table is what the planner believes of it, as its list says it. What is not counted has no number; nothing waits.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops.policy import View
from ops.records.counting import MOST, UNKNOWN, Count, estimated
from ops.records.facts import SMALL, known_rows
from ops.records.query import ListQuery
from ops.records.searching import search_of
from ops.records.serving import filters_served
from ops.records.statement import condition_of

MILLISECONDS = 500  # for all of them together
_ONE: sa.ColumnElement[Any] = sa.literal_column("1")


def counts(tx: Session, asked: Sequence[tuple[View, ListQuery]]) -> list[Count]:
    """The counts in the order they were asked for; UNKNOWN where it would cost too much. The transaction lives on."""
    found: list[Count] = [UNKNOWN] * len(asked)
    capped: list[tuple[int, sa.Select[Any]]] = []
    for place, (view, query) in enumerate(asked):
        rows = known_rows(view.table)
        if not query.narrowed and not view.limited_rows() and rows > MOST:
            found[place] = estimated(rows)
        elif rows < SMALL or (not query.search and filters_served(view.table, query.filters)):
            capped.append((place, _capped(view, query)))
    until = time.monotonic() + MILLISECONDS / 1000
    for place, number in _counted(tx, capped, until):
        found[place] = Count(min(number, MOST), more=number > MOST)
    return found


def _capped(view: View, query: ListQuery) -> sa.Select[Any]:
    conditions = condition_of(view, query)
    if query.search:
        conditions.append(search_of(view, query.search).condition())
    rows = view.select(_ONE).where(*conditions).limit(sa.literal_column(str(MOST + 1))).subquery()
    return sa.select(sa.func.count()).select_from(rows)


def _counted(tx: Session, capped: list[tuple[int, sa.Select[Any]]], until: float) -> list[tuple[int, int]]:
    """All in one statement; where one of them cannot be had, each half by itself, as long as there is time."""
    left = int((until - time.monotonic()) * 1000)
    if not capped or left <= 0:
        return []
    # Both in one round trip. The number is our own, nobody's text.
    limited = f"SAVEPOINT ops_counting; SET LOCAL statement_timeout = {left}"
    tx.connection().execution_options(no_parameters=True).exec_driver_sql(limited)
    tx.connection().execution_options(no_parameters=False)
    try:
        rows = tx.execute(_together(capped)).all()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        rows = None
    tx.execute(sa.text("ROLLBACK TO SAVEPOINT ops_counting"))  # undoes the shorter limit as well
    if rows is not None:
        return [(int(place), int(number)) for place, number in rows]
    half = len(capped) // 2
    if half == 0:
        return []  # a value of another type, an index that went, too slow after all
    return _counted(tx, capped[:half], until) + _counted(tx, capped[half:], until)


def _together(
    capped: list[tuple[int, sa.Select[Any]]],
) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    each: list[sa.Select[Any]] = [
        sa.select(sa.literal_column(str(place)), count.scalar_subquery()) for place, count in capped
    ]
    return each[0] if len(each) == 1 else sa.union_all(*each)

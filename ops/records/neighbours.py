"""The rows before and after one in a list: how one walks through what was found, record by record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.policy import View
from ops.records.arms import Arm
from ops.records.facts import Facts, facts_of
from ops.records.fetching import Fetched, Plan, Position, fetch
from ops.records.gathering import Way, gather
from ops.records.order import Order, default_order, order_of
from ops.records.probing import refuse_bad_values
from ops.records.query import ListQuery
from ops.records.rows import Record
from ops.records.searching import Search, search_of
from ops.records.serving import along, gatherer
from ops.records.statement import condition_of, equal_columns
from ops.records.subject import condition, is_deep, of_filter
from ops.records.trying import HEAVY, TooSlow, within
from ops.records.windows import looked_through

REACH = 500  # rows of a large list that are looked through each way

Column = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The keys (address form) of the rows beside one; None where there is none, or none was found quickly."""

    previous: str | None = None
    next: str | None = None


def neighbours(tx: Session, view: View, query: ListQuery, record: Record) -> Neighbours:
    """Which rows stand before and after the record in the list of `query`, whether it is still in it or not.

    One bounded statement each way, where an index gathers too many rows a second one. Nothing where the order of
    the list cannot tell rows apart or no index serves it. Raises BadFilter for a value that is none of its type.
    """
    refuse_bad_values(tx, view, query)
    facts = facts_of(tx, view)
    order = _order(view, facts, query)
    if not facts.filled or not order.total or any(_unknown(view, record, one.name) for one in order.terms):
        return Neighbours()
    place = Position([record.values[one.name] for one in order.terms])
    # Only the key of a row is wanted: the list's columns need not be read.
    asked = replace(query, columns=view.table.key[:1], cursor=None)
    walk = _Walk(tx, view, asked, order, facts, place)
    try:
        if walk.may_last:
            return within(tx, HEAVY, walk.both)
        return walk.both()
    except TooSlow:
        return Neighbours()


def _order(view: View, facts: Facts, query: ListQuery) -> Order:
    equal = equal_columns(view, query)
    found = order_of(view, facts, query.sort, equal) if query.sort is not None else None
    return found or default_order(view, facts, equal)


def _unknown(view: View, record: Record, name: str) -> bool:
    """Whether the record's own place by this column is not known: of a file only the digest is."""
    return name not in record.values or view.column(name).column.category == "bytes"


class _Walk:
    def __init__(
        self, tx: Session, view: View, query: ListQuery, order: Order, facts: Facts, place: Position
    ) -> None:
        self.tx, self.view, self.query, self.order, self.facts = tx, view, query, order, facts
        self.place = place
        deep = any(is_deep(of_filter(view, one)) for one in query.filters)
        self.small = facts.small and not deep
        self.search: Search | None = (
            search_of(view, query.search, small=facts.small) if query.search else None
        )
        self.inside = [one for one in query.filters if along(view, order, one)]
        self.ways, self.fits, heavy = self._gathered_by()
        self.may_last = not self.small and (heavy or view.limited_rows())

    def both(self) -> Neighbours:
        """One way, then the other."""
        return Neighbours(self._key(backwards=True), self._key(backwards=False))

    def _key(self, *, backwards: bool) -> str | None:
        plan = Plan(
            self.view, self.query, self.order, 1, backwards=backwards, position=self.place, titled=False
        )
        rows = self._fetched(plan).rows
        return rows[0].key if rows else None

    def _fetched(self, plan: Plan) -> Fetched:
        if self.search is not None and not self.search.arms:
            return Fetched()
        if self.small:
            every = condition_of(self.view, self.query)
            return fetch(self.tx, plan, [*every, *self._searched()])
        served = [condition(self.view, one) for one in self.inside]
        others = [condition(self.view, one) for one in self.query.filters if one not in self.inside]
        if not others and self.search is None:
            return fetch(self.tx, plan, served) if self.order.served else Fetched()
        if self.ways:
            gathered = gather(self.tx, plan, self.ways, self.fits)
            if not gathered.more:
                return gathered.fetched
            self.ways = []  # nor the other way
        if not self.order.served:
            return Fetched()
        return looked_through(self.tx, plan, served, [*others, *self._searched(each=True)], REACH)

    def _searched(self, *, each: bool = False) -> list[Column]:
        if self.search is None:
            return []
        return [self.search.each() if each else self.search.condition()]

    def _gathered_by(self) -> tuple[Sequence[Way | Arm], Sequence[Column], bool]:
        """By which index the rows of the list are found, what they must fit besides, and whether that may last."""
        best = gatherer(self.view, self.facts, self.query.filters)
        if best is not None and (self.search is None or not best.heavy):
            rest = [condition(self.view, one) for one in self.query.filters if one not in best.filters]
            return [Way(best.condition, best.through)], [*rest, *self._searched(each=True)], best.heavy
        if self.search is None:
            return [], [], False
        fits = [condition(self.view, one) for one in self.query.filters]
        heavy = any(arm.heavy for arm in self.search.arms)
        return self.search.arms, fits, heavy

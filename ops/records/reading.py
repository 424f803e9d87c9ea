"""How the rows of a page are found: which statements, so that none reads more of a large table than an index gives.

Small tables are simply asked. In a large one each filter is served in one of three ways: along the list's own order,
by gathering the few rows it finds, or by looking through a stretch of the list. What would have to read everything is
done only where the person asked for that (`all=1`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.conditions import Filter
from ops.records import advice
from ops.records.advice import Advice
from ops.records.arms import Arm
from ops.records.counting import MOST, UNKNOWN, Count, count_of, counting, estimated
from ops.records.facts import Facts, rows_expected
from ops.records.fetching import Fetched, Plan, counted, fetch
from ops.records.finished import sent
from ops.records.gathering import CAP, Gathered, Way, gather
from ops.records.searching import Search, search_of
from ops.records.serving import Gatherer, along, gatherer, quick_columns
from ops.records.statement import condition_of
from ops.records.subject import condition, is_deep, of_filter
from ops.records.trying import EVERYTHING, HEAVY, PATIENCE, Occupied, TooSlow, only, slowly, within
from ops.records.windows import looked_through, reach
from ops.words import t

_OFTEN = 0.01
Column = sa.ColumnElement[Any]


@dataclass
class Found:
    """The rows of a page, how many there are in all, and what can be said about how they were found.

    `capped`: of more matches these are among the first found. `offer`: looking through everything would find more.
    """

    fetched: Fetched = field(default_factory=Fetched)
    count: Count = UNKNOWN
    notes: list[str] = field(default_factory=list)
    advice: list[Advice] = field(default_factory=list)
    capped: bool = False
    offer: bool = False


def find(tx: Session, plan: Plan, facts: Facts) -> Found:
    """The rows of the page that `plan` says. The transaction goes on, whatever was too slow."""
    if not facts.filled:
        return Found(count=Count(0), notes=[t("query.not_filled", table=plan.view.table.label)])
    return _Finding(tx, plan, facts).found()


class _Finding:
    def __init__(self, tx: Session, plan: Plan, facts: Facts) -> None:
        self.tx, self.plan, self.facts = tx, plan, facts
        self.view, self.query = plan.view, plan.query
        self.result = Found()
        self.deep = any(is_deep(of_filter(self.view, one)) for one in self.query.filters)
        self.small = facts.small and not self.deep
        self.many = False  # whether more were found than are gathered
        self.search: Search | None = None
        if self.query.search:
            everything = self.query.everything and not self.small
            self.search = search_of(self.view, self.query.search, everything=everything, small=facts.small)
            self.result.notes += self.search.notes
            self.result.advice += self.search.advice
            self.result.offer = bool(self.search.missed)

    def found(self) -> Found:
        if self.search is not None and not self.search.arms:
            self.result.count = UNKNOWN if self.search.missed else Count(0)
            return self.result
        if self.small:
            return self.directly(self.all_conditions())
        if self.query.everything and self.query.narrowed:
            return self.everything()
        unserved = not self.plan.order.total or not (self.plan.order.served or self.facts.small)
        if self.view.limited_rows() or unserved:
            # How rare the rows are that the person may see nobody knows beforehand.
            return self.patiently()
        return self.large()

    def all_conditions(self) -> list[Column]:
        found = condition_of(self.view, self.query)
        return [*found, self.search.condition()] if self.search is not None else found

    def directly(self, conditions: Sequence[Column]) -> Found:
        """Asked as it is: few rows, or an order that serves every condition."""
        if not self.plan.counts:
            self.result.fetched = fetch(self.tx, self.plan, conditions)
            return self.result
        # An estimate of the whole table would tell of rows that the person may not see.
        if not self.query.narrowed and not self.view.limited_rows() and self.facts.rows > MOST:
            self.result.count = estimated(self.facts.rows)
            self.result.fetched = fetch(self.tx, self.plan, conditions)
            return self.result
        fetched = counted(self.tx, self.plan, conditions, lambda: self.counting(conditions).scalar_subquery())
        self.result.fetched, number = fetched
        if number is None and self.plan.position is None:
            number = 0
        self.result.count = self.counted(conditions) if number is None else count_of(int(number))
        return self.result

    def counting(self, conditions: Sequence[Column]) -> sa.Select[Any]:
        return counting(self.view.select(sa.literal_column("1")).where(*conditions))

    def counted(self, conditions: Sequence[Column]) -> Count:
        rows = sent(self.tx, self.plan, "count", conditions, lambda: self.counting(conditions))
        return count_of(int(rows[0][0]))

    def patiently(self) -> Found:
        """The same within two seconds, counted only if that is quick too."""
        if not self.plan.order.total:
            self.result.notes.append(t("query.no_key", table=self.view.table.label, count=self.plan.size))
        one_by_one = self.plan.order.total and (self.plan.order.served or self.facts.small)
        try:
            work: Callable[[], object] = self.large if one_by_one else self.unordered
            within(self.tx, PATIENCE, work, keep=True)
        except TooSlow:
            self.too_slow()
        return self.result

    def unordered(self) -> None:
        conditions = self.all_conditions()
        self.result.fetched = fetched = fetch(self.tx, self.plan, conditions)
        if not self.query.narrowed and not self.view.limited_rows():
            many = self.facts.rows > MOST
            self.result.count = estimated(self.facts.rows) if many else self.counted(conditions)
        elif self.plan.position is None and not fetched.more:
            self.result.count = Count(len(fetched.rows))

    def too_slow(self) -> None:
        quick = ", ".join(quick_columns(self.view)) or self.view.table.label
        self.result.notes.append(t("query.too_slow", table=self.view.table.label, columns=quick))
        self.result.offer = True
        self.advise()

    def large(self) -> Found:
        """In a large table: along the order, by gathering, or a stretch of the list."""
        inside = [one for one in self.query.filters if along(self.view, self.plan.order, one)]
        others = [one for one in self.query.filters if one not in inside]
        served = [condition(self.view, one) for one in inside]
        if self.search is None and not others:
            return self.directly(served)
        return self.searched(served, others) if self.search is not None else self.filtered(served, others)

    def filtered(self, served: list[Column], others: list[Filter]) -> Found:
        window: Fetched | None = None
        best = gatherer(self.view, self.facts, self.query.filters)
        if best is not None and not self.capped:
            # Where every hundredth row may fit, a page of them is sooner come by than gathered.
            rank = self.expected([best.condition]) if best.heavy and best.through is None else best.rank
            if rank > max(CAP, self.facts.rows * _OFTEN):
                window = self.window(served, others)
                if self.full(window):
                    return self.of_window(window, others)
            gathered = self.gathered(
                [Way(best.condition, best.through)], self.without(best), heavy=best.heavy
            )
            if gathered is not None and not gathered.more:
                return self.exactly(gathered)
            self.many = gathered is not None and gathered.fitting > CAP
        return self.of_window(window or self.window(served, others), others)

    def searched(self, served: list[Column], others: list[Filter]) -> Found:
        assert self.search is not None
        best = gatherer(self.view, self.facts, self.query.filters)
        if best is not None and not best.heavy and not self.capped:
            way = [Way(best.condition, best.through)]
            gathered = self.gathered(way, [*self.without(best), self.search.each()], heavy=False)
            if gathered is not None and not gathered.more:
                return self.exactly(gathered)
        heavy = any(arm.heavy for arm in self.search.arms)
        inside = [arm.condition for arm in self.search.arms if arm.heavy and arm.through is None]
        window: Fetched | None = None
        if inside and not self.capped and self.expected(inside) > max(CAP, self.facts.rows * _OFTEN):
            window = self.window(served, others)
            if self.full(window):
                return self.of_window(window, others)
        gathered = self.gathered(
            self.search.arms, [condition(self.view, one) for one in self.query.filters], heavy=heavy
        )
        if gathered is not None and not gathered.more:
            return self.exactly(gathered)
        self.many = gathered is not None and gathered.fitting > CAP
        if window is None and not self.capped:
            window = self.window(served, others)
        if window is not None and (self.full(window) or gathered is None or self.plan.position is not None):
            return self.of_window(window, others)
        return self.among_first(gathered)

    def expected(self, conditions: list[Column]) -> float:
        """How many rows PostgreSQL expects of an index that would have to read them all first."""
        return rows_expected(self.tx, self.view.select(sa.literal_column("1")).where(sa.or_(*conditions)))

    @property
    def capped(self) -> bool:
        return self.plan.position is not None and self.plan.position.capped

    def without(self, best: Gatherer) -> list[Column]:
        return [condition(self.view, one) for one in self.query.filters if one not in best.filters]

    def gathered(self, ways: Sequence[Way | Arm], fits: list[Column], *, heavy: bool) -> Gathered | None:
        """None: it took too long, or nothing may be gathered that way."""
        if not heavy:
            return gather(self.tx, self.plan, ways, fits)
        if self.view.limited_rows():  # within the two seconds that hold already
            return gather(self.tx, self.plan, ways, fits)
        try:
            return within(self.tx, HEAVY, lambda: gather(self.tx, self.plan, ways, fits), by_index=True)
        except TooSlow:
            return None

    def window(self, served: list[Column], others: list[Filter]) -> Fetched:
        fits = [condition(self.view, one) for one in others]
        deep = any(is_deep(of_filter(self.view, one)) for one in others)
        if self.search is not None:
            fits.append(self.search.each())
            deep = deep or any(arm.deep for arm in self.search.arms)
        self.rows = reach(self.tx, self.plan, deep=deep)
        return looked_through(self.tx, self.plan, served, fits, self.rows)

    def full(self, window: Fetched) -> bool:
        return window.more or len(window.rows) >= self.plan.size

    def of_window(self, window: Fetched, others: Sequence[Filter]) -> Found:
        self.result.fetched = window
        if self.full(window):
            self.result.count = Count(MOST if self.many else self.plan.size, more=True)
        elif window.end is None:
            if self.plan.position is None:
                self.result.count = Count(len(window.rows))
        else:
            self.result.notes.append(t("query.looked_through", count=f"{self.rows:,}", fit=len(window.rows)))
            self.result.offer = True
            self.advise(others)
        return self.result

    def exactly(self, gathered: Gathered) -> Found:
        self.result.fetched, self.result.count = gathered.fetched, Count(gathered.fitting)
        return self.result

    def among_first(self, gathered: Gathered | None) -> Found:
        """Of more matches than can be put in order, those found first."""
        if gathered is None:
            self.too_slow()
            return self.result
        self.result.fetched, self.result.capped = gathered.fetched, True
        self.result.count = Count(min(gathered.fitting, CAP), more=True)
        self.result.offer = True
        return self.result

    def everything(self) -> Found:
        """What the person asked for knowing that it may take long: every row is looked at, for so many seconds."""
        self.result.offer = False
        self.advise()
        try:
            return slowly(self.tx, self.all_of_it)
        except TooSlow:
            text = t("query.everything_too_slow", seconds=int(EVERYTHING), table=self.view.table.label)
            self.result.fetched = Fetched()
            self.result.notes.append(text)
        except Occupied:
            self.result.notes.append(t("query.everything_occupied"))
            self.result.offer = True
        return self.result

    def all_of_it(self) -> Found:
        until = time.monotonic() + EVERYTHING
        conditions = self.all_conditions()
        if self.plan.order.total:
            gathered = gather(self.tx, self.plan, [Way(sa.and_(*conditions))], [])
            if not gathered.more:
                return self.exactly(gathered)
            only(self.tx, until)
            self.result.count = Count(CAP, more=True)
        self.result.fetched = fetch(self.tx, self.plan, conditions)
        return self.result

    def advise(self, filters: Sequence[Filter] | None = None) -> None:
        """Which indexes would have made it quick."""
        for one in self.query.filters if filters is None else filters:
            found = advice.for_filter(self.view.table, one, of_filter(self.view, one))
            if found is not None and found not in self.result.advice:
                self.result.advice.append(found)

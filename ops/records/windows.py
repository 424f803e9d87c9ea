"""A stretch of a list looked through for rows that no index finds: so many rows in their order, and no more.

The rows are walked along the order's own index; what does not fit is passed over. Where the page is full the walk ends.
Where the stretch ends first, its last row says from where to go on: nothing is left out, and nothing comes twice.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.records.facts import blocks_read
from ops.records.fetching import Fetched, Plan, items, made, placed, places, shown
from ops.records.order import clauses
from ops.records.statement import raw_columns

LEAST = 200
MOST = 20_000
BLOCKS = 1_300  # to be read at most, as far as a look at the list's own end can tell
SAMPLE = 300  # rows that are looked at for that, once in ten minutes
_LOOKED_UP = 4  # blocks that a row of another table costs
_KEPT_SECONDS = 600.0

Column = sa.ColumnElement[Any]


def reach(tx: Session, plan: Plan, *, deep: bool) -> int:
    """How many rows may be looked through at once; `deep`: each looks up a row of another table.

    Where neighbours in the list are neighbours on the disk, a block holds many of them; else each costs its own.
    """
    memory = plan.view.shape.memory
    remembered = ("reach", plan.order.mark)
    found: tuple[float, float] | None = memory.get(remembered)
    if found is None or found[0] < time.monotonic():
        columns = raw_columns(plan.view)
        # An index never knows where a row lies, so that asking for it reads the row itself.
        sample = plan.view.select(sa.literal_column("ctid")).order_by(*clauses(plan.order, columns))
        blocks = blocks_read(tx, sample.limit(sa.literal_column(str(SAMPLE))))
        found = time.monotonic() + _KEPT_SECONDS, max(blocks / SAMPLE, 0.01)
        memory[remembered] = found
    return max(LEAST, min(MOST, int(BLOCKS / (found[1] + _LOOKED_UP * deep))))


def looked_through(
    tx: Session, plan: Plan, inside: Sequence[Column], fits: Sequence[Column], rows: int
) -> Fetched:
    """The rows that fit of the next `rows` rows; `inside` are conditions that the order's index serves."""
    select = _select(plan, inside, sa.and_(*fits), rows)
    if select is None:
        return Fetched()
    found = list(tx.execute(select))
    fitting = [row for row in found if row.fits]
    last = next((row for row in found if row.number == rows), None)
    end = None if last is None else items(plan, 2)[1].place(last)
    return made(plan, fitting, 2, end)


def _select(plan: Plan, inside: Sequence[Column], fits: Column, rows: int) -> sa.Select[Any] | None:
    columns = raw_columns(plan.view)
    branches = plan.branches(columns)
    if branches == []:
        return None
    limit: Column = sa.literal_column(str(rows))
    fitting: Column = sa.func.coalesce(fits, sa.false()).label("fits")
    base = plan.view.select(*places(plan), fitting).where(*inside)
    base = base.order_by(*clauses(plan.walked, columns)).limit(limit)
    first: list[Column] = []
    source: sa.FromClause
    if branches is None or len(branches) == 1:
        source = (base if branches is None else base.where(branches[0])).subquery("walked")
    else:
        parts = [
            sa.select(sa.literal_column(str(n)).label("branch"), base.where(one).subquery(f"b{n}"))
            for n, one in enumerate(branches)
        ]
        every = sa.union_all(*parts).subquery("branches")
        first = [every.c.branch]
        source = (
            sa.select(every)
            .order_by(*first, *clauses(plan.walked, placed(plan, every)))
            .limit(limit)
            .subquery("walked")
        )
        first = [source.c.branch]
    order = [*first, *clauses(plan.walked, placed(plan, source))]
    number = sa.func.row_number().over(order_by=order).label("number")
    counted = sa.select(source, number).subquery("counted")
    # The last row of the stretch comes along, whether it fits or not: the next page goes on from there.
    chosen = (
        sa.select(counted)
        .where(sa.or_(counted.c.fits, counted.c.number == limit))
        # Said as the walk has it, not by number, so that it ends as soon as the page is full.
        .order_by(*(counted.c[one.name] for one in first), *clauses(plan.walked, placed(plan, counted)))
        .limit(sa.literal_column(str(plan.size + 1)))
        .cte("chosen")
        .prefix_with("MATERIALIZED")
    )
    return shown(plan, chosen, chosen.c.fits, chosen.c.number).order_by(chosen.c.number)

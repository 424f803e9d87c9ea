"""Rows that an index finds in another order than the list's: gathered first, capped, then put in order and cut.

Gathering is a materialised step of its own, so that no plan walks around it along the list's order until enough rows
have come by (design: section 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.records.arms import Arm, Through
from ops.records.fetching import Fetched, Plan, made, place_names, placed, places, shown
from ops.records.finished import Told, sent, told
from ops.records.order import clauses
from ops.records.statement import raw_columns

CAP = 1000  # rows that are gathered before they are put in order
WIDE = 200  # rows of another table that ours are looked up for
_GATHERED = "gathered"  # what the rows are called in the statement

Column = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Way:
    """One way to gather rows: a condition that one index serves, or the rows of another table that lead to ours."""

    condition: Column
    through: Through | None = None

    def told(self) -> Told | None:
        """What tells it from others."""
        return told(self.condition)


@dataclass(frozen=True)
class Gathered:
    """The page's rows of those gathered, how many fit in all, and whether there are `more` than were gathered."""

    fetched: Fetched
    fitting: int
    more: bool


def gather(tx: Session, plan: Plan, ways: Sequence[Way | Arm], fits: Sequence[Column]) -> Gathered:
    """Gather up to `CAP` rows by every way, keep those that fit, and read the page among them: one statement."""
    after = plan.branches(_placed_by_name(plan)) if plan.position is not None else None
    what = (
        f"gathered {len(ways)} {CAP}" if after is None else f"gathered {len(ways)} {CAP} after {len(after)}"
    )
    varying = [*(way.told() for way in ways), *(after or ()), *fits]
    rows = sent(tx, plan, what, varying, lambda: _gathering(plan, ways, fits, after))
    gathered, fitting, wide = rows[0][:3]
    there = [row for row in rows if row[3]]
    return Gathered(made(plan, there, 4), int(fitting), bool(gathered > CAP or wide))


def _placed_by_name(plan: Plan) -> dict[str, Column]:
    """The columns of what was gathered, before it is: what a place is told by must not hold the whole statement."""
    types = {name: one.type for name, one in raw_columns(plan.view).items()}
    return {
        name: sa.literal_column(f"{_GATHERED}.p{n}", types[name]) for n, name in enumerate(place_names(plan))
    }


def _gathering(
    plan: Plan, ways: Sequence[Way | Arm], fits: Sequence[Column], after: Sequence[Column] | None
) -> sa.Select[Any]:
    wide: list[Column] = []
    conditions = [_narrowed(way, n, wide) for n, way in enumerate(ways)]
    fitting: Column = sa.func.coalesce(sa.and_(sa.true(), *fits), sa.false()).label("fits")
    most: Column = sa.literal_column(str(CAP + 1))
    arms = [plan.view.select(*places(plan), fitting).where(one).limit(most) for one in conditions]
    # A row that several ways find is one row.
    apart: Any = arms[0]
    if len(arms) > 1:
        apart = sa.select(
            sa.union(*(sa.select(one.subquery(f"arm{n}")) for n, one in enumerate(arms))).subquery("arms")
        )
        apart = apart.limit(most)
    gathered = apart.cte(_GATHERED).prefix_with("MATERIALIZED")
    counts = sa.select(
        sa.func.count().label("gathered"),
        sa.func.count().filter(gathered.c.fits).label("fitting"),
        sa.or_(sa.false(), *wide).label("wide"),
    ).select_from(gathered)
    return _together(plan, gathered, counts.subquery("counts"), after)


def _narrowed(way: Way | Arm, number: int, wide: list[Column]) -> Column:
    """The way's condition, where the rows of another table that it leads through are capped too."""
    if way.through is None:
        return way.condition
    most: Column = sa.literal_column(str(WIDE + 1))
    keys = way.through.keys.limit(most).cte(f"keys{number}").prefix_with("MATERIALIZED")
    count = sa.select(sa.func.count()).select_from(keys).scalar_subquery()
    wide.append(count > sa.literal_column(str(WIDE)))
    found: Column = way.through.ours.in_(sa.select(keys))
    return found


def _together(
    plan: Plan, gathered: sa.CTE, counts: sa.Subquery, after: Sequence[Column] | None
) -> sa.Select[Any]:
    column = placed(plan, gathered)
    cut = sa.select(gathered).where(gathered.c.fits).order_by(*clauses(plan.walked, column))
    if after is not None:
        cut = cut.where(sa.or_(sa.false(), *after))
    chosen = cut.limit(plan.limit).cte("chosen").prefix_with("MATERIALIZED")
    ordered = [one.label(f"p{n}") for n, one in enumerate(placed(plan, chosen).values())]
    page = shown(plan, chosen, sa.true().label("there"), *ordered).subquery("page")
    skipped = {f"p{n}" for n in range(len(ordered))}
    kept = [one for one in page.c if one.name not in skipped]
    select = sa.select(counts.c.gathered, counts.c.fitting, counts.c.wide, *kept)
    joined = counts.join(page, sa.true(), isouter=True)
    return select.select_from(joined).order_by(*clauses(plan.walked, placed(plan, page)))

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

from ops.records.fetching import Fetched, Plan, made, placed, places, shown
from ops.records.finished import sent
from ops.records.order import clauses
from ops.records.searching import Through

CAP = 1000  # rows that are gathered before they are put in order
WIDE = 200  # rows of another table that ours are looked up for

Column = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Way:
    """One way to gather rows: a condition that one index serves, or the rows of another table that lead to ours."""

    condition: Column
    through: Through | None = None


@dataclass(frozen=True)
class Gathered:
    """The page's rows of those gathered, how many fit in all, and whether there are `more` than were gathered."""

    fetched: Fetched
    fitting: int
    more: bool


def gather(tx: Session, plan: Plan, ways: Sequence[Way], fits: Sequence[Column]) -> Gathered:
    """Gather up to `CAP` rows by every way, keep those that fit, and read the page among them: one statement."""
    plain = plan.position is None and not any(way.through for way in ways)
    if plain:
        varying = [*(way.condition for way in ways), *fits]
        what = f"gathered {len(ways)} {CAP}"
        rows = sent(tx, plan, what, varying, lambda: _gathering(plan, ways, fits))
    else:
        rows = list(tx.execute(_gathering(plan, ways, fits)))
    gathered, fitting, wide = rows[0][:3]
    there = [row for row in rows if row[3]]
    return Gathered(made(plan, there, 4), int(fitting), bool(gathered > CAP or wide))


def _gathering(plan: Plan, ways: Sequence[Way], fits: Sequence[Column]) -> sa.Select[Any]:
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
    gathered = apart.cte("gathered").prefix_with("MATERIALIZED")
    counts = sa.select(
        sa.func.count().label("gathered"),
        sa.func.count().filter(gathered.c.fits).label("fitting"),
        sa.or_(sa.false(), *wide).label("wide"),
    ).select_from(gathered)
    return _together(plan, gathered, counts.subquery("counts"))


def _narrowed(way: Way, number: int, wide: list[Column]) -> Column:
    """The way's condition, where the rows of another table that it leads through are capped too."""
    if way.through is None:
        return way.condition
    most: Column = sa.literal_column(str(WIDE + 1))
    keys = way.through.keys.limit(most).cte(f"keys{number}").prefix_with("MATERIALIZED")
    count = sa.select(sa.func.count()).select_from(keys).scalar_subquery()
    wide.append(count > sa.literal_column(str(WIDE)))
    found: Column = way.through.ours.in_(sa.select(keys))
    return found


def _together(plan: Plan, gathered: sa.CTE, counts: sa.Subquery) -> sa.Select[Any]:
    column = placed(plan, gathered)
    cut = sa.select(gathered).where(gathered.c.fits).order_by(*clauses(plan.walked, column))
    branches = plan.branches(column)
    if branches is not None:
        cut = cut.where(sa.or_(sa.false(), *branches))
    chosen = cut.limit(plan.limit).cte("chosen").prefix_with("MATERIALIZED")
    ordered = [one.label(f"p{n}") for n, one in enumerate(placed(plan, chosen).values())]
    page = shown(plan, chosen, sa.true().label("there"), *ordered).subquery("page")
    skipped = {f"p{n}" for n in range(len(ordered))}
    kept = [one for one in page.c if one.name not in skipped]
    select = sa.select(counts.c.gathered, counts.c.fitting, counts.c.wide, *kept)
    joined = counts.join(page, sa.true(), isouter=True)
    return select.select_from(joined).order_by(*clauses(plan.walked, placed(plan, page)))

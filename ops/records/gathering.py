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
from ops.records.spelled import Spelled
from ops.records.statement import raw_columns

CAP = 1000  # rows that are gathered before they are put in order
WIDE = 200  # rows of another table that ours are looked up for
_GATHERED = "gathered"  # what the rows are called in the statement
_MOST: sa.ColumnElement[Any] = sa.literal_column(str(CAP + 1))

Column = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Way:
    """One way to gather rows: a condition that one index serves, or the rows of another table that lead to ours."""

    condition: Column
    through: Through | None = None
    spelled: Spelled | None = None

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
    fitting: Column = sa.func.coalesce(sa.and_(sa.true(), *fits), sa.false()).label("fits")
    base = plan.view.select(*places(plan), fitting)
    arms = [_arm(base, way, n, wide) for n, way in enumerate(ways)]
    # A row that several ways find is one row.
    apart: Any = arms[0] if len(arms) == 1 else sa.union(*arms).limit(_MOST)
    gathered = apart.cte(_GATHERED).prefix_with("MATERIALIZED")
    counts = sa.select(
        sa.func.count().label("gathered"),
        sa.func.count().filter(gathered.c.fits).label("fitting"),
        sa.or_(sa.false(), *wide).label("wide"),
    ).select_from(gathered)
    return _together(plan, gathered, counts.subquery("counts"), after)


def _arm(base: sa.Select[Any], way: Way | Arm, number: int, wide: list[Column]) -> sa.Select[Any]:
    """The rows that one way finds; those of another table that it leads through are capped too."""
    if way.spelled is not None:
        return way.spelled.rows(base, CAP + 1, f"of{number}").limit(_MOST)
    if way.through is None:
        return base.where(way.condition).limit(_MOST)
    keys, many = _keys(way.through, number)
    wide.append(many)
    pairs = (one == key for one, key in zip(way.through.ours, keys.c, strict=True))
    # Key by key: no plan reads our table from its beginning until enough rows have come by that point there.
    each = base.where(*pairs).limit(_MOST).lateral(f"of{number}")
    return sa.select(each).select_from(keys.join(each, sa.true())).limit(_MOST)


def _keys(through: Through, number: int) -> tuple[sa.FromClause, Column]:
    """The keys there, each once, and whether they are more than are looked up."""
    most: Column = sa.literal_column(str(WIDE + 1))
    name = f"keys{number}"
    if len(through.keys) == 1:
        there = through.keys[0]
        if through.spelled is not None:
            there = through.spelled.rows(there, WIDE + 1, f"{name}_found")
        one = there.limit(most).cte(name).prefix_with("MATERIALIZED")
        count = sa.select(sa.func.count()).select_from(one).scalar_subquery()
        return one, count > sa.literal_column(str(WIDE))
    parts = [
        sa.select(sa.literal_column(str(n)).label("part"), part.limit(most).subquery(f"{name}_{n}"))
        for n, part in enumerate(through.keys)
    ]
    several = sa.union_all(*parts).cte(name).prefix_with("MATERIALIZED")
    counts = sa.select(sa.true()).select_from(several).group_by(several.c.part)
    many = counts.having(sa.func.count() > sa.literal_column(str(WIDE))).exists()
    once = sa.select(*(one for one in several.c if one.name != "part")).distinct().subquery(f"{name}_once")
    return once, many


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

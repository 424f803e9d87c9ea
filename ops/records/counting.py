"""How many: exactly up to a thousand, "more than 1,000" beyond, the planner's estimate for a whole table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.words import t

MOST = 1000


@dataclass(frozen=True, slots=True)
class Count:
    """`rows` found; `more` if there are more than that, `estimated` if nobody counted; `text` says it."""

    rows: int | None
    more: bool = False
    estimated: bool = False

    @property
    def text(self) -> str:
        """For people: "17", "more than 1,000", "about 1.28 million", "not counted"."""
        if self.rows is None:
            return t("query.count.unknown")
        if self.estimated:
            return t("query.count.about", shown=_rounded(self.rows))
        return t("query.count.more" if self.more else "query.count.exact", shown=f"{self.rows:,}")


UNKNOWN = Count(None)


def counted(tx: Session, rows: sa.Select[Any]) -> Count:
    """Count the rows of a SELECT, but stop after a thousand. `rows` gets its LIMIT here."""
    return count_of(int(tx.scalar(counting(rows)) or 0))


def counting(rows: sa.Select[Any]) -> sa.Select[Any]:
    """The statement for it."""
    limited = rows.limit(sa.literal_column(str(MOST + 1))).subquery("found")
    return sa.select(sa.func.count()).select_from(limited)


def count_of(found: int) -> Count:
    """What it says."""
    return Count(min(found, MOST), more=found > MOST)


def estimated(rows: int) -> Count:
    """What the planner believes of a table nobody walks through just to count it."""
    return Count(rows, estimated=True)


def _rounded(number: int) -> str:
    for size, word in ((10**9, "billion"), (10**6, "million")):
        if number >= size:
            return t(f"query.about.{word}", number=f"{number / size:.3g}")
    return f"{round(number, -2) if number >= 10_000 else round(number, -1):,}"

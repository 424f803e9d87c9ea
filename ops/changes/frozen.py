"""Which of a change's frozen rows are there for a person: asked of all of them in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from ops.catalog.core import PgType
from ops.changes.heads import Head
from ops.policy import View

MOST = 100_000  # rows that a page may ask about; of more, who sees only some rows is told nothing

_TARGET = sa.table(
    "change_target",
    sa.column("change_id"),
    sa.column("position"),
    sa.column("row_key", JSONB),
    sa.column("state"),
    schema="ops",
)


def every_row(tx: Session, seen: View, head: Head) -> bool:
    """Whether every row of the change is there for the person. Asks only where a row condition holds.

    A row that is not made yet cannot be judged by a condition: then it is not there, to be on the safe side. Nor can
    a change of no row at all, or of none that the proposer might change.
    """
    if not seen.limited_rows():
        return True
    if not 0 < head.total <= MOST:
        return False
    judged = (_TARGET.c.change_id == head.change_id, _TARGET.c.state.not_in(["gone", "unseen"]))
    there = sa.exists(_row(seen)).correlate(_TARGET)
    lost: sa.Select[Any] = sa.select(sa.literal_column("1")).where(*judged, sa.not_(there))
    some: sa.Select[Any] = sa.select(sa.literal_column("1")).where(*judged, there)
    return tx.execute(lost.limit(1)).first() is None and tx.execute(some.limit(1)).first() is not None


def rows_in_sight(tx: Session, seen: View, head: Head, positions: Sequence[int]) -> set[int]:
    """Those of the change's rows at `positions` that are there for the person now."""
    if not positions:
        return set()
    found = sa.select(_TARGET.c.position).where(
        _TARGET.c.change_id == head.change_id,
        _TARGET.c.position.in_(list(positions)),
        sa.exists(_row(seen)).correlate(_TARGET),
    )
    return set(tx.scalars(found))


def _row(seen: View) -> sa.Select[Any]:
    """The row of the table that a target names, with the person's row condition."""
    table = seen.table
    same = (
        seen.raw(name)
        == sa.cast(_TARGET.c.row_key[sa.literal_column(str(n))].astext, PgType(table.columns[name].cast_type))
        for n, name in enumerate(table.key)
    )
    return seen.select(sa.literal_column("1")).where(*same)

"""Reviews of emergencies: of one change, the open ones, all of them; of changes in the reader's sight alone (P14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.approvals import Asked
from ops.catalog import Catalog
from ops.changes.desk import rows_of
from ops.changes.lists import ChangeRow
from ops.changes.operation import reference


@dataclass(frozen=True, slots=True)
class Review:
    """One review: who applied the change past whom and why; once it is closed, who found what."""

    change_id: int
    revision: int
    reason: str
    opened_at: datetime
    opened_by: int
    opener: str
    asked: tuple[Asked, ...]
    closed_at: datetime | None
    closed_by: int | None
    closer: str | None
    finding: str | None
    comment: str | None

    @property
    def reference(self) -> str:
        """The change's name: CH-1042."""
        return reference(self.change_id)


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list, newest first. `unseen`: so many more are about changes that the reader may not see."""

    rows: Sequence[tuple[Review, ChangeRow]]
    unseen: int
    next: int | None


# The stages that nobody closed are those that were passed over.
_REVIEW = """
    SELECT r.change_id, r.revision, r.reason, r.opened_at, r.opened_by, o.name, coalesce((
               SELECT jsonb_agg(jsonb_build_array(s.needed, s.role, coalesce((
                   SELECT string_agg(n.name, ', ' ORDER BY n.name) FROM ops.person n WHERE n.id = ANY (s.people)),
                   '')) ORDER BY s.position)
               FROM ops.stage s
               WHERE s.change_id = r.change_id AND s.revision = r.revision AND s.closed_at IS NULL), '[]') AS asked,
           r.closed_at, r.closed_by, c.name, r.finding, r.comment
    FROM ops.emergency_review r JOIN ops.person o ON o.id = r.opened_by LEFT JOIN ops.person c ON c.id = r.closed_by
"""
_ONE = sa.text(_REVIEW + "WHERE r.change_id = :change_id")
_OPEN = sa.text(_REVIEW + "WHERE r.closed_at IS NULL ORDER BY r.remind_at, r.change_id LIMIT :limit")
_PAGE = sa.text(
    _REVIEW + "WHERE (CAST(:before AS bigint) IS NULL OR r.change_id < :before) "
    "AND (NOT :only_open OR r.closed_at IS NULL) ORDER BY r.change_id DESC LIMIT :limit"
)


def of(tx: Session, change_id: int) -> Review | None:
    """The review of the change, open or closed; None where it was never applied in an emergency."""
    row = tx.execute(_ONE, {"change_id": change_id}).one_or_none()
    return None if row is None else _review(row)


def open_reviews(
    tx: Session, catalog: Catalog, actor: Actor, limit: int = 10
) -> list[tuple[Review, ChangeRow]]:
    """Those that nobody has closed, the oldest first, as far as the person may see the changes."""
    return _in_sight(tx, catalog, actor, [_review(row) for row in tx.execute(_OPEN, {"limit": limit}).all()])


def listed(
    tx: Session, catalog: Catalog, actor: Actor, *, before: int | None = None, only_open: bool = False,
    size: int = 50,
) -> Listed:  # fmt: skip
    """A page of all reviews, those of newer changes first."""
    values = {"before": before, "only_open": only_open, "limit": size + 1}
    found = [_review(row) for row in tx.execute(_PAGE, values).all()]
    shown = _in_sight(tx, catalog, actor, found[:size])
    following = found[size - 1].change_id if len(found) > size else None
    return Listed(shown, len(found[:size]) - len(shown), following)


def _review(row: sa.Row[Any]) -> Review:
    review = Review(*tuple(row))
    return replace(
        review, asked=tuple(Asked(needed, role or "", people) for needed, role, people in row.asked)
    )


def _in_sight(
    tx: Session, catalog: Catalog, actor: Actor, found: Sequence[Review]
) -> list[tuple[Review, ChangeRow]]:
    rows = rows_of(tx, catalog, actor, [one.change_id for one in found])
    return [(one, rows[one.change_id]) for one in found if one.change_id in rows]

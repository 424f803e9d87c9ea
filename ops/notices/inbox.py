"""A person's own notices: read them, mark them as read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of the inbox."""

    id: int
    text: str
    href: str
    created_at: datetime
    unread: bool


_LATEST = sa.text(
    "SELECT id, text, href, created_at, read_at IS NULL AS unread FROM ops.notice "
    "WHERE person_id = :person ORDER BY (read_at IS NULL) DESC, id DESC LIMIT :limit"
)
_READ = sa.text(
    "UPDATE ops.notice SET read_at = now() WHERE person_id = :person AND read_at IS NULL AND id <= :newest"
)


def latest(tx: Session, person_id: int, limit: int = 10) -> Sequence[Notice]:
    """The person's newest notices, unread ones first."""
    rows = tx.execute(_LATEST, {"person": person_id, "limit": limit})
    return [Notice(row.id, row.text, row.href, row.created_at, row.unread) for row in rows]


def mark_read(tx: Session, person_id: int, newest: int) -> None:
    """Mark the person's notices up to `newest` as read: those that were on the page, no later ones."""
    tx.execute(_READ, {"person": person_id, "newest": newest})

"""Changes applied in an emergency: told at once to those who were asked, to managers, auditors and owners (P33)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.notices.awaited import settle
from ops.notices.telling import Reach, Told, say_in_chat, tell
from ops.outbox import OutboxRow
from ops.words import t

KIND = "emergencies"

_REVIEW = sa.text(
    "SELECT r.opened_by, o.name AS opener, r.closed_at, c.name AS closer FROM ops.emergency_review r "
    "JOIN ops.person o ON o.id = r.opened_by LEFT JOIN ops.person c ON c.id = r.closed_by "
    "WHERE r.change_id = :change_id"
)
# Who would have had to decide: the seats of the stages that nobody closed. Who looks after others: also those whose
# role does not count just now, for a provider may have been silent for long.
_ASKED = """
    SELECT e.person_id FROM ops.emergency_review r
    JOIN ops.stage s ON s.change_id = r.change_id AND s.revision = r.revision AND s.closed_at IS NULL
    JOIN ops.seat e ON e.change_id = s.change_id AND e.revision = s.revision AND e.position = s.position
    WHERE r.change_id = :change_id AND NOT EXISTS (
        SELECT FROM ops.change_party y
        WHERE y.change_id = e.change_id AND y.person_id = e.person_id AND y.side = 'maker')
"""
_LOOKING_AFTER = """
    SELECT p.id FROM ops.person p WHERE p.disabled_at IS NULL AND EXISTS (
        SELECT FROM ops.person_role r WHERE r.person_id = p.id AND r.role = ANY (CAST(:roles AS text[])))
"""
_MAKERS = "SELECT person_id FROM ops.change_party WHERE change_id = :change_id AND side = 'maker'"
_BELL = sa.text(f"{_ASKED} UNION {_LOOKING_AFTER} UNION {_MAKERS}")
_STILL_OPEN = sa.text(f"{_ASKED} UNION {_LOOKING_AFTER}")


def bell(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """Tell everybody concerned but the one who used it; the question whether to decide is over."""
    change_id, review = _review(tx, row)
    if review is None:
        return
    settle(tx, change_id, ())
    people = tx.scalars(_BELL, {"change_id": change_id, "roles": ["manager", "auditor", "owner"]})
    text = t("notices.emergency", name=review.opener, ref=f"CH-{change_id}")
    _tell(tx, reach, row, change_id, [one for one in people if one != review.opened_by], text)
    say_in_chat(tx, reach, row)


def still_open(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """A day has gone by and nobody has closed the review: those who could, auditors and owners hear of it again."""
    change_id, review = _review(tx, row)
    if review is not None and review.closed_at is None:
        people = tx.scalars(_STILL_OPEN, {"change_id": change_id, "roles": ["auditor", "owner"]})
        text = t("notices.emergency_open", name=review.opener, ref=f"CH-{change_id}")
        _tell(tx, reach, row, change_id, [one for one in people if one != review.opened_by], text)


def closed(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """Tell who used it that its review is closed."""
    change_id, review = _review(tx, row)
    if review is not None and review.closed_at is not None:
        text = t("notices.emergency_closed", name=review.closer, ref=f"CH-{change_id}")
        _tell(tx, reach, row, change_id, [review.opened_by], text)


def _review(tx: Session, row: OutboxRow) -> tuple[int, Any]:
    change_id = int(row.body["change_id"])
    return change_id, tx.execute(_REVIEW, {"change_id": change_id}).one_or_none()


def _tell(tx: Session, reach: Reach, row: OutboxRow, change_id: int, people: list[int], text: str) -> None:
    told = [Told(one, text) for one in dict.fromkeys(people)]
    tell(tx, reach, row, KIND, told, href=f"/changes/CH-{change_id}", change_id=change_id)

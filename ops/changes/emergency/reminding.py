"""By the clock: a review of an emergency that nobody has closed is told of again every day."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import outbox

_MOST = 200  # in one round; the next round takes the rest

_DUE = sa.text(
    """
    WITH due AS (
        SELECT r.change_id FROM ops.emergency_review r
        WHERE r.closed_at IS NULL AND r.remind_at <= now() ORDER BY r.remind_at LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE ops.emergency_review r SET remind_at = now() + interval '1 day'
    FROM due d WHERE r.change_id = d.change_id RETURNING r.change_id
    """
)


def remind(tx: Session) -> int:
    """Leave word for each open review whose day is over, and set the time of the next; return how many."""
    due = list(tx.scalars(_DUE, {"most": _MOST}))
    for change_id in due:
        outbox.put(tx, "change.emergency_open", {"change_id": str(change_id)})
    return len(due)

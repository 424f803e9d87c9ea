"""By the clock: who is reminded of what waits, and which overdue stage goes on to further people."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, outbox
from ops.actor import platform_actor

_MOST = 500  # in one round; the next round takes the rest

# A stage is reminded of while it is its turn; what is over or not yet due is looked at no more. Whoever decides at
# this moment holds the row, or the change: the next round sees what became of it.
_TURN = """
    SELECT s.change_id, s.revision, s.position,
        c.state = 'in_review' AND c.revision = s.revision AND s.position = (
            SELECT min(o.position) FROM ops.stage o
            WHERE o.change_id = s.change_id AND o.revision = s.revision AND o.closed_at IS NULL) AS turn
    FROM ops.stage s JOIN ops.change_set c ON c.id = s.change_id
    WHERE s.closed_at IS NULL AND {due} LIMIT :most FOR UPDATE OF s, c SKIP LOCKED
"""
_REMIND = sa.text(
    "WITH due AS ("
    + _TURN.format(due="s.remind_at <= now()")
    + """)
    UPDATE ops.stage s SET remind_at = CASE WHEN d.turn THEN now() + make_interval(hours => s.remind_hours) END
    FROM due d WHERE (s.change_id, s.revision, s.position) = (d.change_id, d.revision, d.position)
    RETURNING s.change_id, d.turn
    """
)
_ESCALATE = sa.text(
    "WITH due AS ("
    + _TURN.format(due="s.escalated_at IS NULL AND s.escalate_at <= now()")
    + """)
    UPDATE ops.stage s SET escalated_at = CASE WHEN d.turn THEN clock_timestamp() END,
        escalate_at = CASE WHEN d.turn THEN s.escalate_at END
    FROM due d WHERE (s.change_id, s.revision, s.position) = (d.change_id, d.revision, d.position)
    RETURNING s.change_id, s.escalate_to, d.turn
    """
)


def remind(tx: Session) -> int:
    """Leave word for each stage whose reminder is due, and set the time of the next; return how many."""
    rows = _turns(tx, _REMIND)
    for row in rows:
        outbox.put(tx, "change.reminder", {"change_id": str(row.change_id)})
    return len(rows)


def escalate(tx: Session) -> int:
    """Let further people decide in stages that nobody decided in time; return in how many.

    Those who were asked may decide still. It is in the trail, for it says who may.
    """
    rows = [row for row in _turns(tx, _ESCALATE) if row.escalate_to]
    clock = platform_actor("clock")
    entries = [
        audit.Entry("change.escalated", change_id=row.change_id, facts={"to": row.escalate_to})
        for row in rows
    ]
    audit.record(tx, clock, entries)
    for row in rows:
        outbox.put(tx, "change.escalated", {"change_id": str(row.change_id), "role": row.escalate_to})
    return len(rows)


def _turns(tx: Session, statement: sa.TextClause) -> list[Any]:
    return [row for row in tx.execute(statement, {"most": _MOST}).all() if row.turn]

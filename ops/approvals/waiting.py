"""What waits for a person: change sets whose turn it is for one of their roles, or for themselves by name."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor

# `ops.frame_counts` counts by the same (its newest definition in migrations/versions).
# A condition on `ops.change_set c`, also used by the lists of the door. Its maker never sees it here, nor
# does who has had their say on this revision.
WAITING = """
    c.state = 'in_review'
    AND (SELECT s.role = ANY(CAST(:roles AS text[])) OR :person_id = ANY(s.people)
             OR (s.escalated_at IS NOT NULL AND s.escalate_to = ANY(CAST(:roles AS text[])))
         FROM ops.stage s
         WHERE s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL
         ORDER BY s.position LIMIT 1)
    AND NOT EXISTS (SELECT FROM ops.change_party y
                    WHERE y.change_id = c.id AND y.person_id = :person_id AND y.side = 'maker')
    AND NOT EXISTS (SELECT FROM ops.decision d
                    WHERE d.change_id = c.id AND d.revision = c.revision AND d.person_id = :person_id)
"""
_IDS = sa.text(f"SELECT c.id FROM ops.change_set c WHERE {WAITING} ORDER BY c.id LIMIT :limit")


def waiting_for(tx: Session, actor: Actor, limit: int = 100) -> list[int]:
    """Ids of change sets that wait for a decision of the person's, by a role of theirs or by name, oldest first.

    Who may see the tables is not asked here: `ops.changes.waiting` does, and is what pages show.
    """
    if actor.person_id is None or not actor.roles:
        return []
    values = {"roles": sorted(actor.roles), "person_id": actor.person_id, "limit": limit}
    return list(tx.scalars(_IDS, values))

"""What waits for a person: change sets whose turn it is for a role of theirs, for them by name, or by a seat lent."""

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
             OR (EXISTS (SELECT FROM ops.delegation_now n WHERE n.to_person = :person_id) AND EXISTS (
                 SELECT FROM ops.seat e
                 WHERE e.change_id = s.change_id AND e.revision = s.revision AND e.position = s.position
                 AND e.person_id = :person_id AND e.on_behalf_of IS NOT NULL
                 AND NOT EXISTS (SELECT FROM ops.change_party m WHERE m.change_id = s.change_id
                                 AND m.person_id = e.on_behalf_of AND m.side = 'maker')
                 AND NOT EXISTS (SELECT FROM ops.decision l
                                 WHERE l.change_id = s.change_id AND l.revision = s.revision
                                 AND e.on_behalf_of IN (l.person_id, l.on_behalf_of))))
         FROM ops.stage s
         WHERE s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL
         ORDER BY s.position LIMIT 1)
    AND NOT EXISTS (SELECT FROM ops.change_party y
                    WHERE y.change_id = c.id AND y.person_id = :person_id AND y.side = 'maker')
    AND NOT EXISTS (SELECT FROM ops.decision d
                    WHERE d.change_id = c.id AND d.revision = c.revision
                    AND :person_id IN (d.person_id, d.on_behalf_of))
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

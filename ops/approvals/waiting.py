"""What waits for a person: change sets whose turn it is for a role of theirs, for them by name, or by a seat lent."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor

# Whose turn it is stands in ops.turn; its maker never sees it here, nor does who has had their say on this revision.
# `ops.frame_counts` counts by the same, and tells of more than a hundred no number.
_IDS = sa.text(
    "SELECT unnest(ops.page_of_turns(:person_id, CAST(:roles AS text[]), NULL, NULL, 2147483647)) AS id "
    "ORDER BY id LIMIT :limit"
)


def waiting_for(tx: Session, actor: Actor, limit: int = 100) -> list[int]:
    """Ids of change sets that wait for a decision of the person's, by a role of theirs or by name, oldest first.

    Who may see the tables is not asked here: `ops.changes.waiting` does, and is what pages show.
    """
    if actor.person_id is None or not actor.roles:
        return []
    values = {"roles": sorted(actor.roles), "person_id": actor.person_id, "limit": limit}
    return list(tx.scalars(_IDS, values))

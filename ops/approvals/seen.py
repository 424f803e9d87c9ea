"""When somebody who could decide first had a revision of a change on the screen; what health is counted by."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

_SEEN = sa.text(
    "INSERT INTO ops.change_seen (change_id, revision, person_id) VALUES (:change_id, :revision, :person_id) "
    "ON CONFLICT DO NOTHING"
)


def note(tx: Session, change_id: int, revision: int, person_id: int) -> None:
    """Remember that the person is shown this revision now; the first time counts."""
    tx.execute(_SEEN, {"change_id": change_id, "revision": revision, "person_id": person_id})

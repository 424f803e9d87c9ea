"""Telling people that something was said about a change: those it names, and those who have a hand in it.

Never what was said: it may hold values that one of them may not see; the page shows it to those who see the change.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import identity
from ops.notices.awaited import tables_of
from ops.notices.telling import Reach, Told, tell
from ops.outbox import OutboxRow
from ops.policy import Permission, may, sees
from ops.words import t

_SAID = sa.text(
    "SELECT m.person_id, p.name, m.mentions FROM ops.change_comment m JOIN ops.person p ON p.id = m.person_id "
    "WHERE m.id = :comment AND m.change_id = :change_id"
)
# Whoever made it, inherited it, decided on it or said something about it before.
_INVOLVED = sa.text(
    """
    SELECT p.* FROM ops.person_now p WHERE p.id = ANY(CAST(:named AS bigint[])) OR p.id IN (
        SELECT y.person_id FROM ops.change_party y WHERE y.change_id = :change_id
        UNION SELECT c.heir_id FROM ops.change_set c WHERE c.id = :change_id
        UNION SELECT m.person_id FROM ops.change_comment m WHERE m.change_id = :change_id AND m.id < :comment)
    """
)


def commented(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """Tell those named, and those involved, as far as they may still know of the change's tables."""
    change_id, comment = int(row.body["change_id"]), int(row.body["comment"])
    said = tx.execute(_SAID, {"change_id": change_id, "comment": comment}).one_or_none()
    if said is None:
        return
    values = {"change_id": change_id, "comment": comment, "named": list(said.mentions)}
    people = [identity.actor_from(tx, one) for one in tx.execute(_INVOLVED, values).all()]
    tables = tables_of(tx, reach.catalog, change_id) if reach.catalog is not None else []
    if tables is None:
        return
    told = [
        one.person_id
        for one in people
        if one.person_id is not None
        and one.person_id != said.person_id
        and may(one, Permission.CHANGES_READ)
        and all(sees(one, table) for table in tables)
    ]
    ref = f"CH-{change_id}"
    href = f"/changes/{ref}?at={comment}#comment-{comment}"
    named, others = (
        t("notices.mentioned", name=said.name, ref=ref),
        t("notices.commented", name=said.name, ref=ref),
    )
    mentioned = [Told(one, named) for one in told if one in said.mentions]
    involved = [Told(one, others) for one in told if one not in said.mentions]
    tell(tx, reach, row, "mentions", mentioned, href=href, change_id=change_id)
    tell(tx, reach, row, "comments", involved, href=href, change_id=change_id)

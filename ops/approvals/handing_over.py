"""Seats lent by somebody who leaves, and to them: both end with them, for a seat is nobody's to inherit."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit
from ops.actor import Actor
from ops.identity.belongings import Belonging, Handover

_WHICH = "(from_person = :person OR to_person = :person) AND ended_at IS NULL AND ends_at > now()"
_FIND = sa.text(
    """
    SELECT d.id, CASE WHEN d.from_person = :person THEN o.name ELSE f.name END AS other
    FROM ops.delegation d JOIN ops.person f ON f.id = d.from_person JOIN ops.person o ON o.id = d.to_person
    WHERE """
    + _WHICH
    + " ORDER BY d.id"
)
_END = sa.text(
    "UPDATE ops.delegation SET ended_at = clock_timestamp(), ended_by = :by WHERE " + _WHICH + " RETURNING id"
)


def find(tx: Session, person_id: int, heir_id: int | None) -> list[Belonging]:
    """What the person lends and is lent; the heir gets none of it."""
    return [
        Belonging("delegation", row.other, "/delegations/", "ends")
        for row in tx.execute(_FIND, {"person": person_id})
    ]


def give(tx: Session, actor: Actor, person_id: int, heir_id: int | None) -> list[Belonging]:
    """End them, each with its event."""
    found = find(tx, person_id, heir_id)
    ended = tx.scalars(_END, {"person": person_id, "by": actor.person_id}).all()
    facts = {"of": str(person_id)}
    audit.record(
        tx, actor, [audit.Entry("delegation.ended", facts={"delegation": str(one), **facts}) for one in ended]
    )
    return found


HANDOVER = Handover("delegation", find, give)

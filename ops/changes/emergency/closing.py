"""Close the review of an emergency: somebody who could have decided, and had no hand in it, says what they found."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, audit, outbox
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import holding, refusals
from ops.changes.deciding import Matter, made, sees_it_all
from ops.changes.emergency.reading import Review, of
from ops.changes.emergency.said import said
from ops.changes.errors import Invalid, Stale
from ops.changes.settling import entry_of
from ops.db import Database
from ops.policy import Forbidden, Permission, may
from ops.words import t

Finding = Literal["justified", "not"]
FINDINGS: tuple[Finding, ...] = ("justified", "not")

_CLOSE = sa.text(
    "UPDATE ops.emergency_review SET closed_at = clock_timestamp(), closed_by = :person, finding = :finding, "
    "comment = :comment WHERE change_id = :change_id AND closed_at IS NULL"
)


def close(
    db: Database, catalog: Catalog, actor: Actor, change_id: int, *, finding: str, comment: str
) -> Review:
    """Write down what was found, once; what was applied stays applied: undoing it is a change of its own.

    Raises Invalid (no finding, no comment), Stale (closed already, or there is none), Forbidden, NotVisible,
    identity.Disabled.
    """
    if finding not in FINDINGS:
        raise Invalid({"finding": t("emergency.finding_needed")})
    told = said("comment", comment)
    with refusals.recorded(db, actor, "change.emergency_closed", change_id=change_id), db.transaction() as tx:
        held = holding.held(tx, catalog, actor, change_id)
        actor, matter = held.actor, held.matter
        review = of(tx, change_id)
        if review is None or review.closed_at is not None:
            raise Stale(t("emergency.closed_already"), matter.change.state)
        if (why := why_not_close(tx, actor, matter, review)) is not None:
            raise Forbidden(why)
        values = {"change_id": change_id, "person": actor.person_id, "finding": finding, "comment": told}
        tx.execute(_CLOSE, values)
        facts: dict[str, str | None] = {"finding": finding, "opened_by": str(review.opened_by)}
        audit.record(tx, actor, [entry_of("change.emergency_closed", matter, told, facts)])
        outbox.put(tx, "change.emergency_closed", {"change_id": str(change_id)})
        found = of(tx, change_id)
        assert found is not None
        return found


def why_not_close(tx: Session, actor: Actor, matter: Matter, review: Review) -> str | None:
    """Why the person may not close it, in words; None if they may.

    It takes what deciding would have taken: a role or name that was asked, a right to decide, the whole change in
    sight, no hand in it and no say on it before. A lent seat is not enough: what went past people is theirs to judge.
    """
    if actor.person_id is None:
        return t("door.refused.nobody")
    if actor.person_id == review.opened_by or made(tx, matter, actor.person_id):
        return t("emergency.refused.close_maker")
    if not may(actor, Permission.CHANGES_DECIDE):
        return t("emergency.refused.close_decide")
    if actor.person_id in matter.stood:
        return t("emergency.refused.close_said")
    waiting = [one for one in matter.stages if one.closed_at is None]
    if all(approvals.seat_of(actor, one) is None for one in waiting):
        return t("emergency.refused.close_role", asked=approvals.in_turn(review.asked, actor))
    # A row that was made has a key by now: it is looked for where it stands.
    there = [replace(one, key=one.made or one.key) for one in matter.operations]
    return None if sees_it_all(tx, actor, there) else t("emergency.refused.close_sight")

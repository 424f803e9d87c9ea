"""Whether what people agreed to still counts when it is applied later, or once more (P9, P16, P29)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ops import approvals, identity
from ops.actor import Actor
from ops.approvals import Decision, PlacedStage, seat_of
from ops.changes import operation
from ops.changes.deciding import Matter
from ops.policy import Permission, may
from ops.words import t


def still(tx: Session, actor: Actor, yes: Decision, stage: PlacedStage) -> bool:
    """Whether a yes said earlier still counts: its person is not switched off and could still sit there (P9).

    Said in a lent seat, it is the lender who must still be one of those who are asked; that the seat was lent when
    it was said is enough.
    """
    try:
        who = _today(tx, actor, yes.person_id)
        seated = who if yes.on_behalf_of is None else _today(tx, actor, yes.on_behalf_of)
    except identity.Disabled:
        return False
    return may(who, Permission.CHANGES_DECIDE) and seat_of(seated, stage) is not None


def _today(tx: Session, actor: Actor, person_id: int) -> Actor:
    return actor if person_id == actor.person_id else identity.actor_for(tx, person_id, source=actor.source)


def unchanged(matter: Matter) -> bool:
    """Whether what is to be written is what was decided on, to the letter (P28)."""
    return matter.change.digest == operation.digest(matter.operations, matter.change.revision)


def lost(tx: Session, actor: Actor, matter: Matter) -> list[PlacedStage]:
    """The closed stages of which too few of those who said yes may still say so.

    What a lone owner asked for took effect by time: nobody said yes, and nobody had to.
    """
    return [
        one
        for one in matter.stages
        if one.closed_at is not None
        and not one.lapsed
        and sum(still(tx, actor, yes, one) for yes in _yes(matter, one)) < one.needed
    ]


def reopen(tx: Session, matter: Matter, stages: Sequence[PlacedStage]) -> str:
    """Let the stages ask again, and say why. What was said stays; who said it and lost the role counts no more."""
    approvals.reopen(tx, matter.change.id, matter.change.revision, stages)
    return t("door.lost", roles=", ".join(one.stage.asked for one in stages))


def _yes(matter: Matter, stage: PlacedStage) -> list[Decision]:
    wanted = (matter.change.revision, stage.position, "approve")
    return [one for one in matter.decisions if (one.revision, one.position, one.verdict) == wanted]

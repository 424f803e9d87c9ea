"""Whether what people agreed to still counts when it is applied later, or once more (P9, P16, P29)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ops import approvals, identity
from ops.actor import Actor
from ops.approvals import Decision, PlacedStage, seat_of
from ops.changes import operation
from ops.changes.deciding import Matter, may_still
from ops.changes.operation import Operation
from ops.words import t


def still(
    tx: Session, actor: Actor, yes: Decision, stage: PlacedStage, operations: Sequence[Operation] = ()
) -> bool:
    """Whether a yes said earlier still counts: its person is not switched off, could still sit there and may still
    decide such a change (P9, P16).

    Said in a lent seat, it is the lender who must still be one of those who are asked; that the seat was lent when
    it was said is enough.
    """
    try:
        who = _today(tx, actor, yes.person_id)
        seated = who if yes.on_behalf_of is None else _today(tx, actor, yes.on_behalf_of)
    except identity.Disabled:
        return False
    if seat_of(seated, stage) is None or not may_still(tx, who, operations):
        return False
    return seated is who or may_still(tx, seated, operations)


def _today(tx: Session, actor: Actor, person_id: int) -> Actor:
    return actor if person_id == actor.person_id else identity.actor_for(tx, person_id, source=actor.source)


def unchanged(matter: Matter) -> bool:
    """Whether what is to be written is what was decided on, to the letter (P28)."""
    return matter.change.digest == operation.digest(matter.operations, matter.change.revision)


def lost(tx: Session, actor: Actor, matter: Matter) -> list[PlacedStage]:
    """The closed stages of which too few of those who said yes, to just this difference, may still say so.

    What a lone owner asked for took effect by time: nobody said yes, and nobody had to. That is so of rights and rules
    alone.
    """
    house = all(one.table.house for one in matter.operations)
    return [
        one
        for one in matter.stages
        if one.closed_at is not None
        and not (house and one.lapsed)
        and sum(
            still(tx, actor, yes, one, matter.operations)
            for yes in agreed(matter)
            if yes.position == one.position
        )
        < one.needed
    ]


def reopen(tx: Session, matter: Matter, stages: Sequence[PlacedStage]) -> str:
    """Let the stages ask again, and say why. What was said stays; who said it and lost the role counts no more."""
    approvals.reopen(tx, matter.change.id, matter.change.revision, stages)
    key = "door.lost_digest" if of_another(matter, stages) else "door.lost"
    return t(key, roles=", ".join(one.stage.asked for one in stages))


def of_another(matter: Matter, stages: Sequence[PlacedStage]) -> bool:
    """Whether a yes that is kept for any of the stages was said to another difference than the one to be written.

    No way of the product leads there: somebody wrote in the database.
    """
    change, places = matter.change, {one.position for one in stages}
    return any(
        one.revision == change.revision and one.verdict == "approve" and one.position in places
        and one.digest != change.digest
        for one in matter.decisions
    )  # fmt: skip


def agreed(matter: Matter) -> list[Decision]:
    """Everybody's yes to just this revision's difference, in whatever stage (P28)."""
    change = matter.change
    return [
        yes
        for stage in matter.stages
        for yes in approvals.yeses(change.revision, change.digest, stage, matter.decisions)
    ]

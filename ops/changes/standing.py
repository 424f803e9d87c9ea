"""Whether what people agreed to still counts when it is applied later, or once more (P9, P16, P29)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import identity
from ops.actor import Actor
from ops.approvals import PlacedStage, seat_of
from ops.changes import operation
from ops.changes.deciding import Matter
from ops.policy import Permission, may

# What a lone owner asked for took effect by time: nobody said yes, and nobody had to.
_BY_TIME = sa.text(
    "SELECT position FROM ops.stage WHERE change_id = :change_id AND revision = :revision AND closed_at >= lapses_at"
)
_REOPEN = sa.text(
    "UPDATE ops.stage SET closed_at = NULL WHERE change_id = :change_id AND revision = :revision "
    "AND position = ANY(CAST(:positions AS int[]))"
)


def still(tx: Session, actor: Actor, person_id: int, stage: PlacedStage) -> bool:
    """Whether a yes said earlier still counts: its person is not switched off and could still sit there (P9)."""
    try:
        who = (
            actor if person_id == actor.person_id else identity.actor_for(tx, person_id, source=actor.source)
        )
    except identity.Disabled:
        return False
    return may(who, Permission.CHANGES_DECIDE) and seat_of(who, stage) is not None


def unchanged(matter: Matter) -> bool:
    """Whether what is to be written is what was decided on, to the letter (P28)."""
    return matter.change.digest == operation.digest(matter.operations, matter.change.revision)


def lost(tx: Session, actor: Actor, matter: Matter) -> list[PlacedStage]:
    """The closed stages of which too few of those who said yes may still say so."""
    change = matter.change
    by_time = set(tx.scalars(_BY_TIME, {"change_id": change.id, "revision": change.revision}))
    return [
        one
        for one in matter.stages
        if one.closed_at is not None
        and one.position not in by_time
        and sum(still(tx, actor, person, one) for person in _yes(matter, one)) < one.needed
    ]


def reopen(tx: Session, matter: Matter, stages: Sequence[PlacedStage]) -> None:
    """Let the stages ask again. What was said stays; who said it and lost the role counts no more."""
    values = {"change_id": matter.change.id, "revision": matter.change.revision}
    tx.execute(_REOPEN, {**values, "positions": [one.position for one in stages]})


def _yes(matter: Matter, stage: PlacedStage) -> set[int]:
    wanted = (matter.change.revision, stage.position, "approve")
    return {one.person_id for one in matter.decisions if (one.revision, one.position, one.verdict) == wanted}

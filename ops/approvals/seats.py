"""May this person sit here, and for whom: the one answer, for deciding, for who could, and for what still counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ops.actor import Actor
from ops.approvals.decisions import PlacedStage


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat somebody may take: their own, or that of `on_behalf_of`, who has asked them to."""

    on_behalf_of: int | None = None
    name: str | None = None


OWN = Seat()


def seat_of(actor: Actor, stage: PlacedStage, delegators: Iterable[Actor] = ()) -> Seat | None:
    """The seat the person may take in the stage: their own first, else one of `delegators`; None where there is none.

    `delegators` are those who let this person decide for them now, with the roles they hold today. What else keeps
    somebody away (a hand in the change, a seat taken already, columns out of sight) is the caller's to ask.
    """
    if _asked(actor, stage):
        return OWN
    other = next((one for one in delegators if _asked(one, stage)), None)
    return None if other is None else Seat(other.person_id, other.name)


def _asked(person: Actor, stage: PlacedStage) -> bool:
    if person.person_id is None:
        return False
    if stage.role and stage.role in person.roles:
        return True
    if person.person_id in stage.people:
        return True
    return (
        stage.escalated_at is not None and stage.escalate_to is not None and stage.escalate_to in person.roles
    )

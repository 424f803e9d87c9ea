"""Preview and do it: what a person leaves open, who takes it over, and that they are off from now on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.approvals.handing_over import HANDOVER as DELEGATIONS
from ops.audit import Entry, record
from ops.catalog import key_text
from ops.changes.handing_over import HANDOVER as CHANGES
from ops.exports.handing_over import HANDOVER as EXPORTS
from ops.identity import current_actor
from ops.identity.belongings import Belonging, Handover
from ops.identity.switching import OnlyOwners, disable
from ops.imports import HANDOVER as IMPORTS
from ops.outbox import put
from ops.policy import Forbidden, Permission, require
from ops.records.saved_views.handing_over import HANDOVER as VIEWS
from ops.words import t

# Every room that keeps something open for a person stands here; schedules will.
HANDOVERS: tuple[Handover, ...] = (CHANGES, EXPORTS, IMPORTS, VIEWS, DELEGATIONS)
_NAMED = 200  # things an event names; beyond, their number

_WHO = "SELECT id, disabled_at IS NOT NULL AS off FROM ops.person WHERE id = ANY(:people) ORDER BY id"
_PEOPLE = sa.text(_WHO)
_PEOPLE_HELD = sa.text(f"{_WHO} FOR NO KEY UPDATE")


class CannotLeave(ValueError):
    """It cannot be done so. `reason`: "self" (nobody sees themselves off, P17), "nobody", "heir_is_leaver",
    "heir_off" or "no_heir" (there is no such heir)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Left:
    """What happened: whether the person was on until now, and what became of each open thing."""

    switched_off: bool
    belongings: tuple[Belonging, ...]


def preview(tx: Session, actor: Actor, person_id: int, *, to: int | None = None) -> list[Belonging]:
    """What the person has open, and what would become of it with this heir. Raises Forbidden, CannotLeave."""
    require(actor, Permission.PEOPLE_EDIT)
    _checked(tx, actor, person_id, to, hold=False)
    return [one for handover in HANDOVERS for one in handover.find(tx, person_id, to)]


def offboard(
    tx: Session, actor: Actor, person_id: int, *, to: int | None = None, reason: str | None = None
) -> Left:
    """Switch the person off (sessions, refresh tokens and rights end with this transaction) and hand over.

    Makers stay makers for ever (P27): of each open change the heir becomes a further one. With no heir nothing
    is handed over; somebody who is off already can still be given one. Raises Forbidden, CannotLeave, Disabled.
    """
    actor = current_actor(tx, actor)
    require(actor, Permission.PEOPLE_EDIT)
    _checked(tx, actor, person_id, to, hold=True)
    try:
        off = disable(tx, actor, person_id, by="hand", reason=reason)
    except OnlyOwners as error:
        raise Forbidden(t("door.refused.only_owners")) from error
    found = [one for handover in HANDOVERS for one in handover.give(tx, actor, person_id, to)]
    record(tx, actor, [_entry(person_id, to, reason, found)])
    going = Counter(one.kind for one in found if one.fate == "goes")
    if to is not None and going:
        put(
            tx,
            "offboarding.handed_over",
            {"person_id": str(person_id), "to": str(to), "count": str(going.total())},
        )
    return Left(off, tuple(found))


def _checked(tx: Session, actor: Actor, person_id: int, to: int | None, *, hold: bool) -> None:
    if person_id == actor.person_id:
        raise CannotLeave("self")
    if person_id == to:
        raise CannotLeave("heir_is_leaver")
    people = [person_id] if to is None else [person_id, to]
    rows = tx.execute(_PEOPLE_HELD if hold else _PEOPLE, {"people": people})
    off = {row.id: row.off for row in rows}
    if person_id not in off:
        raise CannotLeave("nobody")
    if to is not None and to not in off:
        raise CannotLeave("no_heir")
    if to is not None and off[to]:
        raise CannotLeave("heir_off")


def _entry(person_id: int, to: int | None, reason: str | None, found: list[Belonging]) -> Entry:
    facts: dict[str, str | None] = {"to": None if to is None else str(to)}
    for fate in ("goes", "ends", "stays"):
        named = [f"{one.kind} {one.name}" for one in found if one.fate == fate]
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        facts[fate] = (", ".join(named[:_NAMED]) + more) or None
    return Entry(
        "people.offboarded",
        table=("ops", "person"),
        key=key_text([str(person_id)]),
        reason=reason,
        facts=facts,
    )

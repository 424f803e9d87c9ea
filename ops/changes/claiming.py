"""A form's token claimed, and what is read with it: the rules, and what the person may today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops import direct
from ops.actor import Actor
from ops.approvals import ApprovalRule, rules_at, rules_from_json
from ops.identity import actor_now, known_in

_FIRST = "SELECT * FROM ops.take_form(%(person_id)s, %(token)s, %(known)s)"


@dataclass(frozen=True, slots=True)
class First:
    """What the first round trip of a form finds: is it new, which rules are there, what may the person today.

    `actor()` is who sent it with today's rights; it raises Disabled. `stamp`: that of those rights, for `store.add`.
    """

    new: bool
    change_id: int | None
    rules: list[ApprovalRule]
    actor: Callable[[], Actor]
    stamp: str | None = None


def first(tx: Session, actor: Actor, token: str) -> First:
    """Claim the form's token, read rules and rights (P16). One round trip.

    A second form with the same token waits for the first: then it finds what that led to, or is the first itself.
    Rights that this transaction read when it began are not read again within its first second.
    """
    known = known_in(tx, actor.person_id)
    values = {"person_id": actor.person_id, "token": token, "known": known is not None}
    row = direct.one(tx, _FIRST, values)
    person = row if row.looked else known
    stamp = person.stamp if person else None
    return First(
        row.new, row.change_id, rules_from_json(row.rules), lambda: actor_now(tx, person, actor), stamp
    )


def at_hand(tx: Session, actor: Actor) -> First | None:
    """The same of a form whose token `store.add` is to take: rules and rights that came with BEGIN, in no round trip.

    None where they did not, or longer ago than what is written may build upon.
    """
    person = known_in(tx, actor.person_id, fresh=True)
    if person is None:
        return None
    stamp = person.stamp
    return First(True, None, rules_at(tx, stamp), lambda: actor_now(tx, person, actor), stamp)

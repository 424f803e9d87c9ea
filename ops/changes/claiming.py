"""A form's token claimed, and what is read with it: the rules, and what the person may today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ops import direct
from ops.actor import Actor
from ops.approvals import ApprovalRule, rules_at, rules_from_json
from ops.identity import actor_now, known_in

_FIRST = "SELECT * FROM ops.take_form(%(person_id)s, %(token)s, false)"


@dataclass(frozen=True, slots=True)
class First:
    """What the first round trip of a form finds: is it new, which rules are there, what may the person today.

    `actor()` is who sent it with today's rights; it raises Disabled. `person`: the row these are of, read before the
    rules, for `store.add`.
    """

    new: bool
    change_id: int | None
    rules: list[ApprovalRule]
    actor: Callable[[], Actor]
    person: Any = None


def first(tx: Session, actor: Actor, token: str) -> First:
    """Claim the form's token, read rules and rights (P16). One round trip.

    A second form with the same token waits for the first: then it finds what that led to, or is the first itself.
    Those that came with BEGIN are older than what was waited for here.
    """
    row = direct.one(tx, _FIRST, {"person_id": actor.person_id, "token": token})
    return First(row.new, row.change_id, rules_from_json(row.rules), lambda: actor_now(tx, row, actor), row)


def at_hand(tx: Session, actor: Actor) -> First | None:
    """The same of a form whose token `store.add` is to take: rules and rights that came with BEGIN, in no round trip.

    None where they did not, or longer ago than what is written may build upon.
    """
    person = known_in(tx, actor.person_id, fresh=True)
    if person is None:
        return None
    return First(True, None, rules_at(tx, person.stamp), lambda: actor_now(tx, person, actor), person)

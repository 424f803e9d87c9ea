"""Delegation: for some days somebody may sit where somebody else may. It widens nobody's rights.

Who decides for another must see all of the change themselves; the other must still be one of those who are asked;
a seat on rights and rules is nobody's to lend; and neither maker nor decider sits twice (P27, P32).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, direct, identity, outbox
from ops.actor import Actor
from ops.words import t

LONGEST = timedelta(days=92)  # a quarter: whoever is away for longer has changed places
MOST_OPEN = 20  # that have not ended, for one person


class CannotDelegate(ValueError):
    """It cannot be lent so. `fields`: what is wrong with each, in words."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(fields.values()))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Delegation:
    """One of them. `state`: "coming", "now", "over" or "taken_back"."""

    id: int
    from_person: int
    from_name: str
    to_person: int
    to_name: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    state: str


_LENDERS = sa.text(
    "SELECT p.* FROM ops.delegation_now d JOIN ops.person_now p ON p.id = d.from_person "
    "WHERE d.to_person = :person ORDER BY d.id"
)
_LIST = """
    SELECT d.id, d.from_person, f.name AS from_name, d.to_person, o.name AS to_name, d.starts_at, d.ends_at, d.reason,
        CASE WHEN d.ended_at IS NOT NULL THEN 'taken_back' WHEN d.ends_at <= now() THEN 'over'
             WHEN d.starts_at > now() THEN 'coming' ELSE 'now' END AS state
    FROM ops.delegation d JOIN ops.person f ON f.id = d.from_person JOIN ops.person o ON o.id = d.to_person
    WHERE {which} = :person ORDER BY (d.ended_at IS NULL AND d.ends_at > now()) DESC, d.ends_at DESC, d.id DESC LIMIT 50
"""
_BY = direct.finished(sa.text(_LIST.format(which="d.from_person")))
_TO = direct.finished(sa.text(_LIST.format(which="d.to_person")))
# Whoever gives one holds their own row: two forms at once do not pass the limit together.
_OPEN = sa.text(
    "SELECT p.id, (SELECT count(*) FROM ops.delegation d WHERE d.from_person = p.id AND d.ended_at IS NULL "
    "AND d.ends_at > now()) AS open, now() AS at FROM ops.person p WHERE p.id = :person FOR NO KEY UPDATE"
)
_PERSON = sa.text("SELECT name FROM ops.person WHERE id = :person AND disabled_at IS NULL")
_GIVE = sa.text(
    """
    INSERT INTO ops.delegation (from_person, to_person, starts_at, ends_at, reason, form_token)
    VALUES (:from_person, :to_person, :starts_at, :ends_at, :reason, :token)
    ON CONFLICT (from_person, form_token) DO NOTHING RETURNING id
    """
)
_END = sa.text(
    "UPDATE ops.delegation SET ended_at = clock_timestamp(), ended_by = :by WHERE id = :id "
    "AND (from_person = :by OR to_person = :by) AND ended_at IS NULL AND ends_at > now() "
    "RETURNING from_person, to_person"
)
# Those who might be asked: whoever may decide somewhere themselves is found by their roles, which pages know.
_PEOPLE = sa.text("SELECT * FROM ops.person_now WHERE id <> :person ORDER BY name, id LIMIT 500")


def lenders(tx: Session, person_id: int) -> list[Actor]:
    """Those who let this person decide for them at this moment, with the roles they hold now."""
    return [identity.actor_from(tx, row) for row in tx.execute(_LENDERS, {"person": person_id}).all()]


def given(tx: Session, person_id: int) -> Sequence[Delegation]:
    """What the person lends, lent and will lend; what is open first."""
    return [Delegation(*row) for row in direct.rows(tx, _BY, {"person": person_id})]


def taken(tx: Session, person_id: int) -> Sequence[Delegation]:
    """What is, was and will be lent to the person."""
    return [Delegation(*row) for row in direct.rows(tx, _TO, {"person": person_id})]


def people(tx: Session, person_id: int) -> list[Actor]:
    """Everybody else who is not switched off, as far as a form offers them."""
    return [identity.actor_from(tx, row) for row in tx.execute(_PEOPLE, {"person": person_id}).all()]


def give(
    tx: Session, actor: Actor, to_person: int, starts_at: datetime, ends_at: datetime, reason: str, token: str
) -> int | None:
    """Lend one's seats from `starts_at` until `ends_at`; None where this form was sent before.

    Only one's own, and never further than oneself: who is lent a seat cannot lend it on. Raises CannotDelegate,
    Disabled.
    """
    actor = identity.current_actor(tx, actor)
    assert actor.person_id is not None
    mine = tx.execute(_OPEN, {"person": actor.person_id}).one()
    name = tx.scalar(_PERSON, {"person": to_person})
    _check(actor, mine.open, mine.at, to_person, name, starts_at, ends_at, reason)
    made = tx.scalar(
        _GIVE,
        {
            "from_person": actor.person_id, "to_person": to_person, "starts_at": starts_at, "ends_at": ends_at,
            "reason": reason, "token": token,
        },
    )  # fmt: skip
    if made is None:
        return None
    facts = {
        "delegation": str(made),
        "to": str(to_person),
        "from": starts_at.isoformat(),
        "until": ends_at.isoformat(),
    }
    audit.record(tx, actor, [audit.Entry("delegation.given", reason=reason, facts=facts)])
    outbox.put(tx, "delegation.given", {"delegation": str(made)})
    return int(made)


def end(tx: Session, actor: Actor, delegation_id: int) -> bool:
    """Take it back, or give it back; False where it is over, or neither of the two asks. Raises Disabled."""
    actor = identity.current_actor(tx, actor)
    row = tx.execute(_END, {"id": delegation_id, "by": actor.person_id}).one_or_none()
    if row is None:
        return False
    facts = {"delegation": str(delegation_id), "by": str(row.from_person), "to": str(row.to_person)}
    audit.record(tx, actor, [audit.Entry("delegation.ended", facts=facts)])
    outbox.put(tx, "delegation.ended", {"delegation": str(delegation_id), "by": str(actor.person_id)})
    return True


def _check(
    actor: Actor, open_now: int, now: datetime, to_person: int, name: str | None, starts_at: datetime,
    ends_at: datetime, reason: str,
) -> None:  # fmt: skip
    wrong: dict[str, str] = {}
    if to_person == actor.person_id:
        wrong["to"] = t("delegations.not_oneself")
    elif name is None:
        wrong["to"] = t("delegations.nobody")
    if ends_at <= starts_at or ends_at <= now:
        wrong["ends"] = t("delegations.ends_before")
    elif ends_at - starts_at > LONGEST:
        wrong["ends"] = t("delegations.too_long", days=LONGEST.days)
    if not reason.strip() or "\x00" in reason or len(reason) > 2000:
        wrong["reason"] = t("delegations.reason_needed")
    if open_now >= MOST_OPEN:
        wrong["to"] = t("delegations.too_many", count=MOST_OPEN)
    if wrong:
        raise CannotDelegate(wrong)

"""From outbox rows to notices. Each may run twice: the row's id keeps a person from hearing it twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.notices import emergencies
from ops.notices.alarms import break_glass
from ops.notices.awaited import Awaited, awaited, settle
from ops.notices.talking import commented
from ops.notices.telling import Reach, Told, say_in_chat, tell
from ops.outbox import Handler, OutboxRow
from ops.platform import Platform
from ops.words import t

Step = Callable[[Session, Reach, OutboxRow], None]

# The proposer hears what others did; what was applied or withdrawn by their own hand they know.
_PROPOSER = sa.text(
    """
    SELECT COALESCE(c.heir_id, c.proposer_id) FROM ops.change_set c
    WHERE c.id = :change_id
      AND (c.state NOT IN ('applied', 'withdrawn')
           OR EXISTS (SELECT FROM ops.decision d WHERE d.change_id = c.id))
      AND NOT EXISTS (SELECT FROM ops.emergency_review r WHERE r.change_id = c.id)
    """
)
_CHANGE = sa.text(
    "SELECT c.state, c.proposer_id, p.name AS proposer, b.applied > 0 AND b.stopped > 0 AS cut_short, "
    "b.applied > 0 AND b.moved + b.gone + b.unseen + b.failed > 0 AS in_part "
    "FROM ops.change_set c JOIN ops.person p ON p.id = c.proposer_id "
    "LEFT JOIN ops.change_bulk b ON b.change_id = c.id WHERE c.id = :change_id"
)
_OUTCOMES = frozenset({"applied", "sent_back", "rejected", "conflicted", "failed", "expired"})


def about_change(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """Tell about one change as it stands now: those whose turn it is, or its proposer how it ended.

    No title and no value: they may name what one of them may not see; the page shows each what they may.
    """
    change_id = int(row.body["change_id"])
    change = tx.execute(_CHANGE, {"change_id": change_id}).one_or_none()
    if change is None:
        return
    ref = f"CH-{change_id}"
    href = f"/changes/{ref}"
    if change.state == "in_review":
        settle(tx, change_id, awaited(tx, reach.catalog, change_id))
        new = awaited(tx, reach.catalog, change_id, new=True)
        told = [_asked(one, "asks", change.proposer, ref) for one in new]
        tell(tx, reach, row, "asks", told, href=href, change_id=change_id)
        if new:
            say_in_chat(tx, reach, row)
        return
    settle(tx, change_id, ())
    waits = row.kind == "change.scheduled" and change.state == "approved"
    # What a change came to has a row of its own: rows before it that are read late do not tell it as well.
    if waits or (change.state in _OUTCOMES and row.kind == f"change.{change.state}"):
        how = "scheduled" if waits else _came_to(change)
        text = t(f"notices.{how}", ref=ref)
        told = [Told(one, text) for one in tx.scalars(_PROPOSER, {"change_id": change_id})]
        tell(tx, reach, row, "outcomes", told, href=href, change_id=change_id)


def _came_to(change: Any) -> str:
    if change.cut_short:
        return "cut_short"
    return "in_part" if change.state == "applied" and change.in_part else str(change.state)


def reminder(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """Tell those a change still waits for that it does."""
    change_id = int(row.body["change_id"])
    change = tx.execute(_CHANGE, {"change_id": change_id}).one_or_none()
    if change is None or change.state != "in_review":
        return
    ref = f"CH-{change_id}"
    told = [_asked(one, "reminder", change.proposer, ref) for one in awaited(tx, reach.catalog, change_id)]
    tell(tx, reach, row, "reminders", told, href=f"/changes/{ref}", change_id=change_id)
    if told:
        say_in_chat(tx, reach, row)


def escalated(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """A stage is overdue and further people may decide: they are asked, and its proposer knows whom it waits for."""
    about_change(tx, reach, row)
    change_id = int(row.body["change_id"])
    change = tx.execute(_CHANGE, {"change_id": change_id}).one_or_none()
    if change is not None and change.state == "in_review":
        ref = f"CH-{change_id}"
        told = [Told(change.proposer_id, t("notices.escalated", ref=ref, role=str(row.body["role"])))]
        tell(tx, reach, row, "outcomes", told, href=f"/changes/{ref}", change_id=change_id)


def _asked(one: Awaited, what: str, proposer: str, ref: str) -> Told:
    key = f"notices.{what}_for" if one.for_name else f"notices.{what}"
    return Told(one.person_id, t(key, proposer=proposer, ref=ref, name=one.for_name))


# A lone owner's change of rights takes effect after a day: everybody who looks after others shall know, also an owner
# who counts no more because the provider has not vouched for them lately.
_WATCHERS = sa.text(
    """
    SELECT p.id FROM ops.person p
    JOIN ops.change_set c ON c.id = :change_id AND c.proposer_id <> p.id
    WHERE p.disabled_at IS NULL AND EXISTS (
        SELECT FROM ops.person_role r WHERE r.person_id = p.id AND r.role IN ('manager', 'auditor', 'owner'))
    """
)


def alone(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """Tell every manager, auditor and other owner that a lone owner's change of rights takes effect in a day."""
    change_id = int(row.body["change_id"])
    change = tx.execute(_CHANGE, {"change_id": change_id}).one_or_none()
    if change is None:
        return
    ref = f"CH-{change_id}"
    text = t("notices.alone", proposer=change.proposer, ref=ref)
    told = [Told(one, text) for one in tx.scalars(_WATCHERS, {"change_id": change_id})]
    tell(tx, reach, row, "alarms", told, href=f"/changes/{ref}", change_id=change_id)
    say_in_chat(tx, reach, row)


_NAME = sa.text("SELECT name FROM ops.person WHERE id = :id")


def inherited(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """Tell somebody that they took over what a person left open."""
    name = tx.scalar(_NAME, {"id": int(row.body["person_id"])})
    text = t("notices.inherited", name=name, count=row.body["count"])
    tell(tx, reach, row, "handed_over", [Told(int(row.body["to"]), text)], href="/changes/")


_DELEGATION = sa.text(
    "SELECT d.from_person, f.name AS from_name, d.to_person, o.name AS to_name, d.starts_at, d.ends_at, d.reason "
    "FROM ops.delegation d JOIN ops.person f ON f.id = d.from_person JOIN ops.person o ON o.id = d.to_person "
    "WHERE d.id = :id"
)


def delegated(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """Tell who is lent a seat, or, where it ended before its time, the one of the two who did not end it."""
    lent = tx.execute(_DELEGATION, {"id": int(row.body["delegation"])}).one_or_none()
    if lent is None:
        return
    if row.kind == "delegation.given":
        told = Told(lent.to_person, t("notices.lent", name=lent.from_name))
    elif row.body["by"] == str(lent.from_person):
        told = Told(lent.to_person, t("notices.lent_no_more", name=lent.from_name))
    else:
        told = Told(lent.from_person, t("notices.given_back", name=lent.to_name))
    tell(tx, reach, row, "delegations", [told], href="/delegations/")


STEPS: Mapping[str, Step] = MappingProxyType(
    {
        "offboarding.handed_over": inherited,
        "rights.alone": alone,
        "break_glass.used": break_glass,
        "break_glass.closed_here": break_glass,
        "break_glass.closed_everywhere": break_glass,
        "break_glass.closed": break_glass,  # put before tries were counted by address
        "delegation.given": delegated,
        "delegation.ended": delegated,
        "change.commented": commented,
        "change.reminder": reminder,
        "change.escalated": escalated,
        "change.emergency": emergencies.bell,
        "change.emergency_open": emergencies.still_open,
        "change.emergency_closed": emergencies.closed,
    }
    | {
        f"change.{what}": about_change
        for what in (
            "submitted",
            "in_review",
            "approved",
            "decided",
            "withdrawn",
            "reopened",
            "scheduled",
            *sorted(_OUTCOMES),
        )
    }
)


def handlers(platform: Platform | None = None) -> Mapping[str, Handler]:
    """What the clock hands outbox rows to; without a platform they reach the inbox alone."""

    def bound(step: Step) -> Handler:
        return lambda tx, row: step(tx, _reach(platform), row)

    return {kind: bound(step) for kind, step in STEPS.items()}


def _reach(platform: Platform | None) -> Reach:
    if platform is None:
        return Reach()
    settings = platform.settings
    return Reach(platform.catalog, settings.smtp is not None, settings.chat_webhook_url is not None)


HANDLERS: Mapping[str, Handler] = MappingProxyType(dict(handlers()))
"""The same without a platform: nobody is left out for want of sight, and nothing travels."""

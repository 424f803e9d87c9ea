"""Decide: yes, no, or back to its maker. Each locks the change set, so simultaneous decisions take turns (P30)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy.orm import Session

from ops import approvals
from ops.actor import Actor
from ops.approvals import Decision
from ops.catalog import Catalog
from ops.changes import holding, operation, refusals, standing, store
from ops.changes.bulk.ending import cut_short
from ops.changes.deciding import Matter, seat_for, why_not
from ops.changes.errors import Invalid, Stale, Unproved
from ops.changes.heads import Bulk
from ops.changes.holding import Held
from ops.changes.operation import Outcome
from ops.changes.settling import entry_of, settle, told_of
from ops.changes.states import FINAL, walk
from ops.changes.transition import Transition, move
from ops.changes.values import sendable, too_long
from ops.db import Database
from ops.policy import Forbidden
from ops.words import t

Verdict = Literal["approve", "reject", "send_back"]
_ACTIONS = {"approve": "change.approved", "reject": "change.rejected", "send_back": "change.sent_back"}


def decide(
    db: Database,
    catalog: Catalog,
    actor: Actor,
    change_id: int,
    *,
    verdict: Verdict,
    digest: str,
    comment: str = "",
    token: str | None = None,
    proved: bool = True,
) -> Outcome:
    """Take a seat and say yes or no, or ask its maker to rework it; the last yes applies it in the same transaction.

    `digest` is that of the page on the screen (P28). The outcome's state tells what became of it: `in_review`
    (others are still asked, or the row as it is now asks for more), `approved` (a worker applies it, or it waits
    for its time), `applied`, `conflicted` or `failed` with the reason, `rejected` or `sent_back`. `proved`: the
    person proved lately who they are (P11). Raises Invalid (whoever says anything but yes says why), Stale,
    Unproved, Forbidden, NotVisible, identity.Disabled; Busy: nothing was decided, send it again.
    """
    if verdict not in _ACTIONS:
        raise ValueError(verdict)
    if verdict != "approve" and not comment.strip():
        raise Invalid(
            {"comment": t("door.comment_needed" if verdict == "reject" else "door.comment_needed_back")}
        )
    if not sendable(comment):
        raise Invalid({"comment": t("door.nul")})
    if (wrong := too_long(comment)) is not None:
        raise Invalid({"comment": wrong})
    said = comment.strip()
    with refusals.recorded(db, actor, _ACTIONS[verdict], change_id=change_id):
        return holding.once(
            db, catalog, actor, change_id,
            lambda tx, held: _decide(tx, catalog, held, verdict, digest, said, token, proved),
            token=token, lands=verdict == "approve",
        )  # fmt: skip


def _decide(
    tx: Session, catalog: Catalog, held: Held, verdict: Verdict, digest: str, comment: str, token: str | None,
    proved: bool,
) -> Outcome:  # fmt: skip
    actor, matter = held.actor, held.matter
    _check(tx, actor, matter, digest)
    if verdict == "approve" and not proved and any(one.table.house for one in matter.operations):
        raise Unproved
    said = _said(tx, actor, matter, verdict, comment)
    if said.on_behalf_of is not None:
        actor = replace(
            actor, on_behalf_of=said.on_behalf_of
        )  # who acts from here on acts for whoever lent it
    if verdict == "approve":
        return _approve(tx, catalog, actor, held, said, token)
    return _turned_away(tx, actor, matter, said, token)


def _check(tx: Session, actor: Actor, matter: Matter, digest: str) -> None:
    change = matter.change
    if change.state != "in_review":
        raise Stale(t("door.stale.state"), change.state)
    if digest != change.digest or digest != operation.digest(matter.operations, change.revision):
        raise Stale(t("door.stale.digest"), change.state)
    if change.late:
        raise Stale(t("door.stale.late"), "expired")
    reason = why_not(tx, actor, matter)
    if reason:
        raise Forbidden(reason)


def _said(tx: Session, actor: Actor, matter: Matter, verdict: Verdict, comment: str) -> Decision:
    """What is said, in which seat."""
    change, turn, seat = matter.change, matter.turn, seat_for(tx, actor, matter)
    assert turn is not None and actor.person_id is not None and seat is not None
    return Decision(
        change.revision, turn.position, actor.person_id, actor.name, verdict, comment, datetime.now(UTC),
        change.digest, seat.on_behalf_of, seat.name,
    )  # fmt: skip


def _turned_away(tx: Session, actor: Actor, matter: Matter, said: Decision, token: str | None) -> Outcome:
    change, state = matter.change, "rejected" if said.verdict == "reject" else "sent_back"
    entries = [entry_of(f"change.{state}", matter, said.comment)]
    seat = approvals.seat_row(said, closes=False)
    head = next((one.head for one in matter.operations if isinstance(one, Bulk)), None)
    if state == "rejected" and head is not None and head.counts["applied"]:
        move(tx, actor, change.id, None, None, entries, seat=seat, token=token)
        cut_short(tx, change, head, t("bulk.rejected", name=actor.name), actor)
        return store.outcome(tx, change.id)
    came = Transition(walk(change.state, state), final=state in FINAL)
    return move(tx, actor, change.id, came, f"change.{state}", entries, seat=seat, token=token)


def _approve(
    tx: Session, catalog: Catalog, actor: Actor, held: Held, said: Decision, token: str | None
) -> Outcome:
    matter = held.matter
    change, turn = matter.change, matter.turn
    assert turn is not None
    # Nobody else decides while the change set is held: with this one these are all that were said.
    closed = approvals.closes(
        change.revision, change.digest, turn, [*matter.decisions, said],
        lambda yes: standing.still(tx, actor, yes, turn, matter.operations),
    )  # fmt: skip
    told, came = "change.approved", None
    entries = [entry_of(told, matter, said.comment)]
    seat: str | None = approvals.seat_row(said, closes=closed)
    if not closed or any(one.closed_at is None for one in matter.stages if one is not turn):
        pass  # others are asked still
    elif lost := standing.lost(tx, actor, matter):
        told = "change.reopened"
        # The seat first: it was taken while it was its stage's turn.
        move(tx, actor, change.id, None, None, [], seat=seat)
        seat, why = None, standing.reopen(tx, matter, lost)
        entries.append(entry_of(told, matter, None, {"why": why}))
    else:
        came, landed = settle(tx, catalog, actor, matter, held.rules)
        entries += landed
        told = told_of(change, came.state)
    by = matter.judged_by(came.state if came else None)
    return move(tx, actor, change.id, came, told, entries, seat=seat, token=token, standing=by)

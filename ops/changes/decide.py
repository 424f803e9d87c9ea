"""Decide and withdraw: each locks the change set, so simultaneous decisions take turns (P30)."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.orm import Session

from ops import approvals, audit, identity, outbox
from ops.actor import Actor
from ops.approvals import ApprovalRule
from ops.catalog import Catalog
from ops.changes import operation, refusals, store
from ops.changes.deciding import Matter, why_not
from ops.changes.errors import Invalid, Stale, Unproved
from ops.changes.operation import Outcome
from ops.changes.settling import entry_of, matter_of, settle
from ops.changes.states import WITHDRAWABLE, walk
from ops.changes.values import sendable, too_long
from ops.db import Database
from ops.policy import Forbidden, NotVisible
from ops.words import t

Verdict = Literal["approve", "reject"]


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
    """Take a seat and say yes or no; the last yes applies the change in the same transaction.

    `digest` is that of the page on the screen (P28). The outcome's state tells what became of it: `in_review`
    (others are still asked, or the row as it is now asks for more), `applied`, `conflicted` or `failed` with
    the reason, or `rejected`. `proved`: the person proved lately who they are (P11). Raises Invalid (a no needs
    a comment), Stale, Unproved, Forbidden, NotVisible, identity.Disabled; Busy: nothing was decided, send it again.
    """
    action = "change.approved" if verdict == "approve" else "change.rejected"
    if verdict not in ("approve", "reject"):
        raise ValueError(verdict)
    if verdict == "reject" and not comment.strip():
        raise Invalid({"comment": t("door.comment_needed")})
    if not sendable(comment):
        raise Invalid({"comment": t("door.nul")})
    if (wrong := too_long(comment)) is not None:
        raise Invalid({"comment": wrong})
    with refusals.recorded(db, actor, action, change_id=change_id):
        return refusals.retried(
            lambda: _decide(db, catalog, actor, change_id, verdict, digest, comment.strip(), token, proved)
        )


def withdraw(db: Database, catalog: Catalog, actor: Actor, change_id: int) -> Outcome:
    """Take back, while it waits, what one has asked for or inherited.

    Raises Stale (it waits no more), Forbidden, NotVisible.
    """
    with refusals.recorded(db, actor, "change.withdrawn", change_id=change_id), db.transaction() as tx:
        change = store.find(tx, change_id, locked=True)
        actor = identity.current_actor(tx, actor)
        if change is None:
            raise NotVisible(operation.reference(change_id))
        if actor.person_id not in (change.proposer_id, change.heir_id):
            matter_of(tx, catalog, actor, change)  # NotVisible for who may not even know of it
            raise Forbidden(t("door.refused.not_yours"))
        if change.state not in WITHDRAWABLE:
            raise Stale(t("door.stale.withdraw"), change.state)
        walk(change.state, "withdrawn")
        store.set_state(tx, change_id, "withdrawn", final=True)
        audit.record(tx, actor, [audit.Entry("change.withdrawn", change_id=change_id)])
        outbox.put(tx, "change.withdrawn", {"change_id": str(change_id)})
        return store.outcome(tx, change_id)


def _decide(
    db: Database, catalog: Catalog, actor: Actor, change_id: int, verdict: Verdict, digest: str, comment: str,
    token: str | None, proved: bool,
) -> Outcome:  # fmt: skip
    with db.transaction() as tx:
        rules = None
        if token and actor.person_id is not None:
            first = store.first(tx, actor, token)
            if not first.new and first.change_id == change_id:
                return store.outcome(tx, change_id, repeated=True)
            rules = first.rules
        change = store.find(tx, change_id, locked=True)
        actor = identity.current_actor(tx, actor)
        if change is None:
            raise NotVisible(operation.reference(change_id))
        matter = matter_of(tx, catalog, actor, change)
        _check(tx, actor, matter, digest)
        if verdict == "approve" and not proved and any(one.table.house for one in matter.operations):
            raise Unproved
        if token and actor.person_id is not None:
            store.link(tx, actor.person_id, token, change_id)
        _seat(tx, actor, matter, verdict, comment)
        if verdict == "reject":
            return _reject(tx, actor, matter, comment)
        return _approve(tx, catalog, actor, matter, rules, comment)


def _check(tx: Session, actor: Actor, matter: Matter, digest: str) -> None:
    change = matter.change
    if change.state != "in_review":
        raise Stale(t("door.stale.state"), change.state)
    if digest != change.digest or digest != operation.digest(matter.operations, change.revision):
        raise Stale(t("door.stale.digest"), change.state)
    reason = why_not(tx, actor, matter)
    if reason:
        raise Forbidden(reason)


def _seat(tx: Session, actor: Actor, matter: Matter, verdict: Verdict, comment: str) -> None:
    change, turn = matter.change, matter.turn
    assert turn is not None and actor.person_id is not None
    approvals.decide(
        tx, change.id, change.revision, turn, actor.person_id,
        verdict=verdict, comment=comment, digest=change.digest,
    )  # fmt: skip


def _reject(tx: Session, actor: Actor, matter: Matter, comment: str) -> Outcome:
    change = matter.change
    walk(change.state, "rejected")
    store.set_state(tx, change.id, "rejected", final=True)
    audit.record(tx, actor, [entry_of("change.rejected", matter, comment)])
    outbox.put(tx, "change.rejected", {"change_id": str(change.id)})
    return store.outcome(tx, change.id)


def _approve(
    tx: Session,
    catalog: Catalog,
    actor: Actor,
    matter: Matter,
    rules: list[ApprovalRule] | None,
    comment: str,
) -> Outcome:
    change, turn = matter.change, matter.turn
    assert turn is not None
    entries = [entry_of("change.approved", matter, comment)]
    closed = approvals.close(
        tx, change.id, change.revision, turn, approvals.decisions_of(tx, change.id),
        lambda person_id: _still(tx, actor, person_id, turn.role),
    )  # fmt: skip
    if not closed or matter.turn is not matter.stages[-1]:
        told = "change.approved"
    else:
        state, landed = settle(
            tx, catalog, actor, matter, rules if rules is not None else approvals.stored_rules(tx)
        )
        entries += landed
        told = "change.reopened" if state == "in_review" else f"change.{state}"
    audit.record(tx, actor, entries)
    outbox.put(tx, told, {"change_id": str(change.id)})
    return store.outcome(tx, change.id)


def _still(tx: Session, actor: Actor, person_id: int, role: str) -> bool:
    """Whether a yes said earlier still counts: its person is not switched off and still has the role (P9)."""
    if person_id == actor.person_id:
        return role in actor.roles
    try:
        return role in identity.actor_for(tx, person_id, source=actor.source).roles
    except identity.Disabled:
        return False

"""Changes that wait for their time: the clock leaves work of kind "apply" when it has come, and a worker applies them.

Everything is looked at again then, in the transaction that writes: that it is still approved, its digest and term, that
those who agreed still may, its makers' rights, the rules, the rows (P9, P16, P28, P29).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, audit, outbox, work
from ops.actor import Actor, platform_actor
from ops.catalog import Catalog, UnknownTable
from ops.changes import heads, overtaken, standing, store
from ops.changes.bulk import ending
from ops.changes.deciding import Matter
from ops.changes.expire import end
from ops.changes.settling import entry_of, settle, told_of
from ops.changes.states import walk
from ops.changes.store import ChangeSet
from ops.changes.transition import move
from ops.db import Database
from ops.platform import Platform
from ops.words import t
from ops.work import Buried, Claim

log = logging.getLogger(__name__)

KIND = "apply"
ATTEMPTS = 20  # over half a day: a row that somebody holds, a database that is away

_DUE = sa.text(
    """
    SELECT c.id || ':' || c.revision FROM ops.change_set c
    WHERE c.state = 'approved' AND c.apply_at <= now()
    AND NOT EXISTS (SELECT FROM ops.work w WHERE w.kind = :kind AND w.subject = c.id || ':' || c.revision)
    ORDER BY c.apply_at LIMIT 100
    """
)


def due(db: Database) -> list[UUID]:
    """Leave work for every change whose time has come; the clock calls it and rings for what it returns."""
    with db.transaction() as tx:
        return [
            work.add(tx, KIND, subject, max_attempts=ATTEMPTS) for subject in tx.scalars(_DUE, {"kind": KIND})
        ]


def work_on(platform: Platform, claim: Claim, stop: Callable[[], bool] = lambda: False) -> None:
    """What a worker calls for work of kind "apply"."""
    run(platform.db, platform.catalog, claim)


def run(db: Database, catalog: Catalog, claim: Claim) -> None:
    """Apply the change of a claimed piece of work, once, in one transaction with the end of that work (P30).

    Raises work.Fenced, and what lets it be tried again; on the last attempt the change fails with a reason instead.
    """
    try:
        with db.transaction() as tx:
            _apply(tx, catalog, claim)
    except work.Fenced:
        raise
    except Exception:
        if claim.attempts < ATTEMPTS:
            raise
        log.exception("%s %s: out of attempts", claim.kind, claim.subject)
        with db.transaction() as tx:
            work.finish(tx, claim)
            give_up(tx, claim.subject)


def bury(tx: Session, buried: Buried) -> None:
    """The worker died every time it tried; the clock calls it."""
    give_up(tx, buried.subject)


def give_up(tx: Session, subject: str) -> None:
    """Let the change fail: nothing of it was written. Its maker may try again, but for one of many rows."""
    change = _waiting(tx, subject)
    if change is not None and not _in_hand(tx, change):
        _fail(tx, platform_actor("worker", f"CH-{change.id}"), change, t("door.failure.given_up"))


def _apply(tx: Session, catalog: Catalog, claim: Claim) -> None:
    work.finish(tx, claim)  # first: who holds it no more must not even look
    change = _waiting(tx, claim.subject)
    # Withdrawn, expired, reopened, revised or applied by somebody else: then there is nothing to do.
    if change is None or _in_hand(tx, change):
        return
    if change.late:
        end(tx, change)
    elif not change.ahead:
        _look_again(tx, catalog, change)


def _in_hand(tx: Session, change: ChangeSet) -> bool:
    """Whether it is of many rows, and somebody writes them already, or a person lets it rest until they say go on."""
    head = heads.head(tx, change.id, locked=True)
    return head is not None and (head.wish == "pause" or work.is_open(tx, heads.KIND, head.subject))


def _look_again(tx: Session, catalog: Catalog, change: ChangeSet) -> None:
    actor = platform_actor("worker", f"CH-{change.id}")
    try:
        operations = store.operations_of(tx, catalog, change.id)
    except UnknownTable as error:
        _fail(tx, actor, change, t("door.failure.shape", table=str(error)))
        return
    was = overtaken.standing(tx, change.id, None)  # first: whatever comes from here on is noticed
    stages = approvals.stages_of(tx, change.id, change.revision)
    matter = Matter(change, operations, stages, approvals.decisions_of(tx, change.id), standing=was)
    if not standing.unchanged(matter):
        _fail(tx, actor, change, t("door.failure.other_digest"))
    elif lost := standing.lost(tx, actor, matter):
        _reopen(tx, actor, matter, lost)
    else:
        came, entries = settle(tx, catalog, actor, matter, approvals.stored_rules(tx))
        # Approved still: of many rows, which a worker writes now. It is told how that ends.
        told = None if came.state == "approved" else told_of(change, came.state)
        move(tx, actor, change.id, came, told, entries, standing=matter.judged_by(came.state))


def _waiting(tx: Session, subject: str) -> ChangeSet | None:
    """The change, locked, if it is approved in that revision and waits for its time."""
    number, _, revision = subject.partition(":")
    change = store.find(tx, int(number), locked=True)
    if (
        change is None
        or change.state != "approved"
        or str(change.revision) != revision
        or change.apply_at is None
    ):
        return None
    return change


def _reopen(tx: Session, actor: Actor, matter: Matter, stages: list[approvals.PlacedStage]) -> None:
    """Too few of those who agreed still may: others are asked."""
    change = matter.change
    why = standing.reopen(tx, matter, stages)
    store.set_state(tx, change.id, walk(change.state, "in_review"), final=False)
    audit.record(tx, actor, [entry_of("change.reopened", matter, None, {"why": why})])
    outbox.put(tx, "change.reopened", {"change_id": str(change.id)})


def _fail(tx: Session, actor: Actor, change: ChangeSet, why: str) -> None:
    if heads.head(tx, change.id) is not None:
        ending.end(tx, change, why, actor)
        return
    store.set_state(tx, change.id, walk(change.state, "failed"), final=True, failure=why)
    entry = audit.Entry("change.failed", outcome="failed", change_id=change.id, facts={"why": why})
    audit.record(tx, actor, [entry])
    outbox.put(tx, "change.failed", {"change_id": str(change.id)})

"""Take back what one asked for, while it waits for people, for its time, or for somebody to take it up again."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ops import audit, identity, outbox, work
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import heads, operation, refusals, store
from ops.changes.bulk.ending import cut_short
from ops.changes.errors import Stale
from ops.changes.holding import matter_of
from ops.changes.operation import Outcome
from ops.changes.states import STOPPED, WITHDRAWABLE, walk
from ops.changes.store import ChangeSet
from ops.db import Database
from ops.policy import Forbidden, NotVisible
from ops.words import t


def withdraw(db: Database, catalog: Catalog, actor: Actor, change_id: int) -> Outcome:
    """Take back what one has asked for or inherited; nobody can decide it any more, and nothing is written.

    Of many rows some may be written while others wait for people: then it is stopped there, which is another end: its
    outcome is `applied`, with the reason why not all of it was. Raises Stale (it waits no more, or a worker writes its
    rows already), Forbidden, NotVisible.
    """
    with refusals.recorded(db, actor, "change.withdrawn", change_id=change_id):
        # A worker that begins holds its work and waits for the change: one of the two is undone, and tries again.
        return refusals.retried(lambda: _withdraw(db, catalog, actor, change_id))


def _withdraw(db: Database, catalog: Catalog, actor: Actor, change_id: int) -> Outcome:
    with db.transaction() as tx:
        change = store.find(tx, change_id, locked=True)
        actor = identity.current_actor(tx, actor)
        if change is None:
            raise NotVisible(operation.reference(change_id))
        if actor.person_id not in (change.proposer_id, change.heir_id):
            matter_of(tx, catalog, actor, change_id)  # NotVisible for who may not even know of it
            raise Forbidden(t("door.refused.not_yours"))
        head = heads.head(tx, change_id, locked=True)
        if not withdrawable(change, head):
            raise Stale(t("door.stale.withdraw"), change.state)
        if cut_short(tx, change, head, t("bulk.taken_back", name=actor.name), actor):
            audit.record(tx, actor, [audit.Entry("change.stopped", change_id=change_id)])
            return store.outcome(tx, change_id)
        if head is not None and change.state == "approved":
            _rest(tx, head)
        store.set_state(tx, change_id, walk(change.state, "withdrawn"), final=True)
        audit.record(
            tx, actor, [audit.Entry("change.withdrawn", change_id=change_id, facts={"was": change.state})]
        )
        outbox.put(tx, "change.withdrawn", {"change_id": str(change_id)})
        return store.outcome(tx, change_id)


def withdrawable(change: ChangeSet, head: heads.Head | None) -> bool:
    """Whether it can be taken back: one of many rows that a worker writes is stopped instead."""
    if change.state not in WITHDRAWABLE:
        return False
    return head is None or change.state not in ("approved", *STOPPED) or not _begun(change, head)


def _begun(change: ChangeSet, head: heads.Head) -> bool:
    return change.state in STOPPED or bool(head.judged)


def _rest(tx: Session, head: heads.Head) -> None:
    """Whoever is about to write a chunk waits for our lock on the change, and is fenced then."""
    work.cancel(tx, work.add(tx, heads.KIND, head.subject))

"""Pause, go on, stop: a person's word to the worker, which looks for it before every chunk."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from ops import audit, work
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import heads, holding, refusals
from ops.changes.bulk import store as bulk_store
from ops.changes.bulk.ending import end
from ops.changes.errors import Stale
from ops.changes.heads import Head
from ops.changes.store import ChangeSet
from ops.db import Database
from ops.policy import Forbidden, Permission, may
from ops.words import t

Ring = Callable[[UUID], object]


def pause(db: Database, catalog: Catalog, actor: Actor, change_id: int) -> None:
    """Let the worker end after the chunk it is in. Raises Stale (nothing is under way), Forbidden, NotVisible."""
    with refusals.recorded(db, actor, "change.paused", change_id=change_id), db.transaction() as tx:
        actor, _, head = _theirs(tx, catalog, actor, change_id)
        if head.wish == "run":
            bulk_store.wish(tx, change_id, "pause")
            audit.record(tx, actor, [_entry("change.paused", head)])


def go_on(db: Database, catalog: Catalog, actor: Actor, change_id: int, *, ring: Ring | None = None) -> None:
    """Take a pause back: a worker goes on at the next row. Raises Stale, Forbidden, NotVisible."""
    with refusals.recorded(db, actor, "change.resumed", change_id=change_id):
        work_id = refusals.retried(lambda: _go_on(db, catalog, actor, change_id, ring=ring is None))
    if work_id is not None and ring is not None:
        ring(work_id)


# A worker holds its work and waits for the change, we the other way round: one of the two is undone, and tries again.
def _go_on(db: Database, catalog: Catalog, actor: Actor, change_id: int, *, ring: bool) -> UUID | None:
    with db.transaction() as tx:
        actor, _, head = _theirs(tx, catalog, actor, change_id)
        if head.wish != "pause":
            return None
        # The worker of this round may not have looked yet: it is fenced at its next step, and another goes on.
        work.cancel(tx, work.add(tx, heads.KIND, head.subject))
        work_id = heads.launch(tx, change_id, afresh=False, ring=ring)
        audit.record(tx, actor, [_entry("change.resumed", head)])
        return work_id


def stop(db: Database, catalog: Catalog, actor: Actor, change_id: int) -> str:
    """End it for good: rows without a result are left as they are. Returns the state; it may need a worker's turn.

    Raises Stale (it is over already), Forbidden, NotVisible.
    """
    with refusals.recorded(db, actor, "change.stopped", change_id=change_id):
        return refusals.retried(lambda: _stop(db, catalog, actor, change_id))


def _stop(db: Database, catalog: Catalog, actor: Actor, change_id: int) -> str:
    with db.transaction() as tx:
        actor, change, head = _theirs(tx, catalog, actor, change_id)
        # Whoever writes a chunk holds the change: nobody is within one now, and who comes next is fenced.
        work.cancel(tx, work.add(tx, heads.KIND, head.subject))
        bulk_store.wish(tx, change_id, "stop")
        audit.record(tx, actor, [_entry("change.stopped", head)])
        return end(tx, change, t("bulk.stopped_by", name=actor.name), actor)


def may_steer(actor: Actor, change: ChangeSet) -> bool:
    """Whether the person may pause and stop it: whoever stands for it, and who may switch people off."""
    own = actor.person_id is not None and actor.person_id in (change.proposer_id, change.heir_id)
    return own or may(actor, Permission.RULES_EDIT)


def _theirs(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> tuple[Actor, ChangeSet, Head]:
    held = holding.held(tx, catalog, actor, change_id)  # NotVisible for who may not even know of it
    actor, change = held.actor, held.matter.change
    if not may_steer(actor, change):
        raise Forbidden(t("door.refused.not_yours"))
    head = heads.head(tx, change_id, locked=True)
    if head is None or change.state not in ("approved", "applying"):
        raise Stale(t("bulk.not_under_way"), change.state)
    return actor, change, head


def _entry(action: str, head: Head) -> audit.Entry:
    return audit.Entry(
        action, change_id=head.change_id, facts={"rows": str(head.total), "judged": str(head.judged)}
    )

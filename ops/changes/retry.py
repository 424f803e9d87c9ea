"""Try again what was agreed and could not be written, once whatever stood in its way is put right."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ops import approvals, audit, identity, outbox
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import operation, refusals, standing, store
from ops.changes.deciding import Matter
from ops.changes.errors import Stale
from ops.changes.heads import Bulk
from ops.changes.operation import Outcome
from ops.changes.settling import entry_of, matter_of, settle, told_of
from ops.changes.states import walk
from ops.changes.store import ChangeSet
from ops.db import Database
from ops.policy import Forbidden, NotVisible
from ops.words import t


def retry(
    db: Database, catalog: Catalog, actor: Actor, change_id: int, *, digest: str, token: str | None = None
) -> Outcome:
    """Apply a failed change with the approvals it has, as it was agreed to (P28): its maker's to ask for.

    The outcome's state: `applied`, `failed` or `conflicted` with the reason of now, or `in_review` where the row as it
    is now asks for more people. Raises Stale (it did not fail, was revised, its term is over, or those who agreed may
    no more: revise it then, which asks anew), Forbidden, NotVisible.
    """
    with refusals.recorded(db, actor, "change.retried", change_id=change_id):
        return refusals.retried(lambda: _retry(db, catalog, actor, change_id, digest, token))


def _retry(
    db: Database, catalog: Catalog, actor: Actor, change_id: int, digest: str, token: str | None
) -> Outcome:
    with db.transaction() as tx:
        if token and actor.person_id is not None:
            first = store.first(tx, actor, token)
            if not first.new and first.change_id == change_id:
                return store.outcome(tx, change_id, repeated=True)
        change = store.find(tx, change_id, locked=True)
        actor = identity.current_actor(tx, actor)
        if change is None:
            raise NotVisible(operation.reference(change_id))
        matter = matter_of(tx, catalog, actor, change)
        if actor.person_id not in (change.proposer_id, change.heir_id, change.editor_id):
            raise Forbidden(t("door.refused.not_yours_retry"))
        _check(tx, actor, matter, digest)
        if token and actor.person_id is not None:
            store.link(tx, actor.person_id, token, change_id)
        walk(change.state, "approved")
        store.set_state(tx, change_id, "approved", final=False)
        again = Matter(store.found(tx, change_id), matter.operations, matter.stages, matter.decisions)
        state, entries = settle(tx, catalog, actor, again, approvals.stored_rules(tx))
        audit.record(tx, actor, [entry_of("change.retried", matter, None), *entries])
        outbox.put(tx, told_of(again.change, state), {"change_id": str(change_id)})
        return store.outcome(tx, change_id)


def may_retry(actor: Actor, change: ChangeSet, operations: Sequence[operation.Operation]) -> bool:
    """Whether the person is offered to try it again; that what was agreed still counts is looked at then."""
    own = actor.person_id is not None and actor.person_id in (
        change.proposer_id,
        change.heir_id,
        change.editor_id,
    )
    return own and not change.late and _retriable(change, operations)


def _retriable(change: ChangeSet, operations: Sequence[operation.Operation]) -> bool:
    """Whether it is of the kind that can be tried again at all; what a worker wrote in part is not."""
    return change.state == "failed" and not any(isinstance(one, Bulk) for one in operations)


def _check(tx: Session, actor: Actor, matter: Matter, digest: str) -> None:
    change = matter.change
    if not _retriable(change, matter.operations):
        raise Stale(t("door.stale.retry"), change.state)
    if digest != change.digest or not standing.unchanged(matter):
        raise Stale(t("door.stale.digest"), change.state)
    if change.late:
        raise Stale(t("door.stale.late_retry"), change.state)
    if any(one.closed_at is None for one in matter.stages) or standing.lost(tx, actor, matter):
        raise Stale(t("door.stale.lost"), change.state)

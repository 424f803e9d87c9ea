"""Try again what was agreed and could not be written, once whatever stood in its way is put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import holding, operation, refusals, standing
from ops.changes.deciding import Matter
from ops.changes.errors import Stale
from ops.changes.heads import Bulk
from ops.changes.holding import Held
from ops.changes.operation import Outcome
from ops.changes.settling import entry_of, settle, told_of
from ops.changes.states import walk
from ops.changes.store import ChangeSet
from ops.changes.transition import move
from ops.db import Database
from ops.policy import Forbidden
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
        return holding.once(
            db,
            catalog,
            actor,
            change_id,
            lambda tx, held: _retry(tx, catalog, held, digest, token),
            token=token,
        )


def _retry(tx: Session, catalog: Catalog, held: Held, digest: str, token: str | None) -> Outcome:
    actor, matter, change = held.actor, held.matter, held.matter.change
    if actor.person_id not in (change.proposer_id, change.heir_id, change.editor_id):
        raise Forbidden(t("door.refused.not_yours_retry"))
    _check(tx, actor, matter, digest)
    approved = replace(change, state=walk(change.state, "approved"), failure=None, finished_at=None)
    again = replace(matter, change=approved)
    came, entries = settle(tx, catalog, actor, again, held.rules)
    told = [entry_of("change.retried", matter, None), *entries]
    return move(
        tx,
        actor,
        change.id,
        came,
        told_of(approved, came.state),
        told,
        token=token,
        standing=matter.judged_by(came.state),
    )


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
    lost = standing.lost(tx, actor, matter)
    if lost or any(one.closed_at is None for one in matter.stages):
        other = standing.of_another(matter, lost)
        raise Stale(t("door.stale.lost_digest" if other else "door.stale.lost"), change.state)

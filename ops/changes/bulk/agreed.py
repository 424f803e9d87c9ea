"""Before each chunk: whether those who agreed to the change may still say so; else the rows left wait for others."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ops import approvals, audit, outbox
from ops.actor import Actor
from ops.approvals import PlacedStage
from ops.changes import standing, store
from ops.changes.deciding import Matter
from ops.changes.heads import Bulk
from ops.changes.settling import entry_of
from ops.changes.states import walk
from ops.changes.store import ChangeSet


def ask_again(
    tx: Session, actor: Actor, change: ChangeSet, operations: Sequence[Bulk], stages: Sequence[PlacedStage]
) -> bool:
    """Reopen stages of which too few who said yes still may (P9, P16); return whether there were any."""
    if not stages:
        return False
    matter = Matter(change, operations, stages, approvals.decisions_of(tx, change.id))
    lost = standing.lost(tx, actor, matter)
    if not lost:
        return False
    why = standing.reopen(tx, matter, lost)
    state = store.found(tx, change.id).state
    store.set_state(tx, change.id, walk(state, "in_review"), final=False)
    audit.record(tx, actor, [entry_of("change.reopened", matter, None, {"why": why})])
    outbox.put(tx, "change.reopened", {"change_id": str(change.id)})
    return True

"""What a change is about, and what becomes of it once nobody is left to ask: for decisions and for the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy.orm import Session

from ops import approvals, audit
from ops.actor import Actor
from ops.approvals import ApprovalRule
from ops.catalog import Catalog, UnknownTable
from ops.changes import apply, operation, store
from ops.changes.deciding import Matter, views_of
from ops.changes.heads import Bulk, launch
from ops.changes.landing import Landing, land
from ops.changes.states import ENDED, walk
from ops.identity import vouching
from ops.policy import NotVisible
from ops.provisioning import remap


def matter_of(tx: Session, catalog: Catalog, actor: Actor, change: store.ChangeSet) -> Matter:
    """What the change is about, if every table of it exists for the person; raises NotVisible."""
    try:
        operations = store.operations_of(tx, catalog, change.id)
    except UnknownTable as error:
        raise NotVisible(operation.reference(change.id)) from error
    views_of(actor, operations)
    stages = approvals.stages_of(tx, change.id, change.revision)
    return Matter(change, operations, stages, approvals.decisions_of(tx, change.id))


def settle(
    tx: Session, catalog: Catalog, actor: Actor, matter: Matter, rules: Sequence[ApprovalRule]
) -> tuple[str, list[audit.Entry]]:
    """Apply a change whose last stage is closed: its new state, and the events that tell it."""
    if matter.change.ahead:
        return _later(tx, matter)
    if any(isinstance(one, Bulk) for one in matter.operations):
        # A worker writes its rows, chunk by chunk, and asks for rights and rules again with each.
        if matter.change.state != "approved":
            store.set_state(tx, matter.change.id, walk(matter.change.state, "approved"), final=False)
        launch(tx, matter.change.id)
        return "approved", []
    landing = land(tx, catalog, actor, matter, rules)
    if landing.state == "applied":
        _mean(tx, actor, landing.done)
    return landing.state, write_down(tx, matter, landing)


def entry_of(
    action: str,
    matter: Matter,
    reason: str | None,
    facts: dict[str, str | None] | None = None,
    outcome: Literal["done", "failed"] = "done",
) -> audit.Entry:
    """An event about the change as a whole, at the place of its first operation."""
    first = matter.operations[0]
    return audit.Entry(
        action,
        outcome=outcome,
        table=(first.table.schema, first.table.name),
        oid=str(first.table.oid),
        key=first.key,
        change_id=matter.change.id,
        reason=reason or None,
        facts={"digest": matter.change.digest, **(facts or {})},
    )


def told_of(change: store.ChangeSet, state: str) -> str:
    """What is left in the outbox about a change that came to `state` once nobody was left to ask."""
    if state == "approved" and change.ahead:
        return "change.scheduled"
    return "change.reopened" if state == "in_review" else f"change.{state}"


def _later(tx: Session, matter: Matter) -> tuple[str, list[audit.Entry]]:
    """Everybody agreed, and its time has not come: the clock hands it to a worker then (ops/changes/schedule.py)."""
    change = matter.change
    store.set_state(tx, change.id, walk(change.state, "approved"), final=False)
    assert change.apply_at is not None
    return "approved", [entry_of("change.scheduled", matter, None, {"apply_at": change.apply_at.isoformat()})]


def _mean(tx: Session, actor: Actor, done: Sequence[apply.Done]) -> None:
    """Where a group means something else from now on, those who are in it have other roles at once (P9)."""
    told: dict[str, set[str]] = {}
    for one in done:
        if (one.operation.table.schema, one.operation.table.name) == ("ops", "group_role"):
            for row in (one.before or {}, one.after or {}):
                if (iss := row.get("iss")) and (name := row.get("group_name")):
                    told.setdefault(iss, set()).add(name)
    for iss, names in sorted(told.items()):
        remap(tx, actor, iss, sorted(names))
        vouching.remap(tx, actor, iss, sorted(names))


def write_down(tx: Session, matter: Matter, landing: Landing) -> list[audit.Entry]:
    """Write down what became of the change, and return the events that tell it."""
    change = matter.change
    way = (
        () if change.state == "approved" else ("approved",)
    )  # that it waited for its time, or is tried again
    if landing.state == "in_review":
        store.set_state(tx, change.id, walk(change.state, *way, "in_review"), final=False)
        last = max((one.position for one in matter.stages), default=0)
        approvals.place(tx, change.id, change.revision, landing.further, after=last)
        why = "; ".join(name for stage in landing.further for name in stage.why)
        return [entry_of("change.reopened", matter, None, {"why": why})]
    walk(change.state, *way, "applying", landing.state)
    assert landing.state in ENDED
    written = [one.written for one in landing.done] if landing.state == "applied" else None
    store.set_state(tx, change.id, landing.state, final=True, failure=landing.failure, written=written)
    if landing.state != "applied":
        return [entry_of(f"change.{landing.state}", matter, None, {"why": landing.failure}, "failed")]
    facts = {"source": change.source, "proposed_by": str(change.proposer_id), "proposer": change.proposer}
    return [
        *apply.entries(landing.done, change.id, change.reason or None, facts),
        entry_of("change.applied", matter, None),
    ]

"""What a change is about, and what becomes of it once nobody is left to ask: for decisions and for the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy.orm import Session

from ops import audit
from ops.actor import Actor
from ops.approvals import ApprovalRule
from ops.catalog import Catalog
from ops.changes import apply, store
from ops.changes.deciding import Matter
from ops.changes.heads import Bulk, launch
from ops.changes.landing import Landing, land
from ops.changes.states import ENDED, walk
from ops.changes.transition import Transition
from ops.identity import vouching
from ops.provisioning import remap


def settle(
    tx: Session, catalog: Catalog, actor: Actor, matter: Matter, rules: Sequence[ApprovalRule]
) -> tuple[Transition, list[audit.Entry]]:
    """Apply a change whose last stage is closed: what it comes to, and the events that tell it, both still to be
    written (`transition.move`)."""
    if matter.change.ahead:
        return _later(matter)
    if any(isinstance(one, Bulk) for one in matter.operations):
        # A worker writes its rows, chunk by chunk, and asks for rights and rules again with each.
        if matter.change.state != "approved":
            walk(matter.change.state, "approved")
        launch(tx, matter.change.id)
        return Transition("approved"), []
    landing = land(tx, catalog, actor, matter, rules)
    if landing.state == "applied":
        _mean(tx, actor, landing.done)
    return outcome_of(matter, landing)


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


def _later(matter: Matter) -> tuple[Transition, list[audit.Entry]]:
    """Everybody agreed, and its time has not come: the clock hands it to a worker then (ops/changes/schedule.py)."""
    change = matter.change
    assert change.apply_at is not None
    facts: dict[str, str | None] = {"apply_at": change.apply_at.isoformat()}
    return Transition(walk(change.state, "approved")), [entry_of("change.scheduled", matter, None, facts)]


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


def outcome_of(matter: Matter, landing: Landing) -> tuple[Transition, list[audit.Entry]]:
    """What the change comes to by what became of it, and the events that tell it."""
    change = matter.change
    # That it waited for its time, or is tried again.
    way = () if change.state == "approved" else ("approved",)
    if landing.state == "in_review":
        last = max((one.position for one in matter.stages), default=0)
        came = Transition(
            walk(change.state, *way, "in_review"),
            further=landing.further,
            revision=change.revision,
            after=last,
        )
        why = "; ".join(name for stage in landing.further for name in stage.why)
        return came, [entry_of("change.reopened", matter, None, {"why": why})]
    walk(change.state, *way, "applying", landing.state)
    assert landing.state in ENDED
    if landing.state != "applied":
        came = Transition(landing.state, final=True, failure=landing.failure)
        return came, [entry_of(f"change.{landing.state}", matter, None, {"why": landing.failure}, "failed")]
    facts = {"source": change.source, "proposed_by": str(change.proposer_id), "proposer": change.proposer}
    entries = apply.entries(landing.done, change.id, change.reason or None, facts)
    came = Transition("applied", final=True, written=[one.written for one in landing.done])
    return came, [*entries, entry_of("change.applied", matter, None)]

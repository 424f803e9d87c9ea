"""Revise: a further revision of a change that waits, was sent back or came to nothing. Everything begins anew with it.

A new digest, new stages, and none of what was said counts any more (P28). Whoever revises is a maker from then on and
never decides (P27); whoever has decided on any revision cannot revise: nobody stands on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, audit, identity, outbox
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import (
    apply,
    claiming,
    holding,
    operation,
    overtaken,
    refusals,
    revisions,
    store,
    times,
    validating,
    weighing,
)
from ops.changes.authorise import authorise, in_full
from ops.changes.deciding import shown_columns
from ops.changes.errors import Rejected, Stale
from ops.changes.heads import Bulk
from ops.changes.operation import Operation, Outcome
from ops.changes.sight import in_sight
from ops.changes.states import REVISABLE, walk
from ops.changes.store import ChangeSet
from ops.changes.weighing import AskedFor
from ops.db import Database
from ops.policy import Forbidden, NotVisible
from ops.words import t


def revise(
    db: Database,
    catalog: Catalog,
    actor: Actor,
    change_id: int,
    operations: Sequence[Operation],
    *,
    reason: str,
    digest: str,
    token: str | None = None,
    apply_at: datetime | None = None,
) -> Outcome:
    """Make `operations` what the change asks for, from the page with `digest`; each base is what that page showed.

    Where nobody is asked about it as it is now, it is applied at once, or waits for `apply_at`. Raises Invalid,
    Conflict (a row moved since the page), Stale (another revision, or it cannot be revised any more), Forbidden,
    NotVisible, identity.Disabled; Busy, CommitUnknown: send the same token again.
    """
    token = token or token_urlsafe(16)
    weighing.said(reason)
    times.checked(apply_at, operations)
    terms = Wanted(reason, digest, token, apply_at)
    with refusals.recorded(db, actor, "change.revised", operations, change_id):
        try:
            return refusals.retried(lambda: _taken(db, catalog, actor, change_id, operations, terms))
        except (Rejected, sa.exc.DBAPIError) as error:
            raise weighing.explained(db, catalog, actor, operation.changed(operations), error) from error


def why_not_revise(
    tx: Session, actor: Actor, change: ChangeSet, operations: Sequence[Operation]
) -> str | None:
    """Why the person may not revise the change as it is, in words; None if they may.

    Its proposer, their heir, and whoever may make the same change themselves and sees all of it.
    """
    if change.state not in REVISABLE:
        return t("door.stale.revise")
    if (never := _never(operations)) is not None:
        return never
    if actor.person_id is None:
        return t("door.refused.nobody")
    if revisions.side_of(tx, change.id, actor.person_id) == "decider":
        return t("door.refused.revise_decided")
    try:
        views = authorise(actor, operations, form=False)
    except (Forbidden, NotVisible) as error:
        return str(error)
    mine = actor.person_id in (change.proposer_id, change.editor_id)
    for seen, one in zip(views, operations, strict=True):
        # One's own was seen when it was asked for; whether its row is there still is told when it is held.
        if not in_full(seen, shown_columns(one)) or not (mine or in_sight(tx, seen, one)):
            return t("door.refused.revise_sight")
    return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was sent beside the operations."""

    reason: str
    digest: str
    token: str
    apply_at: datetime | None


def _never(operations: Sequence[Operation]) -> str | None:
    if any(isinstance(one, Bulk) for one in operations):
        return t("door.refused.revise_bulk")
    if any(one.act is not None for one in operations):
        return t("door.refused.revise_action")
    return t("door.refused.revise_rights") if any(one.table.house for one in operations) else None


def _taken(
    db: Database,
    catalog: Catalog,
    actor: Actor,
    change_id: int,
    operations: Sequence[Operation],
    terms: Wanted,
) -> Outcome:
    try:
        return _once(db, catalog, actor, change_id, operations, terms, [])
    except AskedFor as error:
        return _once(db, catalog, actor, change_id, operations, terms, error.stages)


def _once(
    db: Database, catalog: Catalog, actor: Actor, change_id: int, operations: Sequence[Operation], terms: Wanted,
    asked: list[approvals.Stage],
) -> Outcome:  # fmt: skip
    with db.transaction() as tx:
        if actor.person_id is None:
            raise Forbidden(t("door.refused.nobody"))
        was = overtaken.standing(tx, change_id, actor.person_id)
        first = claiming.first(tx, actor, terms.token)
        if not first.new and first.change_id is not None:
            return store.outcome(tx, first.change_id, repeated=True)
        actor = first.actor()
        change, roles = _may(tx, catalog, actor, change_id, operations, terms.digest)
        held = apply.hold(tx, actor, weighing.wanted(operations))
        weighing.fit(catalog, held)
        held = weighing.readable(tx, held, first.rules, waits=True)
        about = weighing.about(change, len(held), roles, revised=True)
        stages = approvals.matching(tx, [one.proposed for one in held], first.rules, about)
        stages = approvals.merged([*stages, *asked])
        store.link(tx, actor.person_id or 0, terms.token, change_id)
        if stages or terms.apply_at is not None:
            weighing.can_go(tx, catalog, actor, held)
            return _wait(tx, actor, change, [one.operation for one in held], stages, terms)
        done = apply.write(tx, catalog, actor, held)
        validating.judge_made(done)
        if further := apply.asked_now(tx, held, done, first.rules, about):
            raise AskedFor(further)
        applied = _applied(tx, actor, change, held, done, terms)
        overtaken.still_standing(tx, change_id, actor.person_id, was)
        return applied


def _may(
    tx: Session, catalog: Catalog, actor: Actor, change_id: int, operations: Sequence[Operation], digest: str
) -> tuple[ChangeSet, frozenset[str]]:
    """The change, locked, and the roles of its makers, if the person may revise it so. Raises as `revise` does."""
    matter = holding.held(tx, catalog, actor, change_id).matter
    change = matter.change
    if change.state not in REVISABLE:
        raise Stale(t("door.stale.revise"), change.state)
    if why := why_not_revise(tx, actor, change, matter.operations) or _never(operations):
        raise Forbidden(why)
    if digest != change.digest:
        raise Stale(t("door.stale.digest_revise"), change.state)
    authorise(actor, operations)
    if actor.person_id == change.stands_for:
        return change, actor.roles
    # It stays the change of who asked for it, whose rights count when it is applied: they must be enough (P16).
    proposer = identity.actor_for(tx, change.stands_for, source=actor.source, request_id=actor.request_id)
    authorise(proposer, operations, form=False)
    return change, actor.roles | proposer.roles


def _wait(
    tx: Session,
    actor: Actor,
    change: ChangeSet,
    kept: list[Operation],
    stages: list[approvals.Stage],
    terms: Wanted,
) -> Outcome:
    state = walk(change.state, "submitted", "in_review" if stages else "approved")
    _keep(tx, actor, change, kept, state, terms, stages)
    if stages:
        approvals.place(tx, change.id, change.revision + 1, stages)
    outbox.put(tx, "change.submitted" if stages else "change.scheduled", {"change_id": str(change.id)})
    return Outcome(change.id, state, kept[0].key, tuple(stages))


def _applied(
    tx: Session,
    actor: Actor,
    change: ChangeSet,
    held: list[apply.Held],
    done: list[apply.Done],
    terms: Wanted,
) -> Outcome:
    state = walk(change.state, "submitted", "approved", "applying", "applied")
    _keep(tx, actor, change, [one.operation for one in held], state, terms, [])
    store.set_state(tx, change.id, state, final=True, written=[one.written for one in done])
    facts = {"source": change.source, "proposed_by": str(change.proposer_id), "proposer": change.proposer}
    audit.record(tx, actor, apply.entries(done, change.id, terms.reason or None, facts))
    outbox.put(tx, "change.applied", {"change_id": str(change.id)})
    return Outcome(change.id, state, done[0].key)


def _keep(
    tx: Session, actor: Actor, change: ChangeSet, kept: list[Operation], state: str, terms: Wanted,
    stages: list[approvals.Stage],
) -> None:  # fmt: skip
    """Write the revision and the event that tells it."""
    digest = operation.digest(kept, change.revision + 1)
    revisions.revise(
        tx, change, actor.person_id or 0, kept, digest=digest, state=state, reason=terms.reason,
        apply_at=terms.apply_at, expires=times.within(terms.apply_at, stages),
    )  # fmt: skip
    first = kept[0]
    facts = {
        "was": change.state,
        "revision": str(change.revision + 1),
        "operations": str(len(kept)),
        "digest": digest,
        "asks": ", ".join(f"{stage.needed} × {stage.asked}" for stage in stages),
        "why": "; ".join(name for stage in stages for name in stage.why),
        **store.Terms(terms.apply_at).facts,
    }
    entry = audit.Entry(
        "change.revised",
        table=(first.table.schema, first.table.name),
        oid=str(first.table.oid),
        key=first.key,
        change_id=change.id,
        reason=terms.reason or None,
        before=first.base or None,
        after=first.after or None,
        facts=facts,
    )
    audit.record(tx, actor, [entry])

"""Propose: the door's front. Applied at once where no rule asks anybody, else it waits for its stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from secrets import token_urlsafe

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, audit
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import (
    acts,
    apply,
    cascades,
    lapsing,
    operation,
    refusals,
    sentences,
    sound,
    store,
    validating,
)  # fmt: skip
from ops.changes.asking import declared
from ops.changes.authorise import authorise, sees
from ops.changes.errors import Invalid, Rejected, Unfit
from ops.changes.operation import Operation, Outcome
from ops.changes.states import walk
from ops.changes.values import problems, sendable, too_long
from ops.db import Database
from ops.policy import Forbidden
from ops.words import t


def propose(
    db: Database,
    catalog: Catalog,
    actor: Actor,
    operations: Sequence[Operation],
    *,
    title: str = "",
    reason: str = "",
    source: str = "form",
    token: str | None = None,
) -> Outcome:
    """Take a change through the door, in one transaction: everything, or nothing and an exception.

    `token` is the form's: sending it again, also at the same moment or after an answer was lost, returns the
    first result. Raises Invalid, Conflict, Forbidden, NotVisible, identity.Disabled; Busy, Unavailable,
    CommitUnknown of `ops.db`. A refusal is recorded; nothing else of a failed attempt stays, its token
    included.
    """
    token = token or token_urlsafe(16)
    if not (sendable(title) and sendable(reason)):
        raise Invalid({}, t("door.nul"))
    if (wrong := too_long(reason)) is not None:
        raise Invalid({}, wrong)
    with refusals.recorded(db, actor, "change.submitted", operations):
        try:
            return refusals.retried(
                lambda: _taken(
                    db, catalog, actor, operations, title=title, reason=reason, source=source, token=token
                )
            )
        except (Rejected, sa.exc.DBAPIError) as error:
            raise _explained(db, catalog, actor, operation.changed(operations), error) from error


class _AskedFor(Exception):
    """Written, the row asks somebody whom the proposal did not: everything is undone, and it waits for them."""

    def __init__(self, stages: list[approvals.Stage]) -> None:
        self.stages = stages


def _taken(
    db: Database, catalog: Catalog, actor: Actor, operations: Sequence[Operation], **head: str
) -> Outcome:
    try:
        return _once(db, catalog, actor, operations, [], **head)
    except _AskedFor as error:
        return _once(db, catalog, actor, operations, error.stages, **head)


def _once(
    db: Database,
    catalog: Catalog,
    actor: Actor,
    operations: Sequence[Operation],
    asked: list[approvals.Stage],
    *,
    title: str,
    reason: str,
    source: str,
    token: str,
) -> Outcome:
    if actor.person_id is None:
        raise Forbidden(t("door.refused.nobody"))
    with db.transaction() as tx:
        first = store.first(tx, actor, token)
        if not first.new and first.change_id is not None:
            return store.outcome(tx, first.change_id, repeated=True)
        actor = first.actor()
        authorise(actor, operations)
        wanted = _wanted(operations)
        head = {"title": title or _title(wanted), "reason": reason, "source": source}
        if not asked and _asks_nobody(wanted, first.rules) and (both := apply.at_once(tx, actor, wanted[0])):
            held, done = both
            return _applied(tx, actor, [held], [done], head, token, first.rules)
        several = apply.hold(tx, actor, wanted)
        _fit(catalog, several)
        several = _readable(tx, several, first.rules, asked)
        stages = approvals.merged(
            [
                *approvals.matching(tx, [one.proposed for one in several], first.rules),
                *declared(wanted),
                *asked,
            ]
        )
        if stages:
            _can_go(tx, catalog, actor, several)
            return _wait(tx, actor, [one.operation for one in several], stages, head, token)
        written = apply.write(tx, catalog, actor, several)
        validating.judge_made(written)
        return _applied(tx, actor, several, written, head, token, first.rules)


def _wanted(operations: Sequence[Operation]) -> list[Operation]:
    wanted = operation.changed(operations)
    if not wanted:
        raise Invalid({}, t("door.general.nothing"))
    rows = [(one.table.ref, one.key) for one in wanted if one.key is not None]
    if len(set(rows)) < len(rows):
        raise Invalid({}, t("door.general.twice"))
    return wanted


def _asks_nobody(wanted: Sequence[Operation], rules: list[approvals.ApprovalRule]) -> bool:
    """Whether it is one edit that no rule looks at, with values nothing is seen wrong with."""
    one = wanted[0]
    if len(wanted) > 1 or one.table.house or problems(one.table, one.kind, one.after):
        return False
    if validating.judges(one.table, one.touched) or declared(wanted):
        return False
    return not approvals.concerned([approvals.Proposed(one.kind, one.table, {}, {}, one.touched)], rules)


def _fit(catalog: Catalog, held: Sequence[apply.Held]) -> None:
    for position, one in enumerate(held):
        if wrong := sound.problems(catalog, one.operation, {**(one.before or {}), **one.operation.after}):
            raise Invalid(wrong, position=position)
        kind = one.operation.kind
        linked = one.operation.links
        if kind != "delete" and problems(one.operation.table, kind, one.operation.after, linked):
            raise Rejected(position, Unfit())
    validating.judge(held)


def _can_go(tx: Session, catalog: Catalog, actor: Actor, held: Sequence[apply.Held]) -> None:
    """Refuse to ask anybody about a deletion that other rows forbid."""
    places = [position for position, one in enumerate(held) if one.operation.kind == "delete"]
    going = [(held[position].operation.table, held[position].before or {}) for position in places]
    if (stop := cascades.stopped_by(tx, going, catalog)) is not None:
        refused = sentences.used_by(going[stop.position][0], stop.source, lambda table: sees(actor, table))
        refused.position = places[stop.position]
        raise refused


def _readable(
    tx: Session, held: list[apply.Held], rules: list[approvals.ApprovalRule], asked: list[approvals.Stage]
) -> list[apply.Held]:
    """The same, where a rule looks or somebody is asked: with values as PostgreSQL writes them.

    Only values it can read may be judged by a rule, or wait for a person.
    """
    if not asked and not approvals.concerned([one.proposed for one in held], rules):
        return held
    found = []
    for position, one in enumerate(held):
        after = sentences.as_written(tx, one.operation.table, one.operation.after)
        if after is None:
            raise Rejected(position, Unfit())
        found.append(replace(one, operation=replace(one.operation, after=after)))
    return found


def _wait(
    tx: Session,
    actor: Actor,
    kept: list[Operation],
    stages: list[approvals.Stage],
    head: dict[str, str],
    token: str,
) -> Outcome:
    state = walk("draft", "submitted", "in_review")
    digest = operation.digest(kept, 1)
    first = kept[0]
    entry = audit.Entry(
        "change.submitted",
        table=(first.table.schema, first.table.name),
        oid=str(first.table.oid),
        key=first.key,
        reason=head["reason"] or None,
        before=first.base or None,
        after=first.after or None,
        facts={
            "title": head["title"],
            "source": head["source"],
            "operations": str(len(kept)),
            "digest": digest,
            "asks": ", ".join(f"{stage.needed} × {stage.asked}" for stage in stages),
            "why": "; ".join(name for stage in stages for name in stage.why),
        },
    )
    change_id = store.add(
        tx, actor, token, kept, None, [entry], state=state, digest=digest, told="change.submitted", **head
    )
    if first.act is not None:
        acts.keep(tx, change_id, first.act, applied=False)
    approvals.place(tx, change_id, 1, stages)
    lapsing.wait_a_day(tx, change_id, kept)
    return Outcome(change_id, state, first.key, tuple(stages))


def _applied(
    tx: Session, actor: Actor, held: list[apply.Held], done: list[apply.Done], head: dict[str, str],
    token: str, rules: list[approvals.ApprovalRule],
) -> Outcome:  # fmt: skip
    state = walk("draft", "submitted", "approved", "applying", "applied")
    if asked := apply.asked_now(tx, held, done, rules):
        raise _AskedFor(asked)
    kept = [one.operation for one in held]
    entries = apply.entries(done, None, head["reason"] or None, {"source": head["source"]})
    # Deferred constraints speak at COMMIT, which is next: their errors are put into words like all others.
    change_id = store.add(
        tx, actor, token, kept, [one.written for one in done], entries,
        state=state, digest=operation.digest(kept, 1), told="change.applied", **head,
    )  # fmt: skip
    if kept[0].act is not None:
        acts.keep(tx, change_id, kept[0].act, applied=True)
    return Outcome(change_id, state, done[0].key)


def _title(kept: Sequence[Operation]) -> str:
    first = kept[0]
    title = operation.made_title(first.kind, first.table)
    return t("door.title.more", title=title, count=len(kept) - 1) if len(kept) > 1 else title


def _explained(
    db: Database, catalog: Catalog, actor: Actor, operations: Sequence[Operation], error: Exception
) -> Exception:
    position = error.position if isinstance(error, Rejected) else 0
    cause = error.cause if isinstance(error, Rejected) else error
    if not (isinstance(cause, Unfit) or sentences.about(cause)):
        return error
    one = operations[min(position, len(operations) - 1)]
    with db.reading() as tx:
        invalid = sentences.explain(
            tx, catalog, cause, one.table, one.kind, one.after, lambda table: sees(actor, table), one.links
        )
    invalid.position = position
    return invalid

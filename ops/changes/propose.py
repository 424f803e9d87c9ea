"""Propose: the door's front. Applied at once where no rule asks anybody, else it waits for its stages or its time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from secrets import token_urlsafe

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, audit
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import (
    acts,
    apply,
    claiming,
    lapsing,
    operation,
    refusals,
    store,
    times,
    validating,
    weighing,
)
from ops.changes.asking import declared
from ops.changes.authorise import authorise
from ops.changes.errors import Invalid, Rejected, Reshaped, SentBefore
from ops.changes.operation import Operation, Outcome
from ops.changes.states import walk
from ops.changes.store import Terms
from ops.changes.values import problems
from ops.changes.weighing import AskedFor
from ops.db import Database
from ops.identity import Disabled
from ops.policy import Forbidden, NotVisible
from ops.words import t

Within = Callable[[Session, int], None]


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
    apply_at: datetime | None = None,
    undo_of: int | None = None,
    within: Within | None = None,
) -> Outcome:
    """Take a change through the door, in one transaction: everything, or nothing and an exception.

    `token` is the form's: sending it again, also at the same moment or after an answer was lost, returns the
    first result. `apply_at`: not before that moment, agreed or not; a worker applies it then. `undo_of`: the change
    it takes back. `within` is called with the new change's number before it is committed; what it raises undoes all of
    it. Raises Invalid, Conflict, Forbidden, NotVisible, identity.Disabled; Busy, Unavailable,
    CommitUnknown of `ops.db`. A refusal is recorded; nothing else of a failed attempt stays, its token
    included.
    """
    token = token or token_urlsafe(16)
    weighing.said(title, reason)
    terms = Terms(times.checked(apply_at, operations), undo_of)
    head = {"title": title, "reason": reason, "source": source}
    with refusals.recorded(db, actor, "change.submitted", operations):
        try:
            return refusals.retried(
                lambda: _taken(db, catalog, actor, operations, terms, token, head, within)
            )
        except (Rejected, sa.exc.DBAPIError) as error:
            raise weighing.explained(db, catalog, actor, operation.changed(operations), error) from error


def _taken(
    db: Database, catalog: Catalog, actor: Actor, operations: Sequence[Operation], terms: Terms, token: str,
    head: dict[str, str], within: Within | None,
) -> Outcome:  # fmt: skip
    try:
        return _once(db, catalog, actor, operations, [], terms, token, head, within)
    except AskedFor as error:
        return _once(db, catalog, actor, operations, error.stages, terms, token, head, within)
    except _NotSwiftly:  # the next transaction has nothing at hand
        return _taken(db, catalog, actor, operations, terms, token, head, within)


def _once(
    db: Database, catalog: Catalog, actor: Actor, operations: Sequence[Operation], asked: list[approvals.Stage],
    terms: Terms, token: str, said: dict[str, str], within: Within | None,
) -> Outcome:  # fmt: skip
    if actor.person_id is None:
        raise Forbidden(t("door.refused.nobody"))
    with db.transaction() as tx:
        outcome = None if asked else _swift(tx, catalog, actor, operations, terms, token, said)
        outcome = outcome or _passed(tx, catalog, actor, operations, asked, terms, token, said)
        if within is not None and not outcome.repeated:
            within(tx, outcome.change_id)
        return outcome


def _passed(
    tx: Session, catalog: Catalog, actor: Actor, operations: Sequence[Operation], asked: list[approvals.Stage],
    terms: Terms, token: str, said: dict[str, str],
) -> Outcome:  # fmt: skip
    first = claiming.first(tx, actor, token)
    if not first.new and first.change_id is not None:
        return store.outcome(tx, first.change_id, repeated=True)
    actor = first.actor()
    authorise(actor, operations)
    wanted = weighing.wanted(operations)
    head = {**said, "title": said["title"] or _title(wanted)}
    waits = bool(asked) or terms.apply_at is not None
    nobody = not waits and _asks_nobody(wanted, first.rules)
    if nobody and (both := apply.at_once(tx, catalog, actor, wanted[0])):
        held, done = both
        return _applied(tx, actor, [held], [done], terms, head, token, first)
    several = apply.hold(tx, actor, wanted)
    weighing.fit(catalog, several)
    several = weighing.readable(tx, several, first.rules, waits=waits)
    stages = approvals.merged(
        [
            *approvals.matching(
                tx, [one.proposed for one in several], first.rules, _about(actor, wanted, head)
            ),
            *declared(wanted),
            *asked,
        ]
    )
    if stages or terms.apply_at is not None:
        terms = replace(terms, expires=times.within(terms.apply_at, stages))
        weighing.can_go(tx, catalog, actor, several)
        return _wait(tx, actor, [one.operation for one in several], stages, terms, head, token)
    written = apply.write(tx, catalog, actor, several)
    validating.judge_made(written)
    return _applied(tx, actor, several, written, terms, head, token, first)


def _swift(
    tx: Session, catalog: Catalog, actor: Actor, operations: Sequence[Operation], terms: Terms, token: str,
    said: dict[str, str],
) -> Outcome | None:  # fmt: skip
    """One edit that asks nobody, by the rights and rules that came with BEGIN; its token is taken as it is written.

    None where it is not that, or may not be, or the row is not as it was: nothing was done, and `_passed` says why.
    Raises _NotSwiftly where what was written must be undone for that, AskedFor.
    """
    first = claiming.at_hand(tx, actor)
    if first is None or terms != Terms():
        return None
    try:
        actor = first.actor()
        authorise(actor, operations)
        wanted = weighing.wanted(operations)
    except (Forbidden, NotVisible, Invalid, Disabled):
        return None  # the form may have been sent before: then its first result is the answer
    if not _asks_nobody(wanted, first.rules):
        return None
    try:
        written = apply.at_once(tx, catalog, actor, wanted[0])
        if written is None:
            return None
        head = {**said, "title": said["title"] or _title(wanted)}
        return _applied(tx, actor, [written[0]], [written[1]], terms, head, token, first)
    except (Rejected, Reshaped, SentBefore) as error:
        raise _NotSwiftly from error


class _NotSwiftly(Exception):
    """What a swift edit wrote is undone: the long way says what is wrong with it, or what the form led to before."""


def _asks_nobody(wanted: Sequence[Operation], rules: list[approvals.ApprovalRule]) -> bool:
    """Whether it is one edit that no rule looks at, with values nothing is seen wrong with."""
    one = wanted[0]
    if len(wanted) > 1 or one.table.house or problems(one.table, one.kind, one.after):
        return False
    if validating.judges(one.table, one.touched) or declared(wanted):
        return False
    return not approvals.concerned([approvals.Proposed(one.kind, one.table, {}, {}, one.touched)], rules)


def _about(actor: Actor, rows: Sequence[object], head: dict[str, str]) -> approvals.Circumstances:
    return approvals.Circumstances(head["source"], len(rows), actor.roles)


def _wait(
    tx: Session, actor: Actor, kept: list[Operation], stages: list[approvals.Stage], terms: Terms,
    head: dict[str, str], token: str,
) -> Outcome:  # fmt: skip
    state = walk("draft", "submitted", "in_review" if stages else "approved")
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
            **terms.facts,
        },
    )
    plain = terms == Terms()  # else its terms must be known before a rule's own time is counted
    change_id = store.add(
        tx, actor, token, kept, None, [entry], state=state, digest=digest,
        told="change.submitted" if stages else "change.scheduled", stages=stages if plain else (),
        title=head["title"], reason=head["reason"], source=head["source"],
    )  # fmt: skip
    store.set_terms(tx, change_id, terms)
    if first.act is not None:
        acts.keep(tx, change_id, first.act, applied=False)
    if stages and not plain:
        approvals.place(tx, change_id, 1, stages)
    lapsing.wait_a_day(tx, change_id, kept)
    return Outcome(change_id, state, first.key, tuple(stages))


def _applied(
    tx: Session, actor: Actor, held: list[apply.Held], done: list[apply.Done], terms: Terms,
    head: dict[str, str], token: str, first: claiming.First,
) -> Outcome:  # fmt: skip
    state = walk("draft", "submitted", "approved", "applying", "applied")
    if asked := apply.asked_now(tx, held, done, first.rules, _about(actor, held, head)):
        raise AskedFor(asked)
    kept = [one.operation for one in held]
    entries = apply.entries(done, None, head["reason"] or None, {"source": head["source"]})
    # Deferred constraints speak at COMMIT, which is next: their errors are put into words like all others.
    change_id = store.add(
        tx, actor, token, kept, [one.written for one in done], entries,
        state=state, digest=operation.digest(kept, 1), told="change.applied",
        title=head["title"], reason=head["reason"], source=head["source"], person=first.person,
    )  # fmt: skip
    if kept[0].act is not None:
        acts.keep(tx, change_id, kept[0].act, applied=True)
    store.set_terms(tx, change_id, terms)
    return Outcome(change_id, state, done[0].key)


def _title(kept: Sequence[Operation]) -> str:
    first = kept[0]
    title = operation.made_title(first.kind, first.table)
    return t("door.title.more", title=title, count=len(kept) - 1) if len(kept) > 1 else title

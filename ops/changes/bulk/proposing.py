"""Asking for a change of many rows: a few are written at once, more are frozen and written by a worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from secrets import token_urlsafe
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, audit
from ops.actor import Actor
from ops.approvals import ApprovalRule, Circumstances, Proposed, Stage
from ops.approvals.each import matching_each, reads
from ops.catalog import Catalog
from ops.changes import acts, apply, claiming, heads, overtaken, refusals, sentences
from ops.changes import store as changes
from ops.changes.authorise import authorise
from ops.changes.bulk import acting, few, store, wish
from ops.changes.bulk.chunk import InTheWay, apply_chunk
from ops.changes.bulk.ending import ending
from ops.changes.bulk.freeze import columns_of
from ops.changes.bulk.locking import Chunk, Terms
from ops.changes.bulk.store import Draft
from ops.changes.bulk.submitting import digest_of, submitted
from ops.changes.bulk.targets import Target
from ops.changes.bulk.targets import digest as targets_digest
from ops.changes.bulk.wish import Listed, Wish
from ops.changes.errors import Invalid
from ops.changes.operation import Outcome
from ops.changes.states import walk
from ops.db import Busy, Database
from ops.policy import Forbidden, View, view
from ops.words import t

Ring = Callable[[UUID], object]
How = Literal["fast", "carefully", "later"]


class _Later(Exception):
    """Written, a row asks somebody: everything is undone, and a worker goes on, who can hold single rows back."""


class _NotWhole(Exception):
    """All or nothing, and some rows cannot be: what became of each is written down, and no row is written."""

    def __init__(self, found: Sequence[Target], chunk: Chunk) -> None:
        self.found = found
        self.chunk = chunk


def propose_bulk(
    db: Database,
    catalog: Catalog,
    actor: Actor,
    asked: Wish,
    *,
    token: str | None = None,
    ring: Ring | None = None,
) -> Outcome:
    """Take a change of many rows through the door. `ring` is called with the id of the work that goes on with it.

    Up to a hundred rows that no rule asks about are written at once, in a fixed number of statements: the outcome
    is final, and what became of each row stands with the change. Others come back as `in_review`, as `approved`
    where they wait for their moment, or as `draft`: a worker then freezes the rows, asks the rules and writes. Raises
    Invalid, Forbidden, NotVisible, BadFilter, identity.Disabled; Busy, Unavailable, CommitUnknown of `ops.db`. A
    refusal is recorded.
    """
    token = token or token_urlsafe(16)
    wish.refuse(asked)
    with refusals.recorded(db, actor, "change.submitted", [asked.operation]):
        outcome, work_id = _tried(db, catalog, actor, asked, token)
    if work_id is not None and ring is not None:
        ring(work_id)
    return outcome


def _tried(
    db: Database, catalog: Catalog, actor: Actor, asked: Wish, token: str
) -> tuple[Outcome, UUID | None]:
    def take(how: How) -> tuple[Outcome, UUID | None]:
        return refusals.retried(lambda: _taken(db, catalog, actor, asked, token, how))

    try:
        return take("fast")
    except InTheWay:
        pass
    except _Later:
        return take("later")
    except Busy:
        if not isinstance(asked.selection, Listed):
            raise
        return take("later")  # no index leads to the rows, or others hold them: a worker has more time
    except sa.exc.DBAPIError as error:
        if not sentences.about(error):
            raise
    try:
        return take("carefully")
    except _Later:
        return take("later")
    except _NotWhole as error:
        return _nothing(db, catalog, actor, asked, token, error), None


def _taken(
    db: Database, catalog: Catalog, actor: Actor, asked: Wish, token: str, how: How
) -> tuple[Outcome, UUID | None]:
    with db.transaction() as tx:
        first, actor, seen, asked = _opened(tx, catalog, actor, asked, token)
        if first.change_id is not None:
            return changes.outcome(tx, first.change_id, repeated=True), None
        found = None if how == "later" else few.found(tx, seen, asked, first.rules)
        if found is None:
            return _later(tx, actor, seen, asked, token)
        rows, held = found
        if not rows:
            raise Invalid({}, t("bulk.no_rows"))
        about = Circumstances(asked.source, len(rows), actor.roles)
        stages = _stages(tx, asked, first.rules, rows, held, about)
        if stages or asked.apply_at is not None:
            return _wait(tx, catalog, actor, seen, asked, token, rows, stages), None
        carefully = how == "carefully"
        waiting = [one for one in rows if one.state == "waiting"]
        terms = Terms(catalog, actor, asked.table, first.rules, act=asked.act, about=about)
        chunk = apply_chunk(tx, terms, waiting, carefully=carefully, held=held)
        if chunk.further:
            raise _Later
        came = [*(one.state for one in rows), *(one.state for one in chunk.results)]
        if asked.mode == "whole" and set(came) - {"waiting", "applied", "same"}:
            raise _NotWhole(rows, chunk)
        applied = _applied(tx, actor, seen, asked, token, rows, chunk)
        overtaken.still_may(tx, first.person)
        return applied, None


def _opened(
    tx: Session, catalog: Catalog, actor: Actor, asked: Wish, token: str
) -> tuple[claiming.First, Actor, View, Wish]:
    """Claim the form's token, ask for rights, and read the new values as PostgreSQL writes them."""
    if actor.person_id is None:
        raise Forbidden(t("door.refused.nobody"))
    first = claiming.first(tx, actor, token)
    if not first.new and first.change_id is not None:
        return first, actor, view(actor, asked.table, catalog), asked
    first = replace(first, change_id=None)
    actor = first.actor()
    authorise(actor, [asked.operation], form=False)
    seen = view(actor, asked.table, catalog)
    wish.readable(tx, seen, asked.selection)
    return first, actor, seen, replace(asked, after=wish.written(tx, asked))


def _stages(
    tx: Session, asked: Wish, rules: Sequence[ApprovalRule], rows: Sequence[Target], held: few.Held,
    about: Circumstances,
) -> list[Stage]:  # fmt: skip
    touched = frozenset(name for one in rows for name in one.after or ())
    declared = acting.stages(asked.table, asked.act)
    if not reads(asked.table, [asked.kind], touched, rules, about):
        return declared
    changes_ = []
    for one in rows:
        if one.state != "waiting" or one.position not in held:
            continue
        old, after = held[one.position].row, one.after or {}
        new = None if asked.kind == "delete" else {**old, **after}
        names = frozenset() if asked.kind == "delete" else frozenset(after)
        changes_.append(Proposed(asked.kind, asked.table, old, new, names))
    each = matching_each(tx, asked.table, changes_, rules, about) if changes_ else []
    return approvals.merged([*declared, *(stage for stages in each for stage in stages)])


def _draft(seen: View, asked: Wish, rows: int | None) -> Draft:
    selection = dict(asked.selection.told)
    if asked.each is not None:
        selection["each"] = dict(asked.each)
    return Draft(
        table=asked.table,
        kinds=(asked.kind,),
        columns=columns_of(seen, asked.kind, asked.touched),
        after=None if asked.kind == "delete" or asked.each is not None else asked.after,
        mode=asked.mode,
        selection=selection,
        title=asked.title or wish.title_of(asked.table, asked.kind, rows),
        reason=asked.reason,
        source=asked.source,
        apply_at=asked.apply_at,
    )


def _later(tx: Session, actor: Actor, seen: View, asked: Wish, token: str) -> tuple[Outcome, UUID | None]:
    """Leave a draft and the work of freezing it: the rows are looked up in a worker, however long it takes."""
    draft = _draft(seen, asked, None)
    change_id = store.add(tx, actor, token, draft, state="draft", final=False, digest="")
    if asked.act is not None:
        acts.keep(tx, change_id, asked.act, applied=False)
    return Outcome(change_id, "draft"), heads.launch(tx, change_id, ring=False)


def _wait(
    tx: Session, catalog: Catalog, actor: Actor, seen: View, asked: Wish, token: str, rows: Sequence[Target],
    stages: list[Stage],
) -> Outcome:  # fmt: skip
    draft = _draft(seen, asked, len(rows))
    left = Counter(one.state for one in rows if one.state != "waiting")
    change_id = store.add(
        tx, actor, token, draft, state="draft", final=False, digest="", targets=rows, counts=left
    )
    if asked.act is not None:
        acts.keep(tx, change_id, asked.act, applied=False)
    operations = [one for one in changes.operations_of(tx, catalog, change_id) if isinstance(one, heads.Bulk)]
    sealed = targets_digest(tx, change_id)
    return submitted(tx, actor, changes.found(tx, change_id), operations, sealed, stages)


def _applied(
    tx: Session, actor: Actor, seen: View, asked: Wish, token: str, rows: Sequence[Target], chunk: Chunk
) -> Outcome:
    results = {one.position: one for one in chunk.results}
    kept = [
        Target(
            one.position, one.kind, one.parts, one.base, one.after, found.state, found.problem, found.result
        )
        if (found := results.get(one.position))
        else one
        for one in rows
    ]
    counts = Counter(one.state for one in kept)
    state, failure = ending(counts)
    walk("draft", "submitted", "approved", "applying", state)
    draft = _draft(seen, asked, len(rows))
    entries = apply.entries(chunk.done, None, asked.reason or None, {"source": asked.source})
    entries.append(_entry(asked, state, counts))
    change_id = store.add(
        tx, actor, token, draft, state=state, final=True, digest=digest_of(draft, len(rows)), targets=kept,
        counts=counts, failure=failure, entries=entries, told=f"change.{state}",
    )  # fmt: skip
    if asked.act is not None:
        acts.keep(tx, change_id, asked.act, applied=False)
        acting.tell(tx, change_id, asked.table, asked.act, chunk.done)
    return Outcome(change_id, state, failure=failure)


def _nothing(
    db: Database, catalog: Catalog, actor: Actor, asked: Wish, token: str, error: _NotWhole
) -> Outcome:
    """Write down why nothing was written: the rows that could not be, and that the others were left for them."""
    bad = {one.position: one for one in error.chunk.results if one.state not in ("applied", "same")}
    rows = [
        replace(one, state=found.state, problem=found.problem)
        if (found := bad.get(one.position))
        else replace(one, state="stopped", problem=t("bulk.whole_left"))
        if one.state == "waiting"
        else one
        for one in error.found
    ]
    counts = Counter(one.state for one in rows)
    state, failure = ending(counts)
    walk("draft", "submitted", "approved", "applying", state)
    with db.transaction() as tx:
        first, actor, seen, asked = _opened(tx, catalog, actor, asked, token)
        if first.change_id is not None:
            return changes.outcome(tx, first.change_id, repeated=True)
        draft = _draft(seen, asked, len(rows))
        change_id = store.add(
            tx, actor, token, draft, state=state, final=True, digest=digest_of(draft, len(rows)), targets=rows,
            counts=counts, failure=failure, entries=[_entry(asked, state, counts)], told=f"change.{state}",
        )  # fmt: skip
    return Outcome(change_id, state, failure=failure)


def _entry(asked: Wish, state: str, counts: Counter[str]) -> audit.Entry:
    """The event about the change as a whole: how the rows were chosen, and how many came to what."""
    told = {"rows": str(sum(counts.values())), "list": asked.selection.told.get("list")}
    facts = {**told, "source": asked.source, **{name: str(many) for name, many in counts.items()}}
    return audit.Entry(
        f"change.{state}",
        outcome="done" if state == "applied" else "failed",
        table=(asked.table.schema, asked.table.name),
        oid=str(asked.table.oid),
        reason=asked.reason or None,
        facts={name: text for name, text in facts.items() if text is not None},
    )

"""The worker's part: freeze, submit, then write chunk after chunk, each with its results and events in one commit.

Everything it knows stands in PostgreSQL: whoever takes the work over goes on at the next row without a result.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, audit, identity, outbox, work
from ops.actor import Actor
from ops.catalog import Catalog, UnknownTable, digests_now
from ops.changes import apply, heads, overtaken, sentences, store
from ops.changes.authorise import authorise
from ops.changes.bulk import acting, freezing, targets
from ops.changes.bulk import chunk as chunks
from ops.changes.bulk import store as bulk_store
from ops.changes.bulk.agreed import ask_again
from ops.changes.bulk.chunk import InTheWay
from ops.changes.bulk.ending import end, ending
from ops.changes.bulk.locking import Chunk, Terms
from ops.changes.bulk.submitting import PATIENT
from ops.changes.bulk.targets import Result, Target
from ops.changes.errors import Reshaped
from ops.changes.heads import Bulk, Head
from ops.changes.operation import digest
from ops.changes.refusals import retried
from ops.changes.states import ENDED, walk
from ops.db import Busy, Database
from ops.policy import Forbidden, NotVisible
from ops.words import t
from ops.work import Claim

log = logging.getLogger(__name__)

PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between attempts at rows that somebody else holds


class _Over(Exception):
    """Nothing is to be done in this round any more; what there was to write down is committed."""


class _Ended(Exception):
    """No further row may be written, for the reason given; those without a result stay as they are."""


class _NotWhole(Exception):
    """All or nothing, and some rows cannot be written: nothing is."""

    def __init__(self, rows: Sequence[Target], done: Chunk) -> None:
        self.rows = rows
        self.done = done


@dataclass(frozen=True)
class Turn:
    """What a chunk begins with, read in its own transaction."""

    change: store.ChangeSet
    head: Head
    operations: list[Bulk]
    actor: Actor
    rules: list[approvals.ApprovalRule]
    stages: list[approvals.PlacedStage]
    standing: str

    @property
    def facts(self) -> dict[str, str | None]:
        """For the events of its rows."""
        change = self.change
        return {"source": change.source, "proposed_by": str(change.proposer_id), "proposer": change.proposer}


def run(db: Database, catalog: Catalog, claim: Claim, stop: Callable[[], bool] = lambda: False) -> None:
    """Go on with the change of a claimed piece of work until it waits for people, is paused, stopped or done.

    `stop` says whether the process was asked to end: then the work is given back between two chunks. Raises
    work.Fenced where another holds the work, Busy and Unavailable where rows or the database cannot be had: the
    next attempt goes on where this one was.
    """
    change_id = int(claim.subject.partition(":")[0])
    try:
        freezing.frozen(db, catalog, claim, change_id, stop)
        _verify(db, catalog, claim, change_id)
        while not stop():
            _chunk(db, catalog, claim, change_id)
    except _Over:
        return
    except (_Ended, Reshaped) as error:
        _end(db, claim, change_id, str(error))
        return
    with db.transaction() as tx:
        work.give_back(tx, claim)


def _verify(db: Database, catalog: Catalog, claim: Claim, change_id: int) -> None:
    """What is applied is what was decided on: the frozen rows have the digest that was shown (P28, P29)."""
    with db.transaction(PATIENT) as tx:
        work.keep(tx, claim)
        change = store.found(tx, change_id)
        if change.state not in ("approved", "applying"):
            return
        operations = _operations(tx, catalog, change_id)
        head = operations[0].head
        sealed = head.targets_digest if head else None
        if sealed != targets.digest(tx, change_id) or change.digest != digest(operations, change.revision):
            raise _Ended(t("bulk.other_digest"))


def _chunk(db: Database, catalog: Catalog, claim: Claim, change_id: int) -> None:
    """Write the next chunk; carefully, row by row where need be, if it cannot be written as a whole."""
    try:
        return _patiently(lambda: _write(db, catalog, claim, change_id, carefully=False))
    except InTheWay:
        pass
    except sa.exc.DBAPIError as error:
        if not sentences.about(error):
            raise
    try:
        _patiently(lambda: _write(db, catalog, claim, change_id, carefully=True))
    except _NotWhole as error:
        _nothing(db, catalog, claim, change_id, error)


def _patiently(attempt: Callable[[], None]) -> None:
    """Try again where somebody holds a row, or the database undid it in a deadlock."""
    for pause in PAUSES:
        try:
            return retried(attempt)
        except Busy as error:
            log.info("a chunk waits: %s", error)
            time.sleep(pause)
    return retried(attempt)


def _write(db: Database, catalog: Catalog, claim: Claim, change_id: int, *, carefully: bool) -> None:
    with db.transaction() as tx:
        turn = _turn(tx, catalog, claim, change_id)
        over = turn is None
        if turn is not None:
            rows = targets.waiting(tx, turn.head, limit=chunks.SIZE)
            over = not rows
            if not rows:
                _finish(tx, claim, turn)
            else:
                agreed = [one.stage for one in turn.stages if one.closed_at is not None]
                about = approvals.Circumstances(turn.change.source, turn.head.total, turn.actor.roles)
                first = turn.operations[0]
                terms = Terms(catalog, turn.actor, first.table, turn.rules, agreed, first.act, about)
                done = chunks.apply_chunk(tx, terms, rows, carefully=carefully)
                if turn.head.mode == "whole" and any(
                    one.state not in ("applied", "same") for one in done.results
                ):
                    raise _NotWhole(rows, done) if carefully else InTheWay(done.results)
                _keep(tx, turn, rows, done)
                overtaken.still_standing(tx, change_id, None, turn.standing)
    if over:
        raise _Over


def _turn(tx: Session, catalog: Catalog, claim: Claim, change_id: int) -> Turn | None:
    """What holds now: lease, wish, rights, shape. None where nothing is to be done; the work is finished then.

    Raises _Ended where nothing may be done any more.
    """
    work.keep(tx, claim)
    change = store.found(tx, change_id, locked=True)
    standing = overtaken.standing(tx, change_id, None)  # before what is judged by it
    head = heads.head(tx, change_id, locked=True)
    # Of what comes too early the clock leaves work when its time has come.
    early = change.state == "approved" and store.is_ahead(tx, change)
    if head is None or early or change.state not in ("approved", "applying") or head.wish == "pause":
        work.finish(tx, claim)
        return None
    if head.wish == "stop":
        raise _Ended(t("bulk.stopped"))
    try:
        operations = _operations(tx, catalog, change_id)
        actor = identity.actor_for(tx, change.stands_for, source="worker", request_id=f"CH-{change_id}")
        authorise(actor, operations, form=False)
    except (Forbidden, NotVisible, identity.Disabled) as error:
        raise _Ended(t("door.failure.proposer", name=change.proposer)) from error
    except UnknownTable as error:
        raise _Ended(t("door.failure.shape", table=str(error))) from error
    table = operations[0].table
    if digests_now(tx, [table]).get(table.ref) != operations[0].digest_of_table:
        raise _Ended(t("door.failure.shape", table=table.label))
    if change.state == "approved":
        store.set_state(tx, change_id, walk("approved", "applying"), final=False)
        bulk_store.started(tx, change_id)
    stages = approvals.stages_of(tx, change_id, change.revision)
    if ask_again(tx, actor, change, operations, stages):
        work.finish(tx, claim)
        return None
    return Turn(change, head, operations, actor, approvals.stored_rules(tx), stages, standing)


def _operations(tx: Session, catalog: Catalog, change_id: int) -> list[Bulk]:
    return [one for one in store.operations_of(tx, catalog, change_id) if isinstance(one, Bulk)]


def _keep(tx: Session, turn: Turn, rows: Sequence[Target], done: Chunk) -> None:
    """Results, progress and events of the chunk; stages that only these rows ask for are placed at once."""
    change = turn.change
    acting.tell(tx, change.id, turn.operations[0].table, turn.operations[0].act, done.done)
    entries = apply.entries(done.done, change.id, change.reason or None, turn.facts)
    bulk_store.keep_results(
        tx,
        turn.actor,
        change.id,
        done.results,
        entries,
        done=rows[-1].position,
        again=rows[0].state == "held",
    )
    further = approvals.missing(approvals.merged(done.further), [one.stage for one in turn.stages])
    if further:
        last = max((one.position for one in turn.stages), default=0)
        approvals.place(tx, change.id, change.revision, further, after=last)


def _finish(tx: Session, claim: Claim, turn: Turn) -> None:
    """Every row has its result: the change ends, or waits for those whom the rows held back ask."""
    change = turn.change
    work.finish(tx, claim)
    bulk_store.ended(tx, change.id)
    if turn.head.counts["held"]:
        store.set_state(tx, change.id, walk("approved", "applying", "in_review"), final=False)
        why = "; ".join(name for one in turn.stages if one.closed_at is None for name in one.why)
        audit.record(tx, turn.actor, [_entry(turn, "change.reopened", {"why": why})])
        outbox.put(tx, "change.reopened", {"change_id": str(change.id)})
        return
    _final(tx, turn, *ending(turn.head.counts))


def _final(tx: Session, turn: Turn, state: str, failure: str | None) -> None:
    change = turn.change
    walk("approved", "applying", state)
    assert state in ENDED
    store.set_state(tx, change.id, state, final=True, failure=failure)
    told = {name: str(many) for name, many in turn.head.counts.items() if many}
    audit.record(tx, turn.actor, [_entry(turn, f"change.{state}", {**told, "why": failure})])
    outbox.put(tx, f"change.{state}", {"change_id": str(change.id)})


def _nothing(db: Database, catalog: Catalog, claim: Claim, change_id: int, error: _NotWhole) -> None:
    """All or nothing, and it is nothing: each row that stands in the way says why, the others that they were left."""
    held = [one for one in error.done.results if one.state == "held"]
    bad = {one.position: one for one in error.done.results if one.state not in ("applied", "same")}
    results = [
        bad.get(one.position) or Result(one.position, "held" if held else "stopped", t("bulk.whole_left"))
        for one in error.rows
    ]
    with db.transaction() as tx:
        turn = _turn(tx, catalog, claim, change_id)
        if turn is None:
            return
        _keep(tx, turn, error.rows, Chunk(results, [], error.done.further))


def _end(db: Database, claim: Claim, change_id: int, why: str) -> None:
    """Write down that it goes no further: rows without a result are left as they are."""
    with db.transaction() as tx:
        work.finish(tx, claim)
        change = store.found(tx, change_id, locked=True)
        if change.state in ("approved", "applying"):
            end(tx, change, why)


def _entry(turn: Turn, action: str, facts: dict[str, str | None]) -> audit.Entry:
    table = turn.operations[0].table
    return audit.Entry(
        action,
        "failed" if action in ("change.failed", "change.conflicted") else "done",
        table=(table.schema, table.name),
        oid=str(table.oid),
        change_id=turn.change.id,
        facts={"digest": turn.change.digest, **{name: text for name, text in facts.items() if text}},
    )

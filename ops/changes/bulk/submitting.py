"""From frozen rows to a change that waits or goes on: the digest over all of them, and what every rule asks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, audit, identity, outbox
from ops.actor import Actor
from ops.approvals import ApprovalRule, Circumstances, Proposed, Stage
from ops.approvals.each import matching_each, read_columns, reads
from ops.audit import canonical
from ops.catalog import Catalog, Table
from ops.changes import heads, store, times
from ops.changes.authorise import authorise
from ops.changes.bulk import acting, targets, writing
from ops.changes.bulk import store as bulk_store
from ops.changes.bulk.ending import ending
from ops.changes.bulk.store import Draft
from ops.changes.bulk.targets import Target
from ops.changes.bulk.wish import title_of
from ops.changes.heads import Bulk, Head
from ops.changes.operation import Outcome, digest
from ops.changes.states import ENDED, walk
from ops.db import Database, Limits
from ops.words import t

PATIENT = Limits(statement="60s", lock="2s", idle="10s")  # shorter than the lease of the work
BLOCK = 2000  # rows that one statement judges
Keep = Callable[[Session], None]
_NARROW = sa.text(
    "DELETE FROM ops.operation WHERE change_id = :change_id AND NOT kind = ANY(CAST(:kinds AS text[]))"
)
_NUMBERED = sa.text(
    "UPDATE ops.operation o SET position = n.place FROM (SELECT position, row_number() OVER (ORDER BY position) - 1 "
    "AS place FROM ops.operation WHERE change_id = :change_id) n "
    "WHERE o.change_id = :change_id AND o.position = n.position"
)


def submit(
    db: Database,
    catalog: Catalog,
    actor: Actor,
    change_id: int,
    *,
    keep: Keep | None = None,
    work: bool = True,
) -> Outcome:
    """Close a draft whose rows are all there: hash them, ask the rules about every one, and say what follows.

    The outcome's state: `in_review`, `approved` (with `work`, work that applies it is left, or the clock leaves it
    at its moment), or final where no row is left to be written. `keep` is called in the last transaction and between
    two blocks, for who holds a lease. A change that is no draft any more is left as it is. Raises Invalid.
    """
    with db.transaction(PATIENT) as tx:
        (keep or _nothing)(tx)
        rules = approvals.stored_rules(tx)
        operations = _operations(tx, catalog, change_id)
        change = store.found(tx, change_id)
        proposer = _authorise(tx, actor, change, operations)
        about = Circumstances(change.source, targets.counts(tx, change_id)[0], proposer.roles)
        sealed = targets.digest(tx, change_id)
    stages = _asked(db, operations, rules, about, keep)
    with db.transaction() as tx:
        (keep or _nothing)(tx)
        change = store.found(tx, change_id, locked=True)
        if change.state != "draft":
            return store.outcome(tx, change_id)
        outcome = submitted(tx, actor, change, operations, sealed, stages)
        if outcome.state == "approved" and work and not change.ahead:
            heads.launch(tx, change_id)
        return outcome


def _operations(tx: Session, catalog: Catalog, change_id: int) -> list[Bulk]:
    """The draft's operations, with the columns that their rows set. Raises LookupError where it has no head."""
    found = [one for one in store.operations_of(tx, catalog, change_id) if isinstance(one, Bulk)]
    if not found:
        raise LookupError(change_id)
    head = found[0].head
    if head is None or head.after is not None:
        return found
    own = replace(head, selection={**head.selection, "columns": targets.columns(tx, change_id)})
    return [replace(one, head=own) for one in found]


def _authorise(tx: Session, actor: Actor, change: store.ChangeSet, operations: Sequence[Bulk]) -> Actor:
    """Who stands for the change, with their rights as they are now, which must be enough (P16). Raises as those do."""
    there = targets.kinds(tx, change.id)
    proposer = identity.actor_for(tx, change.stands_for, source=actor.source, request_id=actor.request_id)
    authorise(proposer, [one for one in operations if one.kind in there], form=False)
    return proposer


def submitted(
    tx: Session, actor: Actor, change: store.ChangeSet, operations: Sequence[Bulk], sealed: str,
    stages: Sequence[Stage],
) -> Outcome:  # fmt: skip
    """Write down what follows for a draft whose rows have the digest `sealed`, and whom it asks; `actor` submits.

    Raises Invalid where a rule lets it wait for less long than until its moment.
    """
    times.within(change.apply_at, stages)
    total, counts, _ = targets.counts(tx, change.id)
    state, failure = _next(total, counts, stages)
    walk("draft", "submitted", *(("approved", "applying") if state in ENDED else ()), state)
    kept = narrowed(tx, change.id, operations)
    table, head = kept[0].table, kept[0].head
    assert head is not None
    full = replace(head, total=total, targets_digest=sealed)
    bound = digest([replace(one, head=full) for one in kept], change.revision)
    bulk_store.frozen(
        tx, change.id, title=_title(change, kept, total), state=state, digest=bound, targets_digest=sealed,
        selection=full.selection,
        total=total, counts=counts,
    )  # fmt: skip
    if state in ENDED:
        store.set_state(tx, change.id, state, final=True, failure=failure)
    audit.record(tx, actor, [_entry(change, table, full, bound, stages)])
    if state == "in_review":
        approvals.place(tx, change.id, change.revision, stages)
    told = "change.scheduled" if state == "approved" and change.ahead else "change.submitted"
    told = f"change.{state}" if state in ENDED else told
    outbox.put(tx, told, {"change_id": str(change.id)})
    return Outcome(change.id, state, stages=tuple(stages), failure=failure)


def narrowed(tx: Session, change_id: int, operations: Sequence[Bulk]) -> list[Bulk]:
    """The operations of which there is any row; the others are taken out of the draft."""
    kinds = targets.kinds(tx, change_id)
    kept = [one for one in operations if one.kind in kinds]
    if not kept:
        return list(operations)
    if len(kept) < len(operations):
        tx.execute(_NARROW, {"change_id": change_id, "kinds": kinds})
        tx.execute(_NUMBERED, {"change_id": change_id})
    return kept


def _next(total: int, counts: Mapping[str, int], stages: Sequence[Stage]) -> tuple[str, str | None]:
    if not total:
        return "failed", t("bulk.no_rows")
    if sum(counts.values()) == total:
        return ending(counts)
    return ("in_review" if stages else "approved"), None


def _asked(
    db: Database, operations: Sequence[Bulk], rules: Sequence[ApprovalRule], about: Circumstances,
    keep: Keep | None,
) -> list[Stage]:  # fmt: skip
    """What every rule asks about every row as it stands now, a block at a time; nothing is locked."""
    table, head = operations[0].table, operations[0].head
    assert head is not None
    touched, kinds = frozenset(head.columns), [one.kind for one in operations]
    asked: list[Stage] = acting.stages(table, operations[0].act)
    if not reads(table, kinds, touched, rules, about):
        return asked
    concerned = {
        rule.name
        for rule in (*rules, *approvals.declared_rules(table))
        if any(rule.concerns(kind, table, touched, about) for kind in kinds)
    }
    wanted = sorted(read_columns(table, rules) | set(table.key))
    after = 0
    while True:
        with db.transaction(PATIENT) as tx:
            (keep or _nothing)(tx)
            block = targets.page(tx, head, state="waiting", after=after, limit=BLOCK)
            changes = _proposed(tx, table, block, wanted)
            asked = approvals.merged(
                [*asked, *(s for some in matching_each(tx, table, changes, rules, about) for s in some)]
            )
        # Once every rule that looks here has asked, further rows can ask nobody else.
        if len(block) < BLOCK or concerned <= {name for stage in asked for name in stage.why}:
            return asked
        after = block[-1].position


def _proposed(tx: Session, table: Table, block: Sequence[Target], wanted: Sequence[str]) -> list[Proposed]:
    keyed = [one for one in block if one.parts is not None]
    found = writing.read(
        tx, table, [one.parts or () for one in keyed], full=None, locked=False, columns=wanted
    )
    live = {keyed[place].position: seen.row for place, seen in found.items()}
    changes = []
    for one in block:
        old = live.get(one.position)
        if old is None and one.kind != "create":
            continue  # gone since it was frozen: it will be reported, not written
        after = one.after or {}
        new = None if one.kind == "delete" else {**(old or {}), **after}
        names = frozenset() if one.kind == "delete" else frozenset(after)
        changes.append(Proposed(one.kind, table, old, new, names))
    return changes


def _title(change: store.ChangeSet, operations: Sequence[Bulk], total: int) -> str:
    table = operations[0].table
    made = {kind: title_of(table, kind, None) for kind in ("update", "delete")}
    kind = next((kind for kind, title in made.items() if title == change.title), None)
    return title_of(table, kind, total) if kind else change.title


def _entry(
    change: store.ChangeSet, table: Table, head: Head, bound: str, stages: Sequence[Stage]
) -> audit.Entry:
    facts = {
        "title": change.title,
        "source": change.source,
        "rows": str(head.total),
        "columns": ", ".join(head.columns),
        "list": head.selection.get("list"),
        "digest": bound,
        "asks": ", ".join(f"{stage.needed} × {stage.asked}" for stage in stages),
        "why": "; ".join(name for stage in stages for name in stage.why),
        **store.Terms(change.apply_at).facts,
    }
    return audit.Entry(
        "change.submitted",
        table=(table.schema, table.name),
        oid=str(table.oid),
        change_id=change.id,
        reason=change.reason or None,
        after=head.after or None,
        facts={name: text for name, text in facts.items() if text},
    )


def digest_of(draft: Draft, total: int) -> str:
    """The digest of a change that was written at once, which nobody decided on."""
    columns = dict.fromkeys(sorted(draft.columns))
    after = None if draft.after is None else dict(draft.after)
    body = {"after": after, "columns": columns, "mode": draft.mode, "total": str(total), "v": "1"}
    return hashlib.sha256(canonical(body)).hexdigest()


def _nothing(_tx: Session) -> None:
    """Nobody's lease is to be kept."""

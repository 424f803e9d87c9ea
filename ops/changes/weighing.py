"""What is looked at before a change is written or asks anybody, whether it is new or a further revision of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from ops import approvals
from ops.actor import Actor
from ops.approvals.each import read_columns
from ops.catalog import Catalog
from ops.changes import apply, held_back, operation, sentences, sound, validating, writing
from ops.changes.authorise import sees
from ops.changes.cascades import Start
from ops.changes.errors import Invalid, Rejected, Unfit
from ops.changes.operation import Operation, is_folded
from ops.changes.store import ChangeSet
from ops.changes.values import problems, sendable, too_long
from ops.db import Database
from ops.words import t


class AskedFor(Exception):
    """Written, the row asks somebody whom the proposal did not: everything is undone, and it waits for them."""

    def __init__(self, stages: list[approvals.Stage]) -> None:
        self.stages = stages


def said(*texts: str) -> None:
    """Refuse a title or reason that cannot be kept, or that nobody would read. Raises Invalid."""
    if not all(sendable(text) for text in texts):
        raise Invalid({}, t("door.nul"))
    for text in texts:
        if (wrong := too_long(text)) is not None:
            raise Invalid({}, wrong)


def wanted(operations: Sequence[Operation]) -> list[Operation]:
    """The operations without what stays as it is. Raises Invalid where nothing is left, or a row stands twice."""
    found = operation.changed(operations)
    if not found:
        raise Invalid({}, t("door.general.nothing"))
    _each_row_once(found)
    return found


def _each_row_once(operations: Sequence[Operation]) -> None:
    rows = [(one.table.ref, one.key) for one in operations if one.key is not None]
    if len(set(rows)) < len(rows):
        raise Invalid({}, t("door.general.twice"))


def fit(catalog: Catalog, held: Sequence[apply.Held]) -> None:
    """Refuse values that cannot be stored or that a validator turns away. Raises Invalid, Rejected.

    A row that stands twice is refused here, too: only now that it was read are `~7` and `~07` known to be one.
    """
    _each_row_once([one.operation for one in held])
    for position, one in enumerate(held):
        if wrong := sound.problems(catalog, one.operation, {**(one.before or {}), **one.operation.after}):
            raise Invalid(wrong, position=position)
        kind = one.operation.kind
        linked = one.operation.links
        if kind != "delete" and problems(one.operation.table, kind, one.operation.after, linked):
            raise Rejected(position, Unfit())
    validating.judge(held)


def can_go(tx: Session, catalog: Catalog, actor: Actor, held: Sequence[apply.Held]) -> None:
    """Refuse to ask anybody about a deletion or an edit that other rows forbid, for they refer to what it writes."""
    places = [position for position, one in enumerate(held) if one.operation.kind != "create"]
    some = [held[position] for position in places]
    starts = [Start(one.operation.table, one.before or {}, _moved(one.operation)) for one in some]
    stop = held_back.stopped_by(tx, catalog, starts, [one.operation.after for one in some])
    if stop is not None:
        refused = sentences.used_by(
            starts[stop.position].table, stop.source, lambda table: sees(actor, table)
        )
        refused.position = places[stop.position]
        raise refused


def _moved(one: Operation) -> frozenset[str] | None:
    return None if one.kind == "delete" else one.touched


def about(
    change: ChangeSet, rows: int, roles: frozenset[str], *, revised: bool = False
) -> approvals.Circumstances:
    """How the change comes about, for the rules. `roles`: of those who stand for it; `revised`: at this moment.

    Whatever the first revision came by, a further one is typed into a form: then no rule is let off by how it comes.
    """
    typed = revised or change.revision > 1
    source = None if typed and change.source != "form" else change.source
    return approvals.Circumstances(source, rows, roles)


def in_full(
    tx: Session, held: Sequence[apply.Held], rules: Sequence[approvals.ApprovalRule]
) -> list[apply.Held]:
    """The same with whole texts where a rule reads one that was folded: a digest contains no word."""
    return [_in_full(tx, one, rules) for one in held]


def _in_full(tx: Session, held: apply.Held, rules: Sequence[approvals.ApprovalRule]) -> apply.Held:
    one, before = held.operation, held.before
    if before is None or not any(is_folded(text) for text in before.values()):
        return held
    names = {name for name in read_columns(one.table, rules) if is_folded(before[name])} - one.touched
    found = writing.read(tx, one.table, one.parts, full=names, locked=False) if names else None
    return held if found is None else replace(held, before={**before, **{n: found.row[n] for n in names}})


def readable(
    tx: Session, held: list[apply.Held], rules: list[approvals.ApprovalRule], *, waits: bool
) -> list[apply.Held]:
    """The same, where a rule looks or it waits anyhow: with values as PostgreSQL writes them.

    Only values it can read may be judged by a rule, or wait for a person or a time.
    """
    held = in_full(tx, held, rules)
    if not waits and not approvals.concerned([one.proposed for one in held], rules):
        return held
    found = []
    for position, one in enumerate(held):
        after = sentences.as_written(tx, one.operation.table, one.operation.after)
        if after is None:
            raise Rejected(position, Unfit())
        found.append(replace(one, operation=replace(one.operation, after=after)))
    return found


def explained(
    db: Database, catalog: Catalog, actor: Actor, operations: Sequence[Operation], error: Exception
) -> Exception:
    """What a person is told about an error of the database in one of the operations; others stay as they are."""
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

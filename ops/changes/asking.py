"""Whom a change would ask, before it is sent: from its values and the rows as they are now; nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from ops import approvals
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import sentences, writing
from ops.changes.authorise import authorise
from ops.changes.operation import Operation
from ops.changes.sight import in_sight
from ops.changes.values import problems


def asks(
    tx: Session, catalog: Catalog, actor: Actor, operations: Sequence[Operation]
) -> list[approvals.Stage]:
    """Whom saving this would ask, told before it is sent; nothing is locked or kept.

    Values that cannot be read yet ask nobody here: saving will say what is wrong with them. `catalog` is the
    one the operations were made from.
    """
    changes = []
    for one, seen in zip(operations, authorise(actor, operations), strict=True):
        old = None if one.kind == "create" or not in_sight(tx, seen, one) else _now(tx, one)
        new = None if one.kind == "delete" else {**(old or {}), **one.after}
        changes.append(approvals.Proposed(one.kind, one.table, old, new, one.touched))
        if one.kind != "delete" and (
            problems(one.table, one.kind, one.after, one.links)
            or sentences.as_written(tx, one.table, one.after) is None
        ):
            return []
    about = approvals.Circumstances(rows=len(changes), roles=actor.roles)
    asked = approvals.matching(tx, changes, None, about)
    return approvals.merged([*asked, *(declared(operations) if operations else ())])


def _now(tx: Session, one: Operation) -> writing.Row | None:
    seen = writing.read(tx, one.table, one.parts, full=None, locked=False)
    return None if seen is None else seen.row


def declared(wanted: Sequence[Operation]) -> list[approvals.Stage]:
    """Whom an action asks each time by its own declaration, as it is today."""
    act = wanted[0].act
    if act is None:
        return []
    action = wanted[0].table.resource.actions.get(act.name)
    return (act if action is None else replace(act, asks=action.asks)).stages

"""Undo: a new change whose rows get back what stood there, where what was written still stands.

It goes through the door like any other: with the rights of who asks for it, past the rules, with a result per row.
"""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_urlsafe
from uuid import UUID

from ops.actor import Actor
from ops.catalog import Catalog, Table
from ops.changes import claiming, heads, holding, refusals, store
from ops.changes.authorise import authorise
from ops.changes.bulk import store as bulk_store
from ops.changes.bulk.steering import Ring
from ops.changes.bulk.store import Draft
from ops.changes.errors import Stale
from ops.changes.heads import Bulk, Head
from ops.changes.operation import Operation, Outcome, reference
from ops.changes.sight import in_sight
from ops.db import Database
from ops.policy import Forbidden, NotVisible, view
from ops.words import t

INVERSE = {"create": "delete", "update": "update", "delete": "create"}


def undo(
    db: Database, catalog: Catalog, actor: Actor, change_id: int, *, reason: str = "", token: str | None = None,
    ring: Ring | None = None,
) -> Outcome:  # fmt: skip
    """Propose the inverse of a finished change of many rows, for each row that it wrote.

    The outcome is a `draft` that a worker submits and applies. Raises Stale (nothing of it was written, or it is
    under way still), Forbidden (not the person's to write, or of deleted rows not all was seen), NotVisible.
    """
    token = token or token_urlsafe(16)
    with refusals.recorded(db, actor, "change.submitted", change_id=change_id):
        outcome, work_id = refusals.retried(lambda: _undo(db, catalog, actor, change_id, reason, token))
    if ring is not None and work_id is not None:
        ring(work_id)
    return outcome


def undoable(head: Head | None, state: str) -> bool:
    """Whether there is anything to be put back."""
    return head is not None and state == "applied" and head.counts["applied"] > 0


def _undo(
    db: Database, catalog: Catalog, actor: Actor, change_id: int, reason: str, token: str
) -> tuple[Outcome, UUID | None]:
    with db.transaction() as tx:
        if actor.person_id is None:
            raise Forbidden(t("door.refused.nobody"))
        first = claiming.first(tx, actor, token)
        if not first.new and first.change_id is not None:
            return store.outcome(tx, first.change_id, repeated=True), None
        held = holding.held(tx, catalog, actor, change_id)
        actor, matter, change = held.actor, held.matter, held.matter.change
        operations = [one for one in matter.operations if isinstance(one, Bulk)]
        head = operations[0].head if operations else None
        if head is None or not undoable(head, change.state):
            raise Stale(t("bulk.nothing_to_undo"), change.state)
        table = operations[0].table
        # An undo is one's own change, whose rows one is shown: they must be in sight to begin with (P14).
        if change.proposer_id != actor.person_id and not in_sight(tx, view(actor, table), operations[0]):
            raise NotVisible(reference(change_id))
        inverse = _allowed(actor, table, operations, head)
        made = Draft(
            table=table, kinds=tuple(one.kind for one in inverse), columns=head.columns, after=None, mode="chunks",
            selection={"undo": reference(change_id)}, title=t("bulk.title.undo", ref=reference(change_id)),
            reason=reason, source="undo", undo_of=change_id,
        )  # fmt: skip
        undo_id = bulk_store.draft(tx, actor, token, made)
        return Outcome(undo_id, "draft"), heads.launch(tx, undo_id, ring=False)


def _allowed(actor: Actor, table: Table, operations: Sequence[Bulk], head: Head) -> list[Operation]:
    """The inverse operations, if they are the person's to do. Raises Forbidden, NotVisible."""
    inverse = []
    for one in operations:
        kind = INVERSE[one.kind]
        names = [name for name in head.columns if kind == "update" or not table.columns[name].computed]
        after = {} if kind == "delete" else dict.fromkeys(names)
        inverse.append(Operation(kind, table, None, {}, after))  # type: ignore[arg-type]  # - of INVERSE
        if kind == "create" and set(table.columns) - set(head.columns):
            raise Forbidden(t("bulk.not_all_seen"))
    authorise(actor, inverse, form=False)
    view(actor, table)
    return inverse

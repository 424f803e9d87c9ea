"""The first half of the worker's part: freeze the rows of a draft, a piece a transaction, and submit it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ops import audit, identity, outbox, work
from ops.actor import Actor
from ops.catalog import Catalog, Table
from ops.changes import store
from ops.changes.bulk import freeze
from ops.changes.bulk.submitting import PATIENT, submit
from ops.changes.bulk.wish import Listed, Ticked, parts_of
from ops.changes.errors import Invalid
from ops.changes.heads import Bulk
from ops.changes.states import walk
from ops.db import Database
from ops.policy import Forbidden, NotVisible, view
from ops.records import QueryError
from ops.words import t
from ops.work import Claim


@dataclass(frozen=True)
class _Draft:
    change: store.ChangeSet
    one: Bulk
    actor: Actor

    @property
    def selection(self) -> Ticked | Listed | None:
        """How the rows are chosen; None where a room fills the targets itself."""
        told = self.one.head.selection if self.one.head else {}
        if "rows" in told:
            return Ticked(tuple(told["rows"]))
        return Listed(str(told["list"])) if "list" in told else None


def frozen(
    db: Database, catalog: Catalog, claim: Claim, change_id: int, stop: Callable[[], bool] = lambda: False
) -> None:
    """Freeze and submit the change if it is still a draft; anything else is left as it is.

    Asked to `stop` it comes back before all rows are frozen: the change is then a draft still.
    """

    def keep(tx: Session) -> None:
        work.keep(tx, claim)

    more, actor = True, None
    while more:
        if stop():
            return
        try:
            with db.transaction(PATIENT) as tx:
                work.keep(tx, claim)
                draft = _draft(tx, catalog, change_id)
                if draft is None:
                    return
                more, actor = _piece(tx, catalog, draft), draft.actor
        except (Invalid, Forbidden, NotVisible, identity.Disabled, QueryError) as error:
            _fail(db, claim, catalog, change_id, error)
            return
    if actor is None:
        return
    try:
        submit(db, catalog, actor, change_id, keep=keep, work=False)
    except (Invalid, Forbidden, NotVisible, identity.Disabled) as error:
        _fail(db, claim, catalog, change_id, error)


def _draft(tx: Session, catalog: Catalog, change_id: int) -> _Draft | None:
    change = store.find(tx, change_id, locked=True)
    if change is None or change.state != "draft":
        return None
    operations = store.operations_of(tx, catalog, change_id)
    one = operations[0]
    if not isinstance(one, Bulk):
        return None
    actor = identity.actor_for(tx, change.stands_for, source="worker", request_id=f"CH-{change_id}")
    return _Draft(change, one, actor)


def _piece(tx: Session, catalog: Catalog, draft: _Draft) -> bool:
    one, selection = draft.one, draft.selection
    head = one.head
    if head is not None and head.undo_of is not None:
        return freeze.piece_of_undo(tx, head, one.table)
    if selection is None or head is None:
        return False
    seen = view(draft.actor, one.table, catalog)
    spec: dict[str, Any] | None = head.selection.get("each")
    if spec is not None:
        more = freeze.piece_of_each(tx, head.change_id, seen, selection, spec)
    else:
        more = freeze.piece(tx, head.change_id, seen, one.kind, selection, head.columns, head.after)
    if not more and isinstance(selection, Ticked):
        freeze.missing(tx, head.change_id, one.table, parts_of(one.table, selection.keys))
    return more


def _said(error: Exception) -> str:
    return error.said if isinstance(error, Invalid) else str(error)


def _fail(db: Database, claim: Claim, catalog: Catalog, change_id: int, error: Exception) -> None:
    """The rows cannot be chosen (any more): nothing was asked of anybody, and the draft says why."""
    with db.transaction() as tx:
        work.keep(tx, claim)
        change = store.found(tx, change_id, locked=True)
        lost = isinstance(error, Forbidden | NotVisible | identity.Disabled)
        text = t("door.failure.proposer", name=change.proposer) if lost else _said(error)
        walk("draft", "submitted", "approved", "failed")
        store.set_state(tx, change_id, "failed", final=True, failure=text)
        table: Table = store.operations_of(tx, catalog, change_id)[0].table
        entry = audit.Entry(
            "change.failed",
            "failed",
            table=(table.schema, table.name),
            change_id=change_id,
            facts={"why": text},
        )
        audit.record(tx, Actor(change.proposer_id, change.proposer, source="worker"), [entry])
        outbox.put(tx, "change.failed", {"change_id": str(change_id)})

"""Undo: a new change with the inverse of one that was applied, offered where what it left still stands.

It passes the door like any other: with the rights of who asks for it, compared with the rows, past the rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog, key_text
from ops.changes import refusals, store, writing
from ops.changes.authorise import authorise, in_full, sight
from ops.changes.cascades import ways
from ops.changes.deciding import shown_columns
from ops.changes.errors import Conflict, Invalid, Stale
from ops.changes.heads import Bulk
from ops.changes.known import known
from ops.changes.operation import Operation, Outcome, fold, reference
from ops.changes.propose import propose
from ops.changes.sight import in_sight
from ops.changes.states import NOT_WRITTEN_SQL
from ops.changes.store import ChangeSet
from ops.db import Database
from ops.policy import Forbidden, NotVisible, View
from ops.words import t

_RESULTS = sa.text("SELECT row_key, result FROM ops.operation WHERE change_id = :id ORDER BY position")
_BY = sa.text(
    "SELECT id FROM ops.change_set WHERE undo_of = :id "
    f"AND state NOT IN {NOT_WRITTEN_SQL} ORDER BY id DESC LIMIT 1"
)
_SENT = sa.text(
    "SELECT change_id FROM ops.form_token WHERE person_id = :person_id AND token = :token AND change_id IS NOT NULL"
)
_SHA = "sha256:"


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing a change would do: its operations, or why it cannot be done, in words.

    `by`: the change that undoes it already. `also`: what undoing does not bring back.
    """

    change: ChangeSet
    operations: tuple[Operation, ...] = ()
    why_not: str | None = None
    by: int | None = None
    also: tuple[str, ...] = ()


def undo(
    db: Database,
    catalog: Catalog,
    actor: Actor,
    change_id: int,
    *,
    reason: str = "",
    token: str | None = None,
) -> Outcome:
    """Propose the inverse of an applied change of single rows, as one change.

    Raises Stale (it was not applied, is undone already, or what it left does not stand any more), Forbidden (not the
    person's to write, or of a deleted row not all was seen), NotVisible, and what `propose` raises.
    """
    with refusals.recorded(db, actor, "change.submitted", change_id=change_id):
        with db.reading() as tx:
            repeated = _sent(tx, actor, token)
            found = (
                Undoing(store.found(tx, change_id)) if repeated else undoing(tx, catalog, actor, change_id)
            )
        if found.why_not is not None:
            raise Stale(found.why_not, found.change.state)
    operations = found.operations
    if repeated is not None:
        with db.reading() as tx:
            return store.outcome(tx, repeated, repeated=True)
    try:
        return propose(
            db, catalog, actor, operations, title=t("door.title.undo", ref=reference(change_id)), reason=reason,
            source="undo", token=token, undo_of=change_id,
        )  # fmt: skip
    except Conflict as error:
        raise Stale(t("door.undo.moved"), found.change.state) from error


def undoing(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> Undoing:
    """What undoing the change would do now, in the person's eyes. Raises NotVisible."""
    change, operations, views = known(tx, catalog, actor, change_id)
    mine = change.proposer_id == actor.person_id
    if not mine and not all(_knows(tx, *pair) for pair in zip(views, operations, strict=True)):
        raise NotVisible(reference(change_id))
    by = tx.scalar(_BY, {"id": change_id})
    if (why := _never(change, operations, by)) is not None:
        return Undoing(change, why_not=why, by=by)
    found = _inverted(tx, actor, change, views, operations)
    return replace(found, also=_also(catalog, operations)) if found.operations else found


def _knows(tx: Session, seen: View, one: Operation) -> bool:
    return in_sight(tx, seen, one if one.key is not None or one.made is None else _of_key(one))


def _of_key(one: Operation) -> Operation:
    return Operation("update", one.table, one.made)


def _never(change: ChangeSet, operations: Sequence[Operation], by: int | None) -> str | None:
    if change.state != "applied":
        return t("door.undo.not_applied")
    if by is not None:
        return t("door.undo.by", ref=reference(by))
    if any(isinstance(one, Bulk) for one in operations):
        return t("door.undo.many")
    return t("door.undo.rights") if any(one.table.house for one in operations) else None


def _inverted(
    tx: Session, actor: Actor, change: ChangeSet, views: Sequence[View], operations: Sequence[Operation]
) -> Undoing:
    results = tx.execute(_RESULTS, {"id": change.id}).all()
    inverse: list[Operation] = []
    # Backwards: what was made last goes first, as an order's lines before the order.
    for seen, one, left in reversed(list(zip(views, operations, results, strict=True))):
        if not in_full(seen, shown_columns(one)):
            return Undoing(change, why_not=t("door.undo.unseen"))
        made = _inverse(seen, one, left)
        if isinstance(made, str):
            return Undoing(change, why_not=made)
        inverse += [made] if made is not None else []
    if not inverse:
        return Undoing(change, why_not=t("door.undo.nothing"))
    try:
        authorise(actor, inverse)
        _stands(tx, actor, inverse)
    except (Forbidden, NotVisible) as error:
        return Undoing(change, why_not=str(error))
    except (Conflict, Invalid):
        return Undoing(change, why_not=t("door.undo.moved"))
    return Undoing(change, tuple(inverse))


def _inverse(seen: View, one: Operation, left: Any) -> Operation | str | None:
    """What puts the operation's row back; a sentence where nothing can, None where there is nothing to do."""
    result: Mapping[str, str | None] = left.result or {}
    if one.kind == "create":
        known = {column.column.name for column in seen.columns if not column.masked}
        base = {name: text for name, text in result.items() if name in known}
        return Operation("delete", one.table, one.made, base)
    if one.kind == "delete":
        names = [
            name for name, column in one.table.columns.items() if not column.computed and not column.generated
        ]
        # A key that only the database gives cannot be given back.
        if not set(names) <= set(one.base) or not set(one.table.key) <= set(names):
            return t("door.undo.not_all_seen")
        return _whole(Operation("create", one.table, after={name: one.base[name] for name in names}))
    # A column that came out as it was (a trigger put it back) is not in the result.
    touched = {name: result[name] for name in one.touched if name in result}
    after = {name: one.base.get(name) for name in touched}
    key = key_text(left.row_key) if left.row_key else one.key
    return _whole(Operation("update", one.table, key, touched, after)) if touched else None


def _whole(one: Operation) -> Operation | str:
    """The operation, or a sentence where a long text of it was kept by its digest alone."""
    lost = any(text is not None and text.startswith(_SHA) and len(text) == 71 for text in one.after.values())
    return t("door.undo.long") if lost else one


def _stands(tx: Session, actor: Actor, inverse: Sequence[Operation]) -> None:
    """Whether what the change left still stands. Raises Conflict."""
    for one in inverse:
        if one.kind == "create":
            continue  # whether its place is free is the database's to say
        found = writing.read(tx, one.table, one.parts, full=(), locked=False, sight=sight(actor, one))
        if found is None or not found.in_sight:
            raise Conflict([], row_gone=True, kind=one.kind)
        if any(fold(text) != fold(found.row[name]) for name, text in one.base.items()):
            raise Conflict([], kind=one.kind)


def _also(catalog: Catalog, operations: Sequence[Operation]) -> tuple[str, ...]:
    """What is not taken back: rows that foreign keys wrote, but for those that follow what they refer to."""
    told = []
    if any(one.kind == "delete" and one.table.referenced_by for one in operations):
        told.append(t("door.undo.also_rows"))
    edits = [one for one in operations if one.kind == "update"]
    if any(effect != "update" for one in edits for _, effect, _ in ways(catalog, one.table, one.touched)):
        told.append(t("door.undo.also_lost"))
    if any(one.act is not None and one.act.messages for one in operations):
        told.append(t("door.undo.also_told"))
    return tuple(told)


def _sent(tx: Session, actor: Actor, token: str | None) -> int | None:
    """What this very form led to before."""
    if token is None:
        return None
    found: int | None = tx.scalar(_SENT, {"person_id": actor.person_id, "token": token})
    return found

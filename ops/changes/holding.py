"""A change set held for a decision: locked, and all that is read of it then, in one round trip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from ops import direct, identity
from ops.actor import Actor
from ops.approvals import Decision, placed
from ops.catalog import Catalog, UnknownTable
from ops.changes import heads, operation
from ops.changes.deciding import Matter, views_of
from ops.changes.operation import Operation
from ops.changes.store import ChangeSet, operation_from
from ops.policy import NotVisible

_HOLD = "SELECT * FROM ops.hold_change(%(id)s, %(person_id)s, %(known)s)"
_TIMES = ("created_at", "submitted_at", "finished_at", "apply_at", "expires_at")
_AS_THEY_ARE = (
    "id", "title", "reason", "source", "state", "revision", "digest", "proposer_id", "proposer", "failure", "heir_id",
    "editor_id", "editor", "undo_of", "ahead", "late",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """A change set that nobody else changes until the transaction ends.

    `actor()` is who decides, with today's rights; it raises Disabled. `matter` is for that actor; it raises NotVisible
    where there is no such change, or a table of it is not there for them.
    """

    actor: Callable[[], Actor]
    matter: Callable[[Actor], Matter]


def held(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> Held:
    """Lock the change set and read it, its operations, stages, decisions and makers as they are then (P30).

    Rights that this transaction read when it began are not read again within its first second (P16).
    """
    known = identity.known_in(tx, actor.person_id)
    values = {"id": change_id, "person_id": actor.person_id, "known": known is not None}
    row = direct.one(tx, _HOLD, values)
    return Held(lambda: _who(tx, actor, row, known), lambda who: _matter(tx, catalog, who, row, change_id))


def _who(tx: Session, actor: Actor, row: Any, known: Any) -> Actor:
    if actor.person_id is None:
        return actor
    person = known
    if row.looked:
        person = None if row.person is None else SimpleNamespace(**row.person)
    return identity.actor_now(tx, person, actor)


def _matter(tx: Session, catalog: Catalog, actor: Actor, row: Any, change_id: int) -> Matter:
    if row.change is None:
        raise NotVisible(operation.reference(change_id))
    try:
        operations = _operations(tx, catalog, [SimpleNamespace(**one) for one in row.operations or ()])
    except UnknownTable as error:
        raise NotVisible(operation.reference(change_id)) from error
    views_of(actor, operations)
    change = _change(row.change)
    stages = [placed(one) for one in row.stages or ()]
    said = [_decision(one) for one in row.decisions or ()]
    return Matter(change, operations, stages, said, frozenset(row.makers))


def _operations(tx: Session, catalog: Catalog, rows: Sequence[Any]) -> list[Operation]:
    of_many = heads.heads(tx, [rows[0].change_id]) if any(one.bulk for one in rows) else {}
    return [operation_from(catalog, one, of_many) for one in rows]


def _change(row: Mapping[str, Any]) -> ChangeSet:
    told: dict[str, Any] = {name: row[name] for name in _AS_THEY_ARE}
    told |= {name: datetime.fromisoformat(row[name]) if row[name] else None for name in _TIMES}
    return ChangeSet(**told)


def _decision(row: Mapping[str, Any]) -> Decision:
    return Decision(
        row["revision"], row["position"], row["person_id"], row["person"], row["verdict"], row["comment"],
        datetime.fromisoformat(row["decided_at"]), row["on_behalf_of"], row["for_name"],
    )  # fmt: skip

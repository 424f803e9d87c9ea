"""A change set held: locked, and all that is read of it then, in one round trip. The one way to move it on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from ops import direct, identity
from ops.actor import Actor
from ops.approvals import ApprovalRule, Decision, placed, rules_from_json
from ops.catalog import Catalog, UnknownTable
from ops.changes import heads, operation, refusals, store
from ops.changes.deciding import Matter, views_of
from ops.changes.operation import Operation, Outcome
from ops.changes.store import ChangeSet, operation_from
from ops.db import Database
from ops.policy import NotVisible

_READ = "SELECT * FROM ops.matter_of(%(id)s)"
_HOLD = "SELECT * FROM ops.hold_change(%(id)s, %(person_id)s, %(known)s, %(token)s, %(lands)s)"
_TIMES = ("created_at", "submitted_at", "finished_at", "apply_at", "expires_at")
_AS_THEY_ARE = (
    "id", "title", "reason", "source", "state", "revision", "digest", "proposer_id", "proposer", "failure", "heir_id",
    "editor_id", "editor", "undo_of", "ahead", "late",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """A change set that nobody else changes until the transaction ends.

    `actor` is who acts, with today's rights; `matter` is what it is about. `rules`: those that count under the lock;
    none where nothing is to be applied.
    """

    actor: Actor
    matter: Matter
    rules: list[ApprovalRule]


def once(
    db: Database, catalog: Catalog, actor: Actor, change_id: int, work: Callable[[Session, Held], Outcome], *,
    token: str | None, lands: bool = True,
) -> Outcome:  # fmt: skip
    """Do `work` to the change set while it is held, in one transaction, and once for each form: all of it again after
    a deadlock and where roles or rules changed meanwhile, and a form that led here before is told what became of it.

    `work` links the token. With `lands` it may apply the change: what that needs is read at once. Raises what `held`
    and `work` raise.
    """
    token = token if actor.person_id is not None else None

    def attempt() -> Outcome:
        with db.transaction() as tx:
            found = _held(tx, catalog, actor, change_id, token, lands=lands)
            return store.outcome(tx, change_id, repeated=True) if found is None else work(tx, found)

    return refusals.retried(attempt)


def held(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> Held:
    """Lock the change set and read it, its operations, stages, decisions and makers as they are then (P30).

    Rights that this transaction read when it began are not read again within its first second (P16). Raises
    Disabled, and NotVisible where there is no such change or a table of it is not there for the person.
    """
    found = _held(tx, catalog, actor, change_id, None, lands=False)
    assert found is not None  # without a form nothing was sent before
    return found


def matter_of(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> Matter:
    """The same without holding it: what the change is about, if every table of it exists for the person.

    Raises NotVisible.
    """
    return _matter(tx, catalog, actor, direct.one(tx, _READ, {"id": change_id}), change_id)


def _held(
    tx: Session, catalog: Catalog, actor: Actor, change_id: int, token: str | None, *, lands: bool
) -> Held | None:
    known = identity.known_in(tx, actor.person_id)
    values = {
        "id": change_id, "person_id": actor.person_id, "known": known is not None, "token": token, "lands": lands,
    }  # fmt: skip
    row = direct.one(tx, _HOLD, values)
    if row.sent:
        return None
    if actor.person_id is not None:
        person = known
        if row.looked:
            person = None if row.person is None else SimpleNamespace(**row.person)
        actor = identity.actor_now(tx, person, actor)
    people = {one["id"]: SimpleNamespace(**one) for one in row.people or ()}
    matter = replace(_matter(tx, catalog, actor, row, change_id, people, row.shapes), standing=row.standing)
    return Held(actor, matter, rules_from_json(row.rules or []))


def _matter(
    tx: Session, catalog: Catalog, actor: Actor, row: Any, change_id: int,
    people: Mapping[int, Any] | None = None, shapes: Sequence[Mapping[str, Any]] | None = None,
) -> Matter:  # fmt: skip
    if row.change is None:
        raise NotVisible(operation.reference(change_id))
    try:
        operations = _operations(tx, catalog, [SimpleNamespace(**one) for one in row.operations or ()])
    except UnknownTable as error:
        raise NotVisible(operation.reference(change_id)) from error
    views_of(actor, operations)
    stages = [placed(one) for one in row.stages or ()]
    said = [_decision(one) for one in row.decisions or ()]
    return Matter(_change(row.change), operations, stages, said, frozenset(row.makers), people or {}, shapes)


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
        datetime.fromisoformat(row["decided_at"]), row["digest"], row["on_behalf_of"], row["for_name"],
    )  # fmt: skip

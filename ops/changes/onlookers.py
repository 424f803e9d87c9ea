"""Who may know of a change at all, for what is done beside deciding it: talking about it, hanging files on it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog, UnknownTable
from ops.changes import store
from ops.changes.authorise import in_full
from ops.changes.deciding import Matter, shown_columns, views_of
from ops.changes.holding import matter_of
from ops.changes.operation import Operation, reference
from ops.changes.sight import in_sight
from ops.changes.store import ChangeSet
from ops.policy import NotVisible, Permission, may

SECONDS = 1.5  # that may go into asking who of many people may know of one change
_SIDE = sa.text("SELECT side FROM ops.change_party WHERE change_id = :id AND person_id = :person_id")


@dataclass(frozen=True, slots=True)
class Onlooker:
    """A person before a change they may know of. `side`: maker or decider; `whole`: they see all of it unmasked."""

    matter: Matter
    side: str | None
    whole: bool


def onlooker(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> Onlooker:
    """How the person stands to the change, by the measure of its page. Raises NotVisible."""
    if not may(actor, Permission.CHANGES_READ):
        raise NotVisible(reference(change_id))
    matter = matter_of(tx, catalog, actor, change_id)
    there = _there(tx, catalog, actor, matter.operations)
    if not there and not _mine(actor, matter.change):
        raise NotVisible(reference(change_id))
    views = views_of(actor, matter.operations, catalog)
    full = all(in_full(seen, shown_columns(one)) for seen, one in zip(views, matter.operations, strict=True))
    side = tx.scalar(_SIDE, {"id": change_id, "person_id": actor.person_id})
    return Onlooker(matter, side, there and full)


def knowing(tx: Session, catalog: Catalog, change_id: int, people: Sequence[Actor]) -> list[Actor]:
    """Those of the people who may open the change's page; its rows are looked at where a row condition holds alone.

    Of very many rows that takes long for each: whoever could not be asked about in time is not among them (P24).
    """
    change = store.find(tx, change_id) if people else None
    if change is None:
        return []
    try:
        operations = store.operations_of(tx, catalog, change_id)
    except UnknownTable:
        return []
    until = time.monotonic() + SECONDS
    return [
        one for one in people if time.monotonic() < until and _knows(tx, catalog, one, change, operations)
    ]


def _knows(
    tx: Session, catalog: Catalog, actor: Actor, change: ChangeSet, operations: Sequence[Operation]
) -> bool:
    if not may(actor, Permission.CHANGES_READ):
        return False
    try:
        return _there(tx, catalog, actor, operations) or _mine(actor, change)
    except NotVisible:
        return False


def _there(tx: Session, catalog: Catalog, actor: Actor, operations: Sequence[Operation]) -> bool:
    views = views_of(actor, operations, catalog)
    return all(in_sight(tx, seen, one) for seen, one in zip(views, operations, strict=True))


def _mine(actor: Actor, change: ChangeSet) -> bool:
    return actor.person_id is not None and change.proposer_id == actor.person_id

"""Who may know of a change at all, for what is done beside deciding it: talking about it, hanging files on it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import store
from ops.changes.authorise import in_full
from ops.changes.deciding import Matter, shown_columns, views_of
from ops.changes.operation import reference
from ops.changes.settling import matter_of
from ops.changes.sight import in_sight
from ops.policy import NotVisible, Permission, may

_SIDE = sa.text("SELECT side FROM ops.change_party WHERE change_id = :id AND person_id = :person_id")


@dataclass(frozen=True, slots=True)
class Onlooker:
    """A person before a change they may know of. `side`: maker or decider; `whole`: they see all of it unmasked."""

    matter: Matter
    side: str | None
    whole: bool


def onlooker(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> Onlooker:
    """How the person stands to the change, by the measure of its page. Raises NotVisible."""
    change = store.find(tx, change_id)
    if change is None or not may(actor, Permission.CHANGES_READ):
        raise NotVisible(reference(change_id))
    matter = matter_of(tx, catalog, actor, change)
    views = views_of(actor, matter.operations, catalog)
    mine = actor.person_id is not None and change.proposer_id == actor.person_id
    there = all(in_sight(tx, seen, one) for seen, one in zip(views, matter.operations, strict=True))
    if not mine and not there:
        raise NotVisible(reference(change_id))
    full = all(in_full(seen, shown_columns(one)) for seen, one in zip(views, matter.operations, strict=True))
    side = tx.scalar(_SIDE, {"id": change_id, "person_id": actor.person_id})
    return Onlooker(matter, side, there and full)


def knows(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> bool:
    """Whether the person may open the change's page."""
    try:
        onlooker(tx, catalog, actor, change_id)
    except NotVisible:
        return False
    return True

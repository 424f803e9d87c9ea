"""A person asks for another rehearsal of a change that waits: because rows were busy, or moved, since the last one."""

from __future__ import annotations

from uuid import UUID

from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes.errors import Stale
from ops.changes.rehearsing import store
from ops.changes.rehearsing.showing import concerned
from ops.changes.show import show
from ops.db import Database
from ops.policy import Forbidden
from ops.words import t


def again(db: Database, catalog: Catalog, actor: Actor, change_id: int) -> UUID | None:
    """Leave work for it and return its id, for the caller to ring with; None where one is under way already.

    Raises NotVisible, Forbidden (it is not theirs to propose or to decide), Stale (it waits no more).
    """
    with db.transaction() as tx:
        seen = show(tx, catalog, actor, change_id)
        if not concerned(actor, seen):
            raise Forbidden(t("rehearsal.not_yours"))
        change = seen.change
        if change.state != "in_review" and not (change.state == "approved" and change.apply_at is not None):
            raise Stale(t("rehearsal.over"), change.state)
        assert actor.person_id is not None
        return store.ask(tx, change_id, actor.person_id)

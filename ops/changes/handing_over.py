"""Open changes of somebody who leaves: an heir becomes a further maker and stands for them; makers stay makers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit
from ops.actor import Actor
from ops.changes.operation import reference
from ops.changes.states import INHERITED
from ops.identity.belongings import Belonging, Handover

_THEIRS = """
    SELECT c.id, c.title, EXISTS (
        SELECT FROM ops.change_party y WHERE y.change_id = c.id AND y.person_id = :heir AND y.side = 'decider'
    ) AS decided
    FROM ops.change_set c
    WHERE COALESCE(c.heir_id, c.proposer_id) = :person AND (c.proposer_id = :person OR c.heir_id = :person)
    AND c.state = ANY(CAST(:states AS text[])) ORDER BY c.id
"""
_FIND = sa.text(_THEIRS)
# Whoever decides holds the change set, too: somebody becomes its maker or its decider, never both.
_HOLD = sa.text(
    f"SELECT c.id FROM ops.change_set c WHERE c.id IN (SELECT id FROM ({_THEIRS}) t) ORDER BY c.id FOR UPDATE"
)
_JOIN = sa.text(
    "INSERT INTO ops.change_party (change_id, person_id, side, how) "
    "SELECT id, :heir, 'maker', 'heir' FROM unnest(CAST(:changes AS bigint[])) AS id "
    "ON CONFLICT (change_id, person_id) DO NOTHING"
)
_STAND = sa.text("UPDATE ops.change_set SET heir_id = :heir WHERE id = ANY(CAST(:changes AS bigint[]))")


def find(tx: Session, person_id: int, heir_id: int | None) -> list[Belonging]:
    """The changes the person asked for, or stands for, that can still be withdrawn."""
    return [_belonging(row, heir_id) for row in tx.execute(_FIND, _values(person_id, heir_id))]


def give(tx: Session, actor: Actor, person_id: int, heir_id: int | None) -> list[Belonging]:
    """Make the heir a further maker of each, who may withdraw it and whose rights count when it is applied.

    Without an heir they wait as they are: they fail when they are applied, for nobody stands for them.
    """
    values = _values(person_id, heir_id)
    tx.execute(_HOLD, values)
    rows = tx.execute(_FIND, values).all()
    found = [_belonging(row, heir_id) for row in rows]
    going = [row.id for row, one in zip(rows, found, strict=True) if one.fate == "goes"]
    if going:
        tx.execute(_JOIN, {"heir": heir_id, "changes": going})
        tx.execute(_STAND, {"heir": heir_id, "changes": going})
        facts = {"from": str(person_id), "to": str(heir_id)}
        audit.record(
            tx, actor, [audit.Entry("change.handed_over", change_id=one, facts=facts) for one in going]
        )
    return found


def _values(person_id: int, heir_id: int | None) -> dict[str, Any]:
    return {"person": person_id, "heir": heir_id, "states": sorted(INHERITED)}


def _belonging(row: Any, heir_id: int | None) -> Belonging:
    name = reference(row.id)
    obstacle = "decided" if row.decided else None
    fate = "stays" if heir_id is None or obstacle else "goes"
    return Belonging("change", name, f"/changes/{name}", fate, row.title, obstacle)


HANDOVER = Handover("change", find, give)

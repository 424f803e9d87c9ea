"""Whom a change waits for at this moment: those who may sit in the stage whose turn it is, and see its tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import identity
from ops.actor import Actor
from ops.catalog import Catalog, Table, UnknownTable
from ops.policy import NotVisible, view


@dataclass(frozen=True, slots=True)
class Awaited:
    """Somebody whose say is waited for; `for_name`: whose seat it is, where it is lent to them."""

    person_id: int
    for_name: str | None


# No maker, nobody who has had their say on this revision, and nobody's seat twice; one's own seat before a lent one.
_AWAITED = """
    SELECT DISTINCT ON (e.person_id) e.person_id, f.name AS for_name
    FROM ops.change_set c
    CROSS JOIN LATERAL (
        SELECT s.position, s.opened_at FROM ops.stage s
        WHERE s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL ORDER BY s.position LIMIT 1
    ) turn
    JOIN ops.seat e ON e.change_id = c.id AND e.revision = c.revision AND e.position = turn.position
    LEFT JOIN ops.person f ON f.id = e.on_behalf_of
    WHERE c.id = :change_id AND c.state = 'in_review'
      AND NOT EXISTS (SELECT FROM ops.change_party y WHERE y.change_id = c.id AND y.side = 'maker'
                      AND y.person_id IN (e.person_id, e.on_behalf_of))
      AND NOT EXISTS (SELECT FROM ops.decision d WHERE d.change_id = c.id AND d.revision = c.revision
                      AND (e.person_id IN (d.person_id, d.on_behalf_of)
                           OR e.on_behalf_of IN (d.person_id, d.on_behalf_of)))
      {further}
    ORDER BY e.person_id, e.on_behalf_of NULLS FIRST
"""
_ALL = sa.text(_AWAITED.format(further=""))
# Asked once in a turn: the next yes of three brings nobody the same question again.
_NEW = sa.text(
    _AWAITED.format(
        further="AND NOT EXISTS (SELECT FROM ops.notice n WHERE n.person_id = e.person_id "
        "AND n.change_id = c.id AND n.kind = 'asks' AND n.created_at >= coalesce(turn.opened_at, c.submitted_at))"
    )
)
_PEOPLE = sa.text("SELECT * FROM ops.person_now WHERE id = ANY(CAST(:people AS bigint[]))")
_TABLES = sa.text("SELECT DISTINCT schema_name, table_name FROM ops.operation WHERE change_id = :change_id")
# Whom it waited for and does not any more has nothing left to read.
_OVER = sa.text(
    """
    UPDATE ops.notice SET read_at = now()
    WHERE change_id = :change_id AND read_at IS NULL AND kind IN ('asks', 'reminders')
      AND NOT person_id = ANY(CAST(:awaited AS bigint[]))
    """
)


def awaited(tx: Session, catalog: Catalog | None, change_id: int, *, new: bool = False) -> list[Awaited]:
    """Those the change waits for and who may decide on its tables; `new`: only who was not asked in this turn."""
    rows = tx.execute(_NEW if new else _ALL, {"change_id": change_id})
    found = [Awaited(row.person_id, row.for_name) for row in rows]
    if catalog is None or not found:
        return found
    seeing = _seeing(tx, catalog, change_id, [one.person_id for one in found])
    return [one for one in found if one.person_id in seeing]


def settle(tx: Session, change_id: int, still: Iterable[Awaited]) -> None:
    """Mark as read what asked people for a decision that is not theirs any more."""
    tx.execute(_OVER, {"change_id": change_id, "awaited": [one.person_id for one in still]})


def tables_of(tx: Session, catalog: Catalog, change_id: int) -> list[Table] | None:
    """The tables a change is about; None where one of them is not there any more."""
    rows = tx.execute(_TABLES, {"change_id": change_id}).all()
    try:
        return [catalog.by_name(row.schema_name, row.table_name) for row in rows]
    except UnknownTable:
        return None


def _seeing(tx: Session, catalog: Catalog, change_id: int, people: Sequence[int]) -> set[int]:
    """Who of them may approve on all of its tables, as their rights are now."""
    tables = tables_of(tx, catalog, change_id)
    if tables is None:
        return set()
    actors = [identity.actor_from(tx, row) for row in tx.execute(_PEOPLE, {"people": list(people)}).all()]
    return {one.person_id for one in actors if one.person_id is not None and _approves(one, tables)}


def _approves(actor: Actor, tables: Iterable[Table]) -> bool:
    try:
        return all(view(actor, table).may("approve") for table in tables)
    except NotVisible:
        return False

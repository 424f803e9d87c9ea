"""How a right came to be there: which change made its row, who asked for it and why, who agreed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.policy import Permission, require


@dataclass(frozen=True, slots=True)
class Given:
    """The newest making of one row of the house's. Without a change it was made by a command."""

    at: datetime
    uid: str
    change_id: int | None
    asked_by: str | None
    reason: str | None
    agreed: tuple[str, ...]
    by_time: bool


# For each row the newest event that made it, by the index of rows; then its change, which has few decisions.
_GIVEN = sa.text(
    """
    SELECT k.name AS table_name, k.key, e.at, e.uid::text AS uid, e.change_id, a.name AS asked_by, c.reason,
        ARRAY(SELECT y.name FROM ops.decision d JOIN ops.person y ON y.id = d.person_id
              WHERE d.change_id = c.id AND d.revision = c.revision AND d.verdict = 'approve'
              ORDER BY d.decided_at) AS agreed,
        EXISTS (SELECT FROM ops.event l WHERE l.change_id = e.change_id AND l.action = 'change.lapsed') AS by_time
    FROM unnest(CAST(:names AS text[]), CAST(:keys AS text[])) AS k (name, key)
    CROSS JOIN LATERAL (
        SELECT e.at, e.uid, e.change_id FROM ops.event e
        WHERE e.schema_name = 'ops' AND e.table_name = k.name AND e.row_key = k.key
        AND e.action = 'row.created' AND e.outcome = 'done' ORDER BY e.id DESC LIMIT 1
    ) AS e
    LEFT JOIN ops.change_set c ON c.id = e.change_id
    LEFT JOIN ops.person a ON a.id = c.proposer_id
    """
)


def given(tx: Session, actor: Actor, rows: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Given]:
    """How these rows of the house's came about: (table, key in address form) -> Given, in one statement.

    A row nobody made through the door, and none that the trail tells of, is left out. Raises Forbidden
    without "people.read".
    """
    require(actor, Permission.PEOPLE_READ)
    wanted = sorted(set(rows))
    if not wanted:
        return {}
    names, keys = zip(*wanted, strict=True)
    found = tx.execute(_GIVEN, {"names": list(names), "keys": list(keys)})
    return {
        (row.table_name, row.key): Given(
            row.at, row.uid, row.change_id, row.asked_by, row.reason or None, tuple(row.agreed), row.by_time
        )
        for row in found
    }

"""Imports of somebody who leaves: what was not proposed ends, for a file is brought by who brought it.

What was proposed is a change set, and goes the way of those.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, work
from ops.actor import Actor
from ops.identity.belongings import Belonging, Handover
from ops.imports.dry_run import subject

_FIND = sa.text(
    """
    SELECT id, schema_name, table_name, round, state FROM ops.import_run
    WHERE person_id = :person AND file IS NOT NULL AND state IN ('uploaded', 'waiting', 'running', 'checked')
    ORDER BY created_at, id
    """
)
_HOLD = sa.text(
    """
    SELECT id FROM ops.import_run WHERE person_id = :person AND file IS NOT NULL
      AND state IN ('uploaded', 'waiting', 'running', 'checked') ORDER BY id FOR UPDATE
    """
)
# The file goes with the clock's next round: it is deleted by the name that stands there.
_END = sa.text(
    """
    UPDATE ops.import_run SET state = 'cancelled', progress = NULL, finished_at = clock_timestamp(), file = NULL
    WHERE id = ANY(CAST(:runs AS uuid[]))
    """
)


def find(tx: Session, person_id: int, heir_id: int | None) -> list[Belonging]:
    """The person's imports that nobody was asked about yet."""
    return [_belonging(row) for row in tx.execute(_FIND, {"person": person_id})]


def give(tx: Session, actor: Actor, person_id: int, heir_id: int | None) -> list[Belonging]:
    """End them: they were judged with rights that no longer count (P16)."""
    tx.execute(_HOLD, {"person": person_id})
    rows = tx.execute(_FIND, {"person": person_id}).all()
    if rows:
        tx.execute(_END, {"runs": [row.id for row in rows]})
    for row in rows:
        if row.state in ("waiting", "running"):
            work.cancel(tx, work.add(tx, "import", subject(row.id, row.round)))
    entries = [
        audit.Entry(
            "import.cancelled", table=(row.schema_name, row.table_name), facts={"import": str(row.id)}
        )
        for row in rows
    ]
    audit.record(tx, actor, entries)
    return [_belonging(row) for row in rows]


def _belonging(row: Any) -> Belonging:
    return Belonging("import", f"{row.schema_name}.{row.table_name}", f"/imports/{row.id}", "ends")


HANDOVER = Handover("import", find, give)

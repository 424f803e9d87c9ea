"""Exports of somebody who leaves: what waits goes to the heir and runs with the heir's rights; what runs ends."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, work
from ops.actor import Actor
from ops.identity.belongings import Belonging, Handover

_FIND = sa.text(
    "SELECT id, schema_name, table_name, state FROM ops.export_run "
    "WHERE person_id = :person AND state IN ('waiting', 'running') ORDER BY created_at, id"
)
_HOLD = sa.text(
    "SELECT id FROM ops.export_run WHERE person_id = :person AND state IN ('waiting', 'running') "
    "ORDER BY id FOR UPDATE"
)
_GIVE = sa.text("UPDATE ops.export_run SET person_id = :heir WHERE id = ANY(CAST(:runs AS uuid[]))")
_END = sa.text(
    "UPDATE ops.export_run SET state = 'cancelled', finished_at = clock_timestamp() "
    "WHERE id = ANY(CAST(:runs AS uuid[]))"
)


def find(tx: Session, person_id: int, heir_id: int | None) -> list[Belonging]:
    """The person's exports that are not finished yet."""
    return [_belonging(row, heir_id) for row in tx.execute(_FIND, {"person": person_id})]


def give(tx: Session, actor: Actor, person_id: int, heir_id: int | None) -> list[Belonging]:
    """Give what waits to the heir; end what runs: it is made with rights that no longer count (P16)."""
    tx.execute(_HOLD, {"person": person_id})
    rows = tx.execute(_FIND, {"person": person_id}).all()
    found = [_belonging(row, heir_id) for row in rows]
    going = [row for row, one in zip(rows, found, strict=True) if one.fate == "goes"]
    ending = [row for row, one in zip(rows, found, strict=True) if one.fate == "ends"]
    if going:
        tx.execute(_GIVE, {"heir": heir_id, "runs": [row.id for row in going]})
    if ending:
        tx.execute(_END, {"runs": [row.id for row in ending]})
    for row in ending:
        work.cancel(tx, work.add(tx, "export", str(row.id)))
    facts = {"from": str(person_id), "to": None if heir_id is None else str(heir_id)}
    entries = [
        audit.Entry("export.handed_over", table=_table(row), facts={**facts, "run": str(row.id)})
        for row in going
    ]
    entries += [
        audit.Entry("export.cancelled", table=_table(row), facts={"run": str(row.id)}) for row in ending
    ]
    audit.record(tx, actor, entries)
    return found


def _belonging(row: Any, heir_id: int | None) -> Belonging:
    fate = "goes" if row.state == "waiting" and heir_id is not None else "ends"
    return Belonging("export", f"{row.schema_name}.{row.table_name}", f"/exports/{row.id}", fate)


def _table(row: Any) -> tuple[str, str]:
    return row.schema_name, row.table_name


HANDOVER = Handover("export", find, give)

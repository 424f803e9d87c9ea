"""What stood in rows before a change wrote them, as the trail keeps it: for the door, which puts it back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import Table

_BEFORE = sa.text(
    """
    SELECT e.row_key, p.body FROM ops.event e JOIN ops.event_payload p ON p.uid = e.uid AND p.at = e.at
    WHERE e.change_id = :change_id AND e.schema_name = :schema AND e.table_name = :table
      AND e.row_key = ANY(CAST(:keys AS text[])) AND e.action IN ('row.updated', 'row.deleted')
      AND e.outcome = 'done' AND p.body IS NOT NULL
    """
)


def before(tx: Session, change_id: int, table: Table, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Key (address form) -> column -> text; without the rows of which nothing is kept, or not any more.

    Nobody's View is asked: whoever shows any of it to a person asks theirs.
    """
    values = {"change_id": change_id, "schema": table.schema, "table": table.name, "keys": list(keys)}
    rows = tx.execute(_BEFORE, values)
    return {row.row_key: json.loads(row.body).get("before") or {} for row in rows}

"""The open changes of one row: what is asked for and not decided yet."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from ops.catalog import parse_key
from ops.changes.operation import reference
from ops.policy import View

MOST = 20

# A row's changes are few; the state is looked at afterwards, so that index operation_row alone serves it.
_OPEN = sa.text(
    "SELECT c.id, c.submitted_at, p.name, o.kind, "
    "       ARRAY(SELECT jsonb_object_keys(coalesce(o.after, '{}'))) AS columns "
    "FROM ops.operation o JOIN ops.change_set c ON c.id = o.change_id JOIN ops.person p ON p.id = c.proposer_id "
    "WHERE o.schema_name = :schema AND o.table_name = :table AND o.row_key = :key "
    "AND c.state IN ('submitted', 'in_review', 'approved', 'applying') "
    # And of the open changes of many rows, which are few, those that have this row among theirs.
    "UNION ALL SELECT c.id, c.submitted_at, p.name, r.kind, b.columns "
    "FROM ops.change_set c JOIN ops.change_bulk b ON b.change_id = c.id JOIN ops.person p ON p.id = c.proposer_id "
    "JOIN ops.operation o ON o.change_id = c.id AND o.position = 0 "
    "JOIN ops.change_target r ON r.change_id = c.id AND r.row_key = :key AND r.state IN ('waiting', 'held') "
    "WHERE o.schema_name = :schema AND o.table_name = :table AND c.state IN ('in_review', 'approved', 'applying') "
    "ORDER BY 1 DESC LIMIT :most"
).bindparams(sa.bindparam("key", type_=JSONB))


@dataclass(frozen=True, slots=True)
class Pending:
    """One open change of a row. `columns`: those the reader may see, among the ones it would set."""

    reference: str
    proposer: str
    kind: str
    columns: tuple[str, ...]


def pending(tx: Session, view: View, key: str) -> list[Pending]:
    """The open changes of the row at `key` (address form), newest first, at most twenty.

    That the row is the reader's to see is the caller's check; its page has just read it.
    """
    table = view.table
    parts = list(parse_key(key, len(table.key)))
    values = {"schema": table.schema, "table": table.name, "key": parts, "most": MOST}
    seen = view.shape.by_name
    return [
        Pending(reference(row.id), row.name, row.kind, tuple(sorted(c for c in row.columns if c in seen)))
        for row in tx.execute(_OPEN, values)
    ]

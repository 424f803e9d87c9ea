"""What was asked of the platform's own tables: what waits, and where each right that holds came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.changes.operation import reference
from ops.changes.states import PENDING_SQL
from ops.db import SCHEMA

_MOST = 2000

# Index operation_row finds them by table; changes of rights are few beside those of the company's rows.
_OPEN = sa.text(
    f"""
    SELECT c.id, c.title, p.name AS proposer, c.submitted_at, o.table_name, o.kind, o.row_key, o.after,
           (SELECT max(s.lapses_at) FROM ops.stage s
            WHERE s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL) AS lapses_at
    FROM ops.operation o JOIN ops.change_set c ON c.id = o.change_id JOIN ops.person p ON p.id = c.proposer_id
    WHERE o.schema_name = :schema AND o.table_name = ANY(CAST(:tables AS text[]))
        AND c.state IN {PENDING_SQL}
    ORDER BY c.id DESC LIMIT 100
    """
)
_CAME = sa.text(
    """
    SELECT o.row_key, c.id, p.name AS proposer, c.reason, c.finished_at,
           ARRAY(SELECT d.name FROM ops.decision x JOIN ops.person d ON d.id = x.person_id
                 WHERE x.change_id = c.id AND x.revision = c.revision AND x.verdict = 'approve'
                 ORDER BY x.decided_at) AS approvers
    FROM ops.operation o JOIN ops.change_set c ON c.id = o.change_id JOIN ops.person p ON p.id = c.proposer_id
    WHERE o.schema_name = :schema AND o.table_name = :table AND o.row_key IS NOT NULL AND o.kind <> 'delete'
        AND c.state = 'applied'
    ORDER BY c.finished_at DESC LIMIT :most
    """
)
_LAPSES = sa.text(
    "SELECT max(s.lapses_at) FROM ops.stage s JOIN ops.change_set c ON c.id = s.change_id "
    "AND c.revision = s.revision WHERE s.change_id = :id AND s.closed_at IS NULL AND c.state = 'in_review'"
)


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A change of rights that nobody has decided yet. `key` is () for a row that is not made yet."""

    reference: str
    title: str
    proposer: str
    submitted_at: datetime | None
    table: str
    kind: str
    key: tuple[str, ...]
    after: Mapping[str, str | None]
    lapses_at: datetime | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a row of rights came from: who asked, why, who agreed (nobody, where a day went by), when."""

    reference: str
    proposer: str
    reason: str
    approvers: tuple[str, ...]
    at: datetime | None


def open_changes(tx: Session, tables: Sequence[str]) -> list[OpenChange]:
    """The changes of these tables of the house that wait, newest first, at most a hundred."""
    return [
        OpenChange(
            reference(row.id), row.title, row.proposer, row.submitted_at, row.table_name, row.kind,
            tuple(row.row_key or ()), row.after or {}, row.lapses_at,
        )
        for row in tx.execute(_OPEN, {"schema": SCHEMA, "tables": list(tables)})
    ]  # fmt: skip


def provenance(tx: Session, table: str) -> dict[tuple[str, ...], Provenance]:
    """The last change that made or edited each row of a table of the house, by key; those of set-up have none."""
    found: dict[tuple[str, ...], Provenance] = {}
    for row in tx.execute(_CAME, {"schema": SCHEMA, "table": table, "most": _MOST}):
        came = Provenance(reference(row.id), row.proposer, row.reason, tuple(row.approvers), row.finished_at)
        found.setdefault(tuple(row.row_key), came)
    return found


def lapses_at(tx: Session, change_id: int) -> datetime | None:
    """When a lone owner's change takes effect by itself; None where somebody is asked."""
    found: datetime | None = tx.scalar(_LAPSES, {"id": change_id})
    return found

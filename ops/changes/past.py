"""The last changes of tables as rules would see them: to try a rule on what was, before it asks anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.approvals import Proposed
from ops.catalog import Catalog, Table
from ops.changes.authorise import in_full
from ops.changes.operation import reference
from ops.changes.sight import out_of_sight
from ops.policy import NotVisible, view

_LAST = sa.text(
    """
    SELECT o.change_id, o.kind, o.schema_name, o.table_name, o.base, o.after, o.result,
           c.title, c.state, c.created_at, p.name AS proposer
    FROM ops.operation o JOIN ops.change_set c ON c.id = o.change_id JOIN ops.person p ON p.id = c.proposer_id
    WHERE (o.schema_name, o.table_name) IN (
        SELECT s, t FROM jsonb_to_recordset(CAST(:tables AS jsonb)) AS x (s text, t text))
    ORDER BY o.change_id DESC, o.position LIMIT :most
    """
).bindparams(sa.bindparam("tables", type_=sa.JSON))


@dataclass(frozen=True, slots=True)
class Past:
    """One row's change that was proposed once, whatever became of it."""

    reference: str
    title: str
    state: str
    proposer: str
    at: datetime
    change: Proposed


def past(
    tx: Session,
    catalog: Catalog,
    actor: Actor,
    tables: Sequence[Table],
    reads: frozenset[str],
    most: int = 50,
) -> list[Past]:
    """The last changes of these tables, newest first: of rows the person sees, where they see the columns `reads`.

    What nobody wrote down of a row (columns a change did not touch, where it was never applied) is unknown, NULL.
    """
    seen = [table for table in tables if _reads(actor, table, reads)]
    names = [{"s": table.schema, "t": table.name} for table in seen]
    rows = tx.execute(_LAST, {"tables": names, "most": most}).all() if seen else []
    lost = out_of_sight(tx, catalog, actor, sorted({row.change_id for row in rows}))
    return [
        Past(
            reference(row.change_id),
            row.title,
            row.state,
            row.proposer,
            row.created_at,
            _proposed(catalog, row),
        )
        for row in rows
        if row.change_id not in lost
    ]


def _reads(actor: Actor, table: Table, names: frozenset[str]) -> bool:
    try:
        return in_full(view(actor, table), names & frozenset(table.columns))
    except NotVisible:
        return False


def _proposed(catalog: Catalog, row: Any) -> Proposed:
    base: Mapping[str, str | None] = row.base or {}
    after: Mapping[str, str | None] = row.after or {}
    written: Mapping[str, str | None] = row.result or {}
    old = None if row.kind == "create" else {**written, **base}
    new = None if row.kind == "delete" else {**base, **after, **written}
    return Proposed(row.kind, catalog.by_name(row.schema_name, row.table_name), old, new, frozenset(after))

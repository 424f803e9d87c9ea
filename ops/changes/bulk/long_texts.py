"""Undo of texts that a change knows by their digest alone: the trail has them in full, so they come from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import history
from ops.catalog import Table, key_text
from ops.changes.operation import fold

_PIECE = 200  # rows whose long texts are in memory at a time
_LACKING = sa.text(
    """
    SELECT u.position, u.after, t.row_key FROM ops.change_target u
    JOIN ops.change_target t ON t.change_id = :undone AND t.position = u.position
    WHERE u.change_id = :change_id AND u.position > :last AND u.state = 'failed'
    ORDER BY u.position LIMIT :limit
    """
)
_FOUND = sa.text(
    """
    UPDATE ops.change_target t SET after = t.after || x.texts, state = 'waiting', problem = NULL
    FROM jsonb_to_recordset(CAST(:found AS jsonb)) AS x (position int, texts jsonb)
    WHERE t.change_id = :change_id AND t.position = x.position
    """
)


def found(tx: Session, table: Table, change_id: int, undone: int, last: int) -> None:
    """Give the rows of an undo behind `last` that lack a long text the very text, where the trail still has it."""
    while True:
        values = {"change_id": change_id, "undone": undone, "last": last, "limit": _PIECE}
        rows = tx.execute(_LACKING, values).all()
        if not rows:
            return
        last = rows[-1].position
        keys = {row.position: key_text(row.row_key) for row in rows}
        kept = history.before(tx, undone, table, list(keys.values()))
        texts = {row.position: _of(row.after, kept.get(keys[row.position], {})) for row in rows}
        given = [{"position": n, "texts": one} for n, one in texts.items() if one is not None]
        tx.execute(_FOUND, {"change_id": change_id, "found": json.dumps(given)})


def _of(after: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, str] | None:
    """The texts whose digests stand in `after`; None where one of them is not kept, or is another one."""
    lacking = [name for name, text in after.items() if text is not None and is_digest(text)]
    same = {name: kept[name] for name in lacking if kept.get(name) and fold(kept[name]) == after[name]}
    return same if len(same) == len(lacking) else None


def is_digest(text: str) -> bool:
    """Whether it stands for a long text (`operation.fold`)."""
    return len(text) == 71 and text.startswith("sha256:")

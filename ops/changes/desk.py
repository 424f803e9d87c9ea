"""Changes as one's own desk and inbox show them: those named there, and those one had a say on lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ops import direct
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes.lists import ChangeRow, these


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said on a change, and the change as it stands now."""

    change: ChangeRow
    verdict: str
    decided_at: datetime


_LATELY = (
    "SELECT change_id, verdict, decided_at FROM ops.decision WHERE person_id = %(person)s "
    "ORDER BY decided_at DESC LIMIT %(limit)s"
)


def rows_of(tx: Session, catalog: Catalog, actor: Actor, ids: Sequence[int]) -> dict[int, ChangeRow]:
    """The changes of these numbers that the person may see, by number; one out of sight is not among them (P14)."""
    return {row.id: row for row in these(tx, catalog, actor, ids)}


def lately(tx: Session, catalog: Catalog, actor: Actor, size: int = 5) -> list[Said]:
    """What the person decided last, newest first, as far as they may see it still."""
    if actor.person_id is None:
        return []
    said = direct.named_rows(tx, _LATELY, {"person": actor.person_id, "limit": size})
    rows = rows_of(tx, catalog, actor, [one.change_id for one in said])
    return [Said(rows[one.change_id], one.verdict, one.decided_at) for one in said if one.change_id in rows]

"""What all owners are told at once, whoever they are and whatever they did: break-glass accounts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.notices.telling import Reach, Told, say_in_chat, tell
from ops.outbox import OutboxRow
from ops.words import t

# Also those whose role does not count just now: on such a day their provider may have been silent for long.
_OWNERS = sa.text(
    """
    SELECT p.id FROM ops.person p
    WHERE p.disabled_at IS NULL AND p.id <> :person AND EXISTS (
        SELECT FROM ops.person_role r WHERE r.person_id = p.id AND r.role = 'owner' AND r.origin <> 'break_glass')
    """
)


def break_glass(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """Tell every owner that somebody came in by a break-glass account, or tried until it closed."""
    text = break_glass_text(row)
    owners = tx.scalars(_OWNERS, {"person": int(str(row.body["person_id"]))})
    tell(tx, reach, row, "alarms", [Told(one, text) for one in owners], href="/audit/")
    say_in_chat(tx, reach, row)


def break_glass_text(row: OutboxRow) -> str:
    """What is said of it."""
    where = row.body.get("ip") or t("notices.unknown_address")
    return t(f"notices.{row.kind}", name=row.body["name"], ip=where)

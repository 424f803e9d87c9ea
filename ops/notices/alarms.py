"""What all owners are told at once, whoever they are and whatever they did: break-glass accounts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.outbox import OutboxRow
from ops.words import t

# Also those whose role does not count just now: on such a day their provider may have been silent for long.
_OWNERS = sa.text(
    """
    INSERT INTO ops.notice (outbox_id, person_id, text, href)
    SELECT :outbox_id, p.id, :text, '/audit/' FROM ops.person p
    WHERE p.disabled_at IS NULL AND p.id <> :person AND EXISTS (
        SELECT FROM ops.person_role r WHERE r.person_id = p.id AND r.role = 'owner' AND r.origin <> 'break_glass')
    ON CONFLICT (outbox_id, person_id) DO NOTHING
    """
)


def break_glass(tx: Session, row: OutboxRow) -> None:
    """Tell every owner that somebody came in by a break-glass account, or tried until it closed."""
    where = row.body.get("ip") or t("notices.unknown_address")
    text = t(f"notices.{row.kind}", name=row.body["name"], ip=where)
    tx.execute(_OWNERS, {"outbox_id": row.id, "person": int(str(row.body["person_id"])), "text": text})

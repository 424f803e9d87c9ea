"""Who held which role at a moment, as the database kept it; those switched off then are left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

# For any statement with the bound moment `:at`: `h` is a role somebody held then.
HELD_AT = """
    ops.role_period h
    WHERE h.since <= :at AND (h.until IS NULL OR h.until > :at)
      AND NOT EXISTS (SELECT FROM ops.off_period o WHERE o.person_id = h.person_id
                      AND o.since <= :at AND (o.until IS NULL OR o.until > :at))
"""
_HELD = sa.text(
    f"""
    SELECT p.id, p.name, h.role, h.origin, h.since
    FROM (SELECT h.* FROM {HELD_AT}) h JOIN ops.person p ON p.id = h.person_id
    WHERE (CAST(:after AS bigint) IS NULL OR p.id > :after)
    ORDER BY p.id, h.role, h.origin LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class Held:
    """One role somebody held at the moment, where it came from, and since when."""

    person_id: int
    person: str
    role: str
    origin: str
    since: datetime


def held_at(tx: Session, at: datetime, *, after: int | None = None, limit: int = 500) -> list[Held]:
    """Roles held at `at` (with a zone), by person, from the person behind `after` on; `limit` lines at most."""
    return [Held(*row) for row in tx.execute(_HELD, {"at": at, "after": after, "limit": limit})]

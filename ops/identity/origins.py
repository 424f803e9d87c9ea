"""Where a person's roles come from: which group and mapping, SCIM, a setting, somebody's hand (P4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Origin:
    """A role and where it is from.

    `groups` are those that mean it now, of what the provider or SCIM last told; none: the mapping or the
    membership is gone, and the role goes with the next word. `address` is what OPS_OWNERS named. `counts` is
    False where a provider's word is too old, or the person is switched off.
    """

    role: str
    origin: str
    since: datetime
    counts: bool
    groups: tuple[str, ...] = ()
    address: str | None = None


_ORIGINS = sa.text(
    """
    SELECT r.role, r.origin, r.granted_at,
        p.disabled_at IS NULL AND (r.origin <> 'provider' OR coalesce(p.rights_until > now(), false)) AS counts,
        ARRAY(SELECT DISTINCT g.group_name FROM ops.group_role g
              WHERE g.iss = p.iss AND g.role = r.role AND g.group_name = ANY(
                  CASE r.origin WHEN 'provider' THEN p.groups WHEN 'scim' THEN p.scim_groups END)
              ORDER BY 1) AS groups,
        CASE WHEN r.origin = 'setting'
            THEN (SELECT min(o.email) FROM ops.owner_pin o WHERE o.person_id = p.id) END AS address
    FROM ops.person_role r JOIN ops.person p ON p.id = r.person_id
    WHERE r.person_id = :person ORDER BY r.role, r.origin
    """
)


def origins(tx: Session, person_id: int) -> list[Origin]:
    """A person's roles with their origins, also those that count no more; by role."""
    rows = tx.execute(_ORIGINS, {"person": person_id})
    return [
        Origin(row.role, row.origin, row.granted_at, row.counts, tuple(row.groups), row.address)
        for row in rows
    ]

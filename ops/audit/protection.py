"""How well the trail is protected against the application's own database role: told honestly (P37)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Protection:
    """Level A: the application's role can only add and read. B: triggers stop accidents, not its holder.

    `role` is the database role asked about, `because` names what it could do: "owns", "update", "delete",
    "truncate", and is empty at level A.
    """

    level: str
    role: str
    because: tuple[str, ...]


# Rights on any partition count, and so does membership of the owner, of the schema too (who owns that may drop
# what is in it): SET ROLE is one statement away. A
# superuser has every right, so it is level B by the same questions.
_ASK = sa.text(
    """
    SELECT current_user AS role,
        bool_or(pg_has_role(current_user, c.relowner, 'MEMBER') OR pg_has_role(current_user, n.nspowner, 'MEMBER'))
            AS owns,
        bool_or(has_any_column_privilege(c.oid, 'UPDATE')) AS "update",
        bool_or(has_table_privilege(c.oid, 'DELETE')) AS "delete",
        bool_or(has_table_privilege(c.oid, 'TRUNCATE')) AS "truncate"
    FROM pg_catalog.unnest(ARRAY['ops.event', 'ops.event_payload']) AS trail (name)
    CROSS JOIN LATERAL pg_catalog.pg_partition_tree(trail.name::regclass) AS part
    JOIN pg_catalog.pg_class c ON c.oid = part.relid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    """
)
_REASONS = ("owns", "update", "delete", "truncate")


def protection_level(tx: Session) -> Protection:
    """Ask PostgreSQL what the role of this connection could do to the trail's tables, partitions included."""
    row = tx.execute(_ASK).one()
    because = tuple(reason for reason in _REASONS if getattr(row, reason))
    return Protection("B" if because else "A", row.role, because)

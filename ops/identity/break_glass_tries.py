"""Wrong tries at a break-glass account, counted in the database: by where they come from, and from everywhere.

Whoever knows a name closes it to their own address, and not to those who need it; the wider count bounds what
many addresses together can guess.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

TRIES = 5  # wrong ones in a row from one address, then the account is closed to it for a while
TRIES_EVERYWHERE = 50  # from all addresses together, then it is closed to all
CLOSED_MINUTES = 15
_KEPT_DAYS = 1

_COUNTED_HERE = sa.text(
    "INSERT INTO ops.break_glass_try AS t (person_id, address, failures) VALUES (:person, :address, 1) "
    "ON CONFLICT (person_id, address) DO UPDATE SET failed_at = now(), "
    "failures = CASE WHEN t.failures + 1 >= :tries THEN 0 ELSE t.failures + 1 END, "
    "closed_until = CASE WHEN t.failures + 1 >= :tries THEN now() + make_interval(mins => :minutes) END "
    "RETURNING closed_until IS NOT NULL"
)
_COUNTED = sa.text(
    "UPDATE ops.break_glass SET failures = CASE WHEN failures + 1 >= :tries THEN 0 ELSE failures + 1 END, "
    "closed_until = CASE WHEN failures + 1 >= :tries THEN now() + make_interval(mins => :minutes) END "
    "WHERE person_id = :person RETURNING closed_until IS NOT NULL"
)
_CLOSED_HERE = sa.text(
    "SELECT coalesce(max(closed_until) > now(), false) FROM ops.break_glass_try "
    "WHERE person_id = :person AND address = :address"
)
_FORGET_HERE = sa.text("DELETE FROM ops.break_glass_try WHERE person_id = :person AND address = :address")
_FORGET = sa.text("DELETE FROM ops.break_glass_try WHERE person_id = :person")
_SWEEP = sa.text(
    "DELETE FROM ops.break_glass_try WHERE ctid IN (SELECT ctid FROM ops.break_glass_try "
    "WHERE failed_at < now() - make_interval(days => :days) LIMIT :limit) RETURNING 1"
)


def closed_to(tx: Session, person_id: int, address: str) -> bool:
    """Whether the account takes nothing from there for a while. The account's row is held by the caller."""
    return bool(tx.scalar(_CLOSED_HERE, {"person": person_id, "address": address}))


def count(tx: Session, person_id: int, address: str) -> str | None:
    """Count a wrong try; what it closes the account to: "everywhere", "here" (this address), or None."""
    values = {"person": person_id, "address": address, "minutes": CLOSED_MINUTES}
    here = tx.scalar(_COUNTED_HERE, {**values, "tries": TRIES})
    everywhere = tx.scalar(_COUNTED, {**values, "tries": TRIES_EVERYWHERE})
    return "everywhere" if everywhere else "here" if here else None


def forget(tx: Session, person_id: int, address: str | None = None) -> None:
    """What was wrong from there counts no more, or with None what was wrong from anywhere."""
    values = {"person": person_id, "address": address}
    tx.execute(_FORGET if address is None else _FORGET_HERE, values)


def sweep(tx: Session, limit: int = 1000) -> int:
    """Forget tries of days gone by; the clock calls it. Returns how many addresses were forgotten."""
    return len(tx.execute(_SWEEP, {"days": _KEPT_DAYS, "limit": limit}).all())

"""Leases as rows: one leads, others stand by (the clock). The database's time decides, nobody else's."""

from __future__ import annotations

import sqlalchemy as sa

from ops.db import Database

# A lease that ran out begins a new reign even for the same holder: another may have acted meanwhile.
_TAKE = sa.text(
    """
    INSERT INTO ops.lease AS l (name, holder, until, fence)
    VALUES (:name, :holder, clock_timestamp() + make_interval(secs => :seconds), 1)
    ON CONFLICT (name) DO UPDATE SET
        holder = excluded.holder, until = excluded.until,
        fence = l.fence
            + CASE WHEN l.holder = excluded.holder AND l.until > clock_timestamp() THEN 0 ELSE 1 END
    WHERE l.holder = excluded.holder OR l.until <= clock_timestamp()
    RETURNING fence
    """
)
_DROP = sa.text("UPDATE ops.lease SET until = clock_timestamp() WHERE name = :name AND holder = :holder")


def take(db: Database, name: str, holder: str, seconds: float) -> int | None:
    """Take or extend the lease; return its fence, or None while another holds it.

    The fence rises with every change of hands, so what an old holder still writes can be told apart.
    """
    with db.transaction() as tx:
        fence: int | None = tx.scalar(_TAKE, {"name": name, "holder": holder, "seconds": seconds})
    return fence


def drop(db: Database, name: str, holder: str) -> None:
    """Give the lease back at once (an orderly stop), so that the next need not wait for it to run out."""
    with db.transaction() as tx:
        tx.execute(_DROP, {"name": name, "holder": holder})

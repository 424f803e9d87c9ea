"""Changes nobody decided in time: the clock ends them. Expired is final; whoever still wants it asks anew (P31)."""

from __future__ import annotations

import logging
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, outbox
from ops.actor import platform_actor
from ops.changes import heads, store
from ops.changes.bulk.ending import cut_short
from ops.changes.states import EXPIRING, EXPIRING_SQL, walk
from ops.changes.store import ChangeSet
from ops.db import Busy, Database
from ops.words import t

log = logging.getLogger(__name__)
AT_ONCE = 100

# The term that holds where no rule says another. It is written down here, not where a change is saved: saving must not
# wait for it. What is agreed and waits for its own time keeps the term beyond that time.
_STAMP = sa.text(
    """
    UPDATE ops.change_set SET expires_at = greatest(submitted_at, apply_at) + make_interval(secs => :seconds)
    WHERE id IN (
        SELECT id FROM ops.change_set WHERE expires_at IS NULL AND submitted_at IS NOT NULL
        AND (state IN ('in_review', 'sent_back') OR state = 'approved' AND apply_at IS NOT NULL)
        ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED)
    """
)
_LATE = sa.text(
    f"SELECT id FROM ops.change_set WHERE expires_at <= now() AND state IN {EXPIRING_SQL} "
    "AND (state <> 'approved' OR apply_at IS NOT NULL) ORDER BY expires_at LIMIT :most"
)


def expire(db: Database, after: timedelta | None) -> int:
    """End every change whose term is over; the clock calls it. Returns how many it ended.

    `after`: the term of changes that no rule gives one; None: such changes wait for ever.
    """
    if after is not None:
        with db.transaction() as tx:
            tx.execute(_STAMP, {"seconds": after.total_seconds()})
    with db.reading() as tx:
        late = list(tx.scalars(_LATE, {"most": AT_ONCE}))
    done = 0
    for change_id in late:
        try:
            done += _expire(db, change_id)
        except (Busy, sa.exc.DBAPIError):  # somebody decides it at this moment: that comes first
            log.info("CH-%s could not be ended by time; it is tried again", change_id)
    return done


def _expire(db: Database, change_id: int) -> bool:
    with db.transaction() as tx:
        change = store.find(tx, change_id, locked=True)
        if change is None or not change.late or change.state not in EXPIRING:
            return False
        if change.state == "approved" and change.apply_at is None:
            return False  # a worker writes its rows
        end(tx, change)
        return True


def end(tx: Session, change: ChangeSet) -> None:
    """Write down that the change, which is locked, has expired; what is written of many rows stays, and is told."""
    if cut_short(tx, change, heads.head(tx, change.id), t("bulk.expired"), platform_actor("clock")):
        return
    store.set_state(tx, change.id, walk(change.state, "expired"), final=True)
    facts = {"was": change.state, "expires_at": change.expires_at.isoformat() if change.expires_at else None}
    audit.record(
        tx, platform_actor("clock"), [audit.Entry("change.expired", change_id=change.id, facts=facts)]
    )
    outbox.put(tx, "change.expired", {"change_id": str(change.id)})

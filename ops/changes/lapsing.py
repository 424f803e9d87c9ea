"""A lone owner's change of rights: it takes effect by itself after a day in which everybody could see it.

With a second owner nothing here happens: then that person decides. The day is the database's, not a process's.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, identity, outbox
from ops.catalog import Catalog
from ops.changes import store
from ops.changes.holding import matter_of
from ops.changes.operation import Operation
from ops.changes.settling import entry_of, settle
from ops.changes.transition import move
from ops.db import Busy, Database
from ops.policy import NotVisible

log = logging.getLogger(__name__)

# Another owner is one who is not switched off and had no hand in the change. A break-glass account is nobody's second.
_ANOTHER = """
    EXISTS (SELECT FROM ops.held_role r
            WHERE r.role = 'owner' AND r.origin <> 'break_glass'
              AND NOT EXISTS (SELECT FROM ops.change_party y
                              WHERE y.change_id = :change_id AND y.person_id = r.person_id AND y.side = 'maker'))
"""
# An owner whom somebody here switched off within the week: else one of two owners could switch the other off, and be
# alone a day later. Until then it waits, though nobody can be asked.
_JUST_OFF = """
    EXISTS (SELECT FROM ops.person p JOIN ops.person_role r ON r.person_id = p.id AND r.role = 'owner'
            WHERE p.disabled_at > now() - interval '7 days' AND p.disabled_by = 'hand'
              AND NOT EXISTS (SELECT FROM ops.change_party y
                              WHERE y.change_id = :change_id AND y.person_id = p.id AND y.side = 'maker'))
"""
# Only an owner's own change: where nobody is owner just now, whoever else may ask waits until somebody is.
_OWNER_ASKS = """
    EXISTS (SELECT FROM ops.held_role r JOIN ops.change_set c ON r.person_id = COALESCE(c.heir_id, c.proposer_id)
            WHERE c.id = :change_id AND r.role = 'owner')
"""
_WAIT = sa.text(
    "UPDATE ops.stage SET lapses_at = now() + interval '24 hours' "
    f"WHERE change_id = :change_id AND closed_at IS NULL AND {_OWNER_ASKS} AND NOT {_ANOTHER} RETURNING 1"
)
_DUE = sa.text(
    "SELECT s.change_id FROM ops.stage s JOIN ops.change_set c ON c.id = s.change_id AND c.revision = s.revision "
    "WHERE s.closed_at IS NULL AND s.lapses_at <= now() AND c.state = 'in_review' ORDER BY s.lapses_at LIMIT 20"
)
_STILL_DUE = sa.text(
    f"SELECT {_ANOTHER} AS another, {_JUST_OFF} AS just_off, {_OWNER_ASKS} AS owner_asks, "
    "EXISTS (SELECT FROM ops.stage WHERE change_id = :change_id AND closed_at IS NULL AND lapses_at <= now()) AS due"
)
_LATER = sa.text(
    "UPDATE ops.stage SET lapses_at = now() + interval '24 hours' WHERE change_id = :change_id AND closed_at IS NULL"
)
_STAY = sa.text("UPDATE ops.stage SET lapses_at = NULL WHERE change_id = :change_id AND closed_at IS NULL")
_CLOSE = sa.text(
    "UPDATE ops.stage SET closed_at = clock_timestamp() WHERE change_id = :change_id AND closed_at IS NULL"
)


def wait_a_day(tx: Session, change_id: int, operations: Sequence[Operation]) -> bool:
    """Let a change of rights lapse into effect in 24 hours if there is no other owner to ask; tell everybody.

    Called once its stages are placed. Returns whether it will.
    """
    if not _of_rights(operations):
        return False
    if tx.execute(_WAIT, {"change_id": change_id}).first() is None:
        return False
    outbox.put(tx, "rights.alone", {"change_id": str(change_id)})
    return True


def _of_rights(operations: Sequence[Operation]) -> bool:
    return bool(operations) and all(one.table.house for one in operations)


def lapse(db: Database, catalog: Catalog) -> int:
    """Apply what nobody could be asked about for a day; the clock calls it. Returns how many took effect."""
    with db.reading() as tx:
        waiting = list(tx.scalars(_DUE))
    done = 0
    for change_id in waiting:
        try:
            done += _lapse(db, catalog, change_id)
        except (Busy, sa.exc.DBAPIError):  # one that cannot be written now holds up no other
            log.exception("CH-%s could not take effect by time; it is tried again", change_id)
    return done


def _lapse(db: Database, catalog: Catalog, change_id: int) -> bool:
    with db.transaction() as tx:
        change = store.find(tx, change_id, locked=True)
        now = tx.execute(_STILL_DUE, {"change_id": change_id}).one()
        if change is None or change.state != "in_review" or not now.due:
            return False
        if now.another:
            tx.execute(_STAY, {"change_id": change_id})
            outbox.put(tx, "change.reopened", {"change_id": str(change_id)})
            return False
        if now.just_off:
            tx.execute(_LATER, {"change_id": change_id})
            return False
        if not now.owner_asks:
            tx.execute(_STAY, {"change_id": change_id})  # no owner's any more: it waits for one
            return False
        try:
            proposer = identity.actor_for(tx, change.stands_for, source="clock")
            matter = matter_of(tx, catalog, proposer, change_id)
        except (identity.Disabled, NotVisible):
            # Nobody stands behind it any more: it waits for an owner.
            tx.execute(_STAY, {"change_id": change_id})
            return False
        if not _of_rights(matter.operations):
            tx.execute(
                _STAY, {"change_id": change_id}
            )  # written by somebody's SQL: rows of the company never lapse
            return False
        tx.execute(_CLOSE, {"change_id": change_id})
        came, entries = settle(tx, catalog, proposer, matter, approvals.stored_rules(tx))
        lapsed = entry_of("change.lapsed", matter, None, {"why": "no other owner for 24 hours"})
        move(tx, proposer, change_id, came, f"change.{came.state}", [lapsed, *entries])
        return came.state == "applied"

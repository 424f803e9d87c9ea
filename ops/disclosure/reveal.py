"""Revealing one masked cell to one person in one session for some minutes, for a reason that stays in the trail."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, records
from ops.actor import Actor
from ops.catalog import Catalog, Table
from ops.db import Database
from ops.identity import Disabled, current_actor
from ops.policy import Permission, require, view
from ops.words import t

LONGEST_REASON = 500  # the table's own check says the same

# The session must be there: the row goes with it, and without it the reveal would be nobody's.
_KEEP = sa.text(
    """
    INSERT INTO ops.reveal AS r (person_id, session_id, schema_name, table_name, row_key, column_name, reason, until)
    SELECT s.person_id, s.id, :schema, :table, :key, :column, :reason,
           clock_timestamp() + make_interval(mins => :minutes)
    FROM ops.session s WHERE s.id = decode(:session, 'hex') AND s.person_id = :person AND s.expires_at > now()
    ON CONFLICT (session_id, schema_name, table_name, row_key, column_name) DO UPDATE
        SET reason = excluded.reason, revealed_at = excluded.revealed_at, until = excluded.until
    RETURNING until
    """
)
_SWEEP = sa.text(
    "DELETE FROM ops.reveal WHERE ctid IN "
    "(SELECT ctid FROM ops.reveal WHERE until < clock_timestamp() LIMIT 1000)"
)


class BadReason(ValueError):
    """Why the reason cannot stand in the trail; the text is for the person."""


def reveal(
    db: Database,
    catalog: Catalog,
    actor: Actor,
    table: Table,
    key: str,
    column: str,
    reason: str,
    minutes: int,
) -> str:
    """Let the person see one masked cell in this session for `minutes`; return the row's key as it is written.

    Permission and event stand in one transaction, which has ended when this returns: only then may the value be
    read (`records.one(…, revealed=True)`). It is kept nowhere. A column that is plain for them stays what it is
    and nothing is written. Raises Forbidden, NotVisible (table, hidden column, row out of sight), BadReason,
    Disabled where the session is over.
    """
    with db.transaction() as tx:
        actor = current_actor(tx, actor)
        require(actor, Permission.RECORDS_REVEAL)
        seen = view(actor, table, catalog)
        masked = seen.column(column).masked
        row = records.one(tx, seen, key)
        if masked:
            _reveal(tx, actor, table, row.key, column, _sound(reason), minutes)
    return row.key


def sweep(tx: Session) -> None:
    """Forget reveals that are over; the clock calls it."""
    tx.execute(_SWEEP)


def _reveal(
    tx: Session, actor: Actor, table: Table, key: str, column: str, reason: str, minutes: int
) -> None:
    cell = {"schema": table.schema, "table": table.name, "key": key, "column": column}
    who = {"person": actor.person_id, "session": actor.session or ""}
    until: datetime | None = tx.scalar(_KEEP, {**cell, **who, "reason": reason, "minutes": minutes})
    if until is None:
        raise Disabled("the session is over")
    facts = {"column": column, "until": until.astimezone(UTC).isoformat(timespec="seconds")}
    entry = audit.Entry(
        "value.revealed",
        table=(table.schema, table.name),
        oid=str(table.oid),
        key=key,
        reason=reason,
        facts=facts,
    )
    audit.record(tx, actor, [entry])


def _sound(reason: str) -> str:
    """The reason as it is kept. Raises BadReason."""
    text = reason.replace("\r\n", "\n").strip()
    if not any(sign.isalnum() for sign in text):
        raise BadReason(t("disclosure.reason_needed"))
    if len(text) > LONGEST_REASON:
        raise BadReason(t("disclosure.reason_long", count=LONGEST_REASON))
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadReason(t("disclosure.reason_signs"))
    return text

"""Writes events: any number of entries in one round trip, in the caller's transaction."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit.canonical import VERSION, canonical, payload_digest

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `key` is the row's key in address form; before and after are column texts."""

    action: str
    outcome: Literal["done", "refused", "failed"] = "done"
    table: tuple[str, str] | None = None
    oid: str | None = None
    key: str | None = None
    key_before: str | None = None
    change_id: int | None = None
    reason: str | None = None
    before: Mapping[str, str | None] | None = None
    after: Mapping[str, str | None] | None = None
    facts: Mapping[str, str | None] = field(default_factory=dict)


# The time is the database's, not this machine's, and is read once: PostgreSQL itself puts it into the line
# (between `head` and `tail`) and beside it. The format below needs no JSON escape.
_INSERT = sa.text(
    """
    WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
    given AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:uid AS uuid[]), CAST(:action AS text[]), CAST(:outcome AS text[]),
            CAST(:schema_name AS text[]), CAST(:table_name AS text[]), CAST(:row_key AS text[]),
            CAST(:change_id AS bigint[]), CAST(:head AS text[]), CAST(:tail AS text[]),
            CAST(:salt AS bytea[]), CAST(:body AS text[])
        ) WITH ORDINALITY AS g (uid, action, outcome, schema_name, table_name, row_key, change_id,
                                head, tail, salt, body, position)
    ),
    payloads AS (
        INSERT INTO ops.event_payload (uid, at, salt, body)
        SELECT g.uid, m.at, g.salt, g.body FROM given g CROSS JOIN moment m ORDER BY g.position
    )
    INSERT INTO ops.event (at, uid, action, outcome, person_id, schema_name, table_name, row_key, change_id,
                           request_id, line)
    SELECT m.at, g.uid, g.action, g.outcome, CAST(:person_id AS bigint), g.schema_name, g.table_name,
           g.row_key, g.change_id, CAST(:request_id AS text),
           g.head || to_char(m.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || g.tail
    FROM given g CROSS JOIN moment m ORDER BY g.position
    """
)


def record(tx: Session, actor: Actor, entries: Sequence[Entry]) -> None:
    """Write one event and its salted payload for each entry, in their order, in one round trip.

    They stand or fall with the caller's transaction: no entry, no effect (P36).
    """
    if not entries:
        return
    rows = [_row(actor, entry) for entry in entries]
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
    tx.execute(_INSERT, {**columns, "person_id": actor.person_id, "request_id": actor.request_id or None})


def _row(actor: Actor, entry: Entry) -> dict[str, Any]:
    uid = _uuid7()
    salt = secrets.token_bytes(SALT_BYTES)
    body = canonical(_body(actor, entry)).decode("utf-8")
    schema, table = entry.table or (None, None)
    rest = {
        "change": _text(entry.change_id),
        "oid": entry.oid,
        "on_behalf_of": _text(actor.on_behalf_of),
        "outcome": entry.outcome,
        "payload": payload_digest(salt, body),
        "person": _text(actor.person_id),
        "request": actor.request_id or None,
        "roles": ",".join(sorted(actor.roles)),
        "schema": schema,
        "session": _session(actor.session),
        "source": actor.source,
        "table": table,
        "uid": str(uid),
        "v": VERSION,
    }
    return {
        "uid": str(uid),
        "action": entry.action,
        "outcome": entry.outcome,
        "schema_name": schema,
        "table_name": table,
        "row_key": entry.key if entry.key is not None else entry.key_before,
        "change_id": entry.change_id,
        # "action" is the only member that sorts before "at"; every other follows it.
        "head": canonical({"action": entry.action}).decode("utf-8")[:-1] + ',"at":"',
        "tail": '",' + canonical(rest).decode("utf-8")[1:],
        "salt": salt,
        "body": body,
    }


def _body(actor: Actor, entry: Entry) -> dict[str, object]:
    return {
        "after": entry.after,
        "before": entry.before,
        "facts": entry.facts,
        "ip": actor.ip,
        "key": entry.key,
        "key_before": entry.key_before,
        "name": actor.name,
        "reason": entry.reason,
    }


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _session(session: str | None) -> str | None:
    # Tells two sessions apart and opens neither: whatever names a session is hashed once more (P42).
    return None if session is None else hashlib.sha256(session.encode("utf-8")).hexdigest()[:32]


def _uuid7() -> UUID:
    """RFC 9562, 5.7: new names sort near each other, so the index of a busy month stays in memory."""
    bits = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 80 | secrets.randbits(80)
    bits = bits & ~(0xF << 76) | 0x7 << 76
    return UUID(int=bits & ~(0x3 << 62) | 0x2 << 62)

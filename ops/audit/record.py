"""Writes events: any number of entries in one round trip, in the caller's transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from ops import direct
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


_WRITE = "SELECT ops.write_events(CAST(%(entries)s AS json), %(actor_id)s, %(request_id)s, NULL)"


def record(tx: Session, actor: Actor, entries: Sequence[Entry]) -> None:
    """Write one event and its salted payload for each entry, in their order, in one round trip.

    They stand or fall with the caller's transaction: no entry, no effect (P36).
    """
    if entries:
        direct.rows(tx, _WRITE, values(actor, entries))


def values(actor: Actor, entries: Sequence[Entry]) -> dict[str, str | int | None]:
    """The parameters of a statement that calls `ops.write_events` or `ops.write_change`."""
    rows = [{"position": position, **_row(actor, entry)} for position, entry in enumerate(entries)]
    return {
        # ASCII alone: a body's own escapes stay what they are.
        "entries": json.dumps(rows),
        "actor_id": actor.person_id,
        "request_id": actor.request_id or None,
    }


def _row(actor: Actor, entry: Entry) -> dict[str, object]:
    uid = _uuid7()
    salt = secrets.token_bytes(SALT_BYTES)
    body = canonical(_body(actor, entry)).decode("utf-8")
    schema, table = entry.table or (None, None)
    rest = {
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
        "about": entry.change_id,
        # "action" is the only member that sorts before "at", then comes "change"; every other follows.
        "head": canonical({"action": entry.action}).decode("utf-8")[:-1] + ',"at":"',
        "tail": "," + canonical(rest).decode("utf-8")[1:],
        "salt": salt.hex(),
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

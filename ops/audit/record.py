"""Writes events: any number of entries in one round trip, in the caller's transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy.orm import Session

from ops import direct
from ops.actor import Actor
from ops.audit.canonical import VERSION, canonical_text, payload_digest

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
    writer = Writer(actor)
    uids, salts = new_uids(len(entries)), secrets.token_bytes(SALT_BYTES * len(entries))
    rows = [
        writer.row(place, entry, uid, salts[place * SALT_BYTES : (place + 1) * SALT_BYTES])
        for place, (entry, uid) in enumerate(zip(entries, uids, strict=True))
    ]
    return {
        "entries": json.dumps(rows),  # ASCII alone: a body's own escapes stay what they are
        "actor_id": actor.person_id,
        "request_id": actor.request_id or None,
    }


class Writer:
    """Makes rows of entries; what hundreds of them have in common is made once."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._said: dict[object, str] = {}
        self._tails: dict[object, tuple[str, str, str]] = {}
        self._same = f'"ip":{_canonical(actor.ip)},"key":', f',"name":{_canonical(actor.name)},"reason":'

    def row(self, position: int, entry: Entry, uid: str, salt: bytes) -> dict[str, object]:
        """One entry as `ops.write_events` takes it."""
        body, alike = self.body(entry), self.alike(entry)
        before, between, behind = alike.pop("before"), alike.pop("between"), alike.pop("behind")
        return {
            **alike,
            "position": position,
            "uid": uid,
            "row_key": entry.key if entry.key is not None else entry.key_before,
            "tail": f"{before}{payload_digest(salt, body)}{between}{uid}{behind}",
            "salt": salt.hex(),
            "body": body,
        }

    def alike(self, entry: Entry) -> dict[str, object]:
        """What an entry has in common with others of its kind: the line but for moment, change, digest and name."""
        schema, table = entry.table or (None, None)
        before, between, behind = self._tail(entry.outcome, schema, table, entry.oid)
        return {
            "action": entry.action,
            "outcome": entry.outcome,
            "schema_name": schema,
            "table_name": table,
            "about": entry.change_id,
            # "action" is the only member that sorts before "at", then comes "change"; every other follows.
            "head": f'{{"action":{self._text(entry.action)},"at":"',
            "before": before,
            "between": between,
            "behind": behind,
        }

    def body(self, entry: Entry) -> str:
        """The canonical form of the payload: its members in their order (RFC 8785, 3.2.3)."""
        facts = self._said.get(id(entry.facts))
        if facts is None:
            facts = self._said[id(entry.facts)] = _canonical(entry.facts)
        ip_key, name_reason = self._same
        return (
            f'{{"after":{_canonical(entry.after)},"before":{_canonical(entry.before)},"facts":{facts},{ip_key}'
            f'{_canonical(entry.key)},"key_before":{_canonical(entry.key_before)}{name_reason}'
            f"{self._text(entry.reason)}}}"
        )

    def _tail(
        self, outcome: str, schema: str | None, table: str | None, oid: str | None
    ) -> tuple[str, str, str]:
        """The line after the change: up to the payload's digest, from there to the entry's name, and its end."""
        known = (outcome, schema, table, oid)
        found = self._tails.get(known)
        if found is None:
            actor = self._actor
            rest = {
                "oid": oid,
                "on_behalf_of": _text(actor.on_behalf_of),
                "outcome": outcome,
                "payload": "",
                "person": _text(actor.person_id),
                "request": actor.request_id or None,
                "roles": ",".join(sorted(actor.roles)),
                "schema": schema,
                "session": _session(actor.session),
                "source": actor.source,
                "table": table,
                "uid": "",
                "v": VERSION,
            }
            text = "," + _canonical(rest)[1:]
            # In quotes no member's value has a bare quote: these two texts are the empty members.
            before, _, behind = text.partition('"payload":""')
            between, _, after = behind.rpartition('"uid":""')
            found = self._tails[known] = f'{before}"payload":"', f'"{between}"uid":"', f'"{after}'
        return found

    def _text(self, text: str | None) -> str:
        said = self._said.get(text)
        if said is None:
            said = self._said[text] = _canonical(text)
        return said


def _canonical(value: object) -> str:
    return "null" if value is None else canonical_text(value)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _session(session: str | None) -> str | None:
    # Tells two sessions apart and opens neither: whatever names a session is hashed once more (P42).
    return None if session is None else hashlib.sha256(session.encode("utf-8")).hexdigest()[:32]


def new_uids(count: int) -> list[str]:
    """RFC 9562, 5.7 (version 7): new names sort near each other, so the index of a busy month stays in memory."""
    moment = f"{time.time_ns() // 1_000_000 & (1 << 48) - 1:012x}"
    start = f"{moment[:8]}-{moment[8:]}-7"
    drawn = secrets.token_bytes(10 * count).hex()
    found = []
    for at in range(0, 20 * count, 20):
        # 74 bits by chance; two of the digit before the fourth group say the variant.
        variant = "89ab"[int(drawn[at + 3], 16) & 3]
        found.append(
            f"{start}{drawn[at : at + 3]}-{variant}{drawn[at + 4 : at + 7]}-{drawn[at + 7 : at + 19]}"
        )
    return found

"""Hundreds of events in one go: inserted as sets, within a room's own statement about what they are events of."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from ops.actor import Actor
from ops.audit.canonical import payload_digest
from ops.audit.record import SALT_BYTES, Entry, Writer, new_uids

# Sent as a few long texts: PostgreSQL takes one apart in a fifth of the time it needs for JSON or an array's own form.
# None of the texts can hold this sign: canonical JSON escapes it (RFC 8785, 3.2.2.2), keys are percent-encoded.
_APART = "\x1e"

# After a common table expression named `c` whose `id` is the change they are about. The parameters are those of
# `values`. `ops.write_events` writes the same one by one, which is quicker for one and slower for hundreds.
# The time is the database's and is read once: it stands in the line and beside it, and after it the change.
CTES = """
    moment AS MATERIALIZED (
        SELECT m.at, to_char(m.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS said
        FROM (SELECT clock_timestamp() AS at OFFSET 0) AS m
    ),
    alike AS MATERIALIZED (
        SELECT k.kind, k.action, k.outcome, k.schema_name, k.table_name, a.change_id, k.before, k.between, k.behind,
               k.head || m.said || '","change":' || coalesce('"' || a.change_id || '"', 'null') AS head
        FROM json_to_recordset(CAST(:event_kinds AS json)) AS k (
            kind int, action text, outcome text, schema_name text, table_name text, about bigint, head text,
            before text, between text, behind text)
        CROSS JOIN moment m
        CROSS JOIN LATERAL (SELECT coalesce(k.about, (SELECT c.id FROM c)) AS change_id) AS a
    ),
    given AS MATERIALIZED (
        SELECT e.position, e.uid, e.kind, nullif(e.row_key, '') AS row_key, e.digest, e.body,
               substring(CAST(:event_salts AS bytea) FROM CAST(16 * (e.position - 1) + 1 AS int) FOR 16) AS salt
        FROM unnest(CAST(string_to_array(:event_uids, chr(30)) AS uuid[]),
                    CAST(string_to_array(:event_of, chr(30)) AS int[]), string_to_array(:event_keys, chr(30)),
                    string_to_array(:event_digests, chr(30)), string_to_array(:event_bodies, chr(30)))
            WITH ORDINALITY AS e (uid, kind, row_key, digest, body, position)
    ),
    payloads AS (
        INSERT INTO ops.event_payload (uid, at, salt, body)
        SELECT g.uid, m.at, g.salt, g.body FROM given g CROSS JOIN moment m ORDER BY g.position
    ),
    events AS (
        INSERT INTO ops.event (at, uid, action, outcome, person_id, schema_name, table_name, row_key, change_id,
                               request_id, line)
        SELECT m.at, g.uid, k.action, k.outcome, CAST(:actor_id AS bigint), k.schema_name, k.table_name,
               g.row_key, k.change_id, CAST(:request_id AS text),
               k.head || k.before || g.digest || k.between || g.uid || k.behind
        FROM given g JOIN alike k USING (kind) CROSS JOIN moment m ORDER BY g.position
    )
"""


def values(actor: Actor, entries: Sequence[Entry]) -> dict[str, str | int | bytes | None]:
    """The parameters of CTES: what events have in common is sent once."""
    writer = Writer(actor)
    salts = secrets.token_bytes(SALT_BYTES * len(entries))
    kinds: dict[tuple[object, ...], int] = {}
    told, of, bodies, digests = [], [], [], []
    for place, entry in enumerate(entries):
        known = (entry.action, entry.outcome, entry.table, entry.oid, entry.change_id)
        kind = kinds.get(known)
        if kind is None:
            kind = kinds[known] = len(kinds)
            told.append({"kind": kind, **writer.alike(entry)})
        body = writer.body(entry)
        of.append(str(kind))
        bodies.append(body)
        digests.append(payload_digest(salts[place * SALT_BYTES : (place + 1) * SALT_BYTES], body))
    return {
        "event_kinds": json.dumps(told),
        "event_of": _APART.join(of),
        "event_uids": _APART.join(new_uids(len(entries))),
        "event_keys": _APART.join([_named(entry) for entry in entries]),
        "event_digests": _APART.join(digests),
        "event_bodies": _APART.join(bodies),
        "event_salts": salts,
        "actor_id": actor.person_id,
        "request_id": actor.request_id or None,
    }


def _named(entry: Entry) -> str:
    return entry.key if entry.key is not None else entry.key_before or ""

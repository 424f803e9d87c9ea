"""Hundreds of events in one go: inserted as sets, within a room's own statement about what they are events of."""

from __future__ import annotations

# After a common table expression named `c` whose `id` is the change they are about. The parameters are those of
# `ops.audit.values`. `ops.write_events` writes the same one by one, which is quicker for one and slower for hundreds.
# The time is the database's and is read once: it stands in the line and beside it, and after it the change.
CTES = """
    moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
    given AS MATERIALIZED (
        SELECT g.*, coalesce(g.about, (SELECT c.id FROM c)) AS change_id
        FROM json_to_recordset(CAST(:entries AS json)) AS g (
            position int, uid uuid, action text, outcome text, schema_name text, table_name text, row_key text,
            about bigint, head text, tail text, salt text, body text)
    ),
    payloads AS (
        INSERT INTO ops.event_payload (uid, at, salt, body)
        SELECT g.uid, m.at, decode(g.salt, 'hex'), g.body FROM given g CROSS JOIN moment m ORDER BY g.position
    ),
    events AS (
        INSERT INTO ops.event (at, uid, action, outcome, person_id, schema_name, table_name, row_key, change_id,
                               request_id, line)
        SELECT m.at, g.uid, g.action, g.outcome, CAST(:actor_id AS bigint), g.schema_name, g.table_name,
               g.row_key, g.change_id, CAST(:request_id AS text),
               g.head || to_char(m.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","change":'
               || coalesce('"' || g.change_id || '"', 'null') || g.tail
        FROM given g CROSS JOIN moment m ORDER BY g.position
    )
"""

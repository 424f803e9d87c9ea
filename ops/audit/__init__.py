"""The trail: what happened, written in the transaction in which it happened.

Owns `ops.event` and `ops.event_payload`, the canonical form of an event's line (docs/audit-format.md) and
the one statement that writes them. Refuses to own reading the trail, which is `ops.history`'s, under policy,
and ever to update or delete: there is no such statement here, and triggers refuse it from everyone else.
"""

from ops.audit.canonical import LINE_MEMBERS, VERSION, canonical, line, payload_digest
from ops.audit.record import Entry, record, values

__all__ = [
    "LINE_MEMBERS",
    "VERSION",
    "Entry",
    "canonical",
    "line",
    "payload_digest",
    "record",
    "values",
]

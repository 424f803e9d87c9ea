"""What others must be told: rows written beside the effect, handed on by the clock after it is committed.

Owns `ops.outbox`. Refuses to know who is told or how: each kind has one handler, given by whoever drains.
Delivery is at least once; a handler makes itself harmless when repeated by the row's id (`notice.outbox_id`).
"""

from ops.outbox.rows import Handler, OutboxRow, drain, prune, put

__all__ = ["Handler", "OutboxRow", "drain", "prune", "put"]

"""The spool: finished files on their way to a person or partner, under `OPS_HOME/spool` or OPS_SPOOL_URL.

Owns: whole files under safe names, their size and SHA-256, and the broken pieces that dead workers leave.
Refuses to own: what a file means, who may have it and when it is no longer wanted; the asking room knows.
"""

from ops.spool.store import Spool, SpoolError, Writing, at

__all__ = ["Spool", "SpoolError", "Writing", "at"]

"""Work that must be done once, by someone, whoever dies: rows claimed with a lease and a fence.

Owns `ops.work` and `ops.lease`, and the ring of the bell in Redis. Redis carries ids only: a lost ring is
rung again by the clock, a doubled or forged one finds nothing to claim. Refuses to know what the work is.
"""

from ops.work import lease
from ops.work.dispatch import QUEUE, dispatch
from ops.work.rows import (
    LEASE_SECONDS,
    Buried,
    Claim,
    Due,
    Fenced,
    add,
    bury,
    cancel,
    claim,
    due,
    fail,
    finish,
    give_back,
    is_open,
    keep,
)

__all__ = [
    "LEASE_SECONDS",
    "QUEUE",
    "Buried",
    "Claim",
    "Due",
    "Fenced",
    "add",
    "bury",
    "cancel",
    "claim",
    "dispatch",
    "due",
    "fail",
    "finish",
    "give_back",
    "is_open",
    "keep",
    "lease",
]

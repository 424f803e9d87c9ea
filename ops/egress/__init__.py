"""Requests that leave the house: which addresses may be called, and one bounded way to call them (P23, P24).

Owns the judgement of an address at the moment it is connected to, and the POST of a small body. Refuses to own
what is sent and to whom: rooms say that, and a setting (`OPS_EGRESS_ALLOW`) says which private networks may be met.
"""

from ops.egress.addresses import NotAllowed, allowed, resolve
from ops.egress.deadline import ended_after
from ops.egress.posting import Answer, Unreached, post

__all__ = ["Answer", "NotAllowed", "Unreached", "allowed", "ended_after", "post", "resolve"]

"""Who decides for whom: lending one's seat for some days, taking it back, giving it back.

Owns `/delegations/`. Refuses to own what a lent seat is worth, which is `ops.approvals`' and the door's to say.
"""

from ops.web.delegations.views import bp

__all__ = ["bp"]

"""What waits for a person's say.

Owns `/approvals/`. Refuses to own the decision itself: that is made on the change's own page, with its
difference in sight.
"""

from ops.web.approvals.views import bp

__all__ = ["bp"]

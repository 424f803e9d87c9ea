"""What waits for a person's say.

Owns `/approvals/…`: the list, emergencies and their reviews, and how approvals go. Refuses to own the decision itself:
that is made on the change's own page, with its difference in sight.
"""

from ops.web.approvals import emergencies, health
from ops.web.approvals.views import bp

VIEWS = (emergencies, health)  # each puts its pages into `bp`

__all__ = ["VIEWS", "bp"]

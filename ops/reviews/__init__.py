"""Access reviews: who held what on a date, judged role by role and signed off; and duties that conflict.

Owns `ops.access_review` and its lines, and reads the periods that triggers keep (`ops.role_period`,
`ops.off_period`). Refuses to take a role away: that is a change of rights, and goes through the door; refuses to
say what a role means (`ops.roles`, `ops.policy`).
"""

from ops.reviews.conflicts import Conflict, conflicts
from ops.reviews.holding import Held, held_at
from ops.reviews.reviewing import (
    Line,
    LinePage,
    NoSuchReview,
    Refused,
    Review,
    judge,
    latest,
    lines,
    one,
    removals,
    sign,
    start,
)

__all__ = [
    "Conflict",
    "Held",
    "Line",
    "LinePage",
    "NoSuchReview",
    "Refused",
    "Review",
    "conflicts",
    "held_at",
    "judge",
    "latest",
    "lines",
    "one",
    "removals",
    "sign",
    "start",
]

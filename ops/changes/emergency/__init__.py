"""A change applied before those who are asked have decided: the one exception from "no path to applied skips a rule".

Owns `ops.emergency_review`: applying in an emergency, the review that opens with it and stays open until somebody
who could have decided closes it, and the daily reminder. What is checked when anything is applied is checked here too
(docs/decisions/0016-emergencies.md).
"""

from ops.changes.emergency.applying import apply_now, refusal, why_not
from ops.changes.emergency.closing import close, why_not_close
from ops.changes.emergency.reading import Listed, Review, listed, of, open_reviews
from ops.changes.emergency.reminding import remind

__all__ = [
    "Listed",
    "Review",
    "apply_now",
    "close",
    "listed",
    "of",
    "open_reviews",
    "refusal",
    "remind",
    "why_not",
    "why_not_close",
]

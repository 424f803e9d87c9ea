"""The pages of access reviews and of conflicting duties.

Owns `/people/reviews/` and `/people/duties`. Refuses to judge, freeze or sign (`ops.reviews`) and to take a role
away (the door).
"""

from ops.web.reviews import duties, judging
from ops.web.reviews.views import bp

VIEWS = (duties, judging)  # each puts its pages into `bp`

__all__ = ["VIEWS", "bp"]

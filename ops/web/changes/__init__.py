"""The pages of the change sets: their lists, one change with its difference, deciding and withdrawing it.

Owns `/changes/…` and `/basket/`. Refuses to own who may decide and what applying does: that is `ops.changes`'s, and
this room only puts its answers into words.
"""

from ops.web.changes import emergency_views, lifecycle_views, many_views, rehearsal_views, talk_views
from ops.web.changes.basket_views import bp as basket
from ops.web.changes.views import bp

__all__ = [
    "basket",
    "bp",
    "emergency_views",
    "lifecycle_views",
    "many_views",
    "rehearsal_views",
    "talk_views",
]

"""The trail explorer, and one event with what proves it.

Owns `/audit/…` and writing down that it was read. Refuses to own what a reader may see of an event and
whether it is whole: that is `ops.history`'s.
"""

from ops.web.audit.views import bp

__all__ = ["bp"]

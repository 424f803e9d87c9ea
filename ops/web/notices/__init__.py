"""The inbox: what a person was told, and what they want to be told, and how.

Owns `/notices/`. Refuses to own what is told to whom, which is `ops.notices`'.
"""

from ops.web.notices.views import bp

__all__ = ["bp"]

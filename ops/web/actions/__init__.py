"""Actions of resources as pages: the form, the effect before anybody agrees to it, the door.

Refuses to own what an action does (`ops.catalog`, the company's code) and how it is written (`ops.changes`).
"""

from ops.web.actions.views import bp

__all__ = ["bp"]

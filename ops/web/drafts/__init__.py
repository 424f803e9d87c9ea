"""Keeping what is typed while it is typed, and forgetting it on demand.

Owns the two addresses a form speaks to. Refuses to own drafts (`ops.drafts`) and to show them: the form does.
"""

from ops.web.drafts.views import bp

__all__ = ["bp"]

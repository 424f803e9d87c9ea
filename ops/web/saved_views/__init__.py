"""Saved views over HTTP: the panels of a list, the form of a view, the page of all of them, the rail's counts.

Owns what is posted about views. Refuses to own the list itself (`ops.web.records`) and what a view is
(`ops.records.saved_views`).
"""

from ops.web.saved_views.views import bp

__all__ = ["bp"]

"""Ctrl-K: one field for tables, rows, changes, views, actions and pages; `/search` is its full page.

Owns what is offered for a text, and how it is shown. Refuses to own how rows are found (`ops.records.finding`).
"""

from ops.web.search.views import bp

__all__ = ["bp"]

"""The way between the pages about approvals."""

from __future__ import annotations

from typing import Any

from ops.policy import Permission, may
from ops.web.gate import actor
from ops.words import t

_PAGES = (
    ("waiting", Permission.CHANGES_DECIDE, "approvals.tab.waiting", "/approvals/"),
    ("emergencies", Permission.CHANGES_READ, "emergency.list", "/approvals/emergencies/"),
    ("health", Permission.APPROVALS_READ, "health.title", "/approvals/health"),
)


def tabs(here: str) -> list[dict[str, Any]]:
    """Those that the person may open."""
    me = actor()
    return [
        {"label": t(words), "href": href, "current": name == here, "count": None}
        for name, permission, words, href in _PAGES
        if may(me, permission)
    ]

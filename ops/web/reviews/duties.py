"""The report on conflicting duties: who could both propose and approve."""

from __future__ import annotations

from flask import Response

from ops import reviews
from ops.policy import Permission
from ops.roles import book_of
from ops.web.gate import actor, needs, platform, tx
from ops.web.navigation import initials, table_href
from ops.web.page import render
from ops.web.reviews.views import bp
from ops.web.role_words import role_label


@bp.get("/duties")
@needs(Permission.PEOPLE_READ)
def duties() -> Response:
    """Each set of roles that somebody holds and that could stand on both sides of a table's changes."""
    found = reviews.conflicts(tx(), platform().catalog, book_of(actor()))
    return render(
        "reviews/duties.html",
        conflicts=found,
        titles=[" + ".join(map(role_label, one.roles)) for one in found],
        role_label=role_label,
        table_href=table_href,
        initials=initials,
    )

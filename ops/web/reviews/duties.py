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


@bp.get("/duties")
@needs(Permission.PEOPLE_READ)
def duties() -> Response:
    """Each set of roles that somebody holds and that could stand on both sides of a table's changes."""
    book = book_of(actor())
    found = reviews.conflicts(tx(), platform().catalog, book)

    def label(name: str) -> str:
        return book.roles[name].label if name in book.roles else name

    return render(
        "reviews/duties.html",
        conflicts=found,
        titles=[" + ".join(map(label, one.roles)) for one in found],
        role_label=label,
        table_href=table_href,
        initials=initials,
    )

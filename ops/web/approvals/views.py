"""The list of what waits for me."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as Answer

from ops import changes
from ops.changes import ChangeRow, Place
from ops.policy import Permission
from ops.web import change_lines
from ops.web.addresses import change_href
from ops.web.approvals.tabs import tabs
from ops.web.gate import actor, needs, platform, tx
from ops.web.kept import kept
from ops.web.page import flash, formats, render, see_other
from ops.words import t

bp = Blueprint("approvals", __name__, url_prefix="/approvals")


@bp.get("/")
@needs(Permission.CHANGES_DECIDE)
def index() -> Response:
    """Changes that wait for one of my roles, that I had no hand in and whose every value I may see."""
    before = changes.parse_place(request.args.get("before", ""))
    page = changes.waiting(tx(), platform().catalog, actor(), before=before)
    ways = tabs("waiting")
    return render(
        "approvals/index.html",
        rows=page.rows,
        lines=change_lines.waiting(page.rows, formats()),
        top=kept().part("approvals/_top.html", tuple([one["href"] for one in ways]), tabs=ways),
        first=url_for("approvals.index") if before is not None else None,
        later=url_for("approvals.index", before=page.next.text) if page.next is not None else None,
    )


@bp.get("/next")
@needs(Permission.CHANGES_DECIDE)
def following() -> Answer:
    """To the next change that waits for me: in the list's order after the one named, or before it; else to the list."""
    here = changes.parse_reference(request.args.get("after", ""))
    sooner = changes.parse_reference(request.args.get("before", ""))
    if sooner is not None:
        place = changes.place_of(tx(), actor(), sooner)
        first = changes.waiting(tx(), platform().catalog, actor(), names=0).rows
        found = [row for row in first if changes.Place(row.due_at, row.id).order < place.order][-1:]
    else:
        found = _after(None if here is None else changes.place_of(tx(), actor(), here))
    if found:
        return see_other(change_href(found[0].reference))
    flash("info", t("approvals.no_more"))
    return see_other(url_for("approvals.index"))


_PAGES = 5  # of which nothing may be the person's to decide, before one gives up looking


def _after(place: Place | None) -> list[ChangeRow]:
    for _ in range(_PAGES):
        page = changes.waiting(tx(), platform().catalog, actor(), before=place, names=0)
        if page.rows or page.next is None:
            return list(page.rows[:1])
        place = page.next
    return []

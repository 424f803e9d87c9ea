"""The list of changes applied in an emergency, with what became of their reviews."""

from __future__ import annotations

from flask import Response, request, url_for

from ops.changes import emergency
from ops.policy import Permission
from ops.web.approvals.tabs import tabs
from ops.web.approvals.views import bp
from ops.web.gate import actor, needs, platform, tx
from ops.web.page import render
from ops.web.visible import marked


@bp.get("/emergencies/")
@needs(Permission.CHANGES_READ)
def emergencies() -> Response:
    """Those on tables and rows one may see, newest first; `show=open`: whose review is open."""
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    only_open = request.args.get("show") == "open"
    show = "open" if only_open else None
    page = emergency.listed(tx(), platform().catalog, actor(), before=before, only_open=only_open)
    return render(
        "approvals/emergencies.html",
        rows=page.rows,
        unseen=page.unseen,
        only_open=only_open,
        tabs=tabs("emergencies"),
        marked=marked,
        newest=url_for("approvals.emergencies", show=show) if before is not None else None,
        older=url_for("approvals.emergencies", before=page.next, show=show)
        if page.next is not None
        else None,
    )

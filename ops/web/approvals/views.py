"""The list of what waits for me."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from ops import changes
from ops.policy import Permission
from ops.web.gate import actor, needs, platform, tx
from ops.web.page import render
from ops.web.role_words import role_words
from ops.web.visible import marked

bp = Blueprint("approvals", __name__, url_prefix="/approvals")


@bp.get("/")
@needs(Permission.CHANGES_DECIDE)
def index() -> Response:
    """Changes that wait for one of my roles, that I had no hand in and whose every value I may see."""
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    page = changes.waiting(tx(), platform().catalog, actor(), before=before)
    return render(
        "approvals/index.html",
        rows=page.rows,
        marked=marked,
        role_words=role_words,
        newest=url_for("approvals.index") if before is not None else None,
        older=url_for("approvals.index", before=page.next) if page.next is not None else None,
    )

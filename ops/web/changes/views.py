"""The lists, the page of one change, and the two things people do there: decide and withdraw."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as Answer

from ops import changes
from ops.changes import Invalid, Stale, Unproved
from ops.db import Busy
from ops.policy import Forbidden, Permission
from ops.web import change_lines
from ops.web.changes import deciding
from ops.web.changes.addressed import id_of
from ops.web.changes.deciding import Note
from ops.web.changes.lists import wanted
from ops.web.changes.page import page_of
from ops.web.forms import posted_form_token
from ops.web.gate import WHILE_TYPING, actor, database, fresh, needs, platform, signed_in, to_sign_in, tx
from ops.web.kept import kept
from ops.web.page import flash, formats, render, see_other
from ops.words import t

bp = Blueprint("changes", __name__, url_prefix="/changes")


@bp.get("/")
@needs(Permission.CHANGES_READ)
def index() -> Response:
    """Changes, newest first: everyone's of tables one may see, or one's own."""
    found = wanted(tx(), platform().catalog, actor(), request.args)
    top = kept().part("changes/_top.html", (found.mine, found.state, len(found.scopes)), list=found)
    lines = change_lines.everybodys(found.rows, formats())
    return render("changes/index.html", list=found, top=top, lines=lines)


@bp.get("/<ref>")
@needs(signed_in)
def show(ref: str) -> Answer:
    """One change; for whoever may not see it there is none."""
    change_id = id_of(ref)
    if ref != changes.reference(change_id):
        return see_other(url_for("changes.show", ref=changes.reference(change_id)))
    return page_of(change_id)


@bp.post("/<ref>/decision")
@needs(signed_in, keeps=True)
def decide(ref: str) -> Answer:
    """Approve or reject what was on the screen; the door says what became of it."""
    change_id, asked = id_of(ref), deciding.asked(request.form)
    if asked.verdict is None:
        return page_of(change_id, 422, Note("bad", t("changes.not_decided"), t("changes.no_verdict")), asked)
    try:
        outcome = changes.decide(
            database(), platform().catalog, actor(), change_id,
            verdict=asked.verdict, digest=asked.digest, comment=asked.comment, token=posted_form_token(),
            proved=fresh(WHILE_TYPING),
        )  # fmt: skip
    except Unproved:
        return to_sign_in("/sign-in/again")
    except (Invalid, Stale, Forbidden, Busy) as error:
        status, note = deciding.refusal(error)
        return page_of(change_id, status, note, asked)
    deciding.tell(outcome)
    return see_other(url_for("changes.show", ref=outcome.reference))


@bp.post("/<ref>/withdrawal")
@needs(Permission.CHANGES_PROPOSE)
def withdraw(ref: str) -> Answer:
    """Take one's own change back while it waits."""
    change_id = id_of(ref)
    try:
        outcome = changes.withdraw(database(), platform().catalog, actor(), change_id)
    except (Stale, Forbidden) as error:
        status, note = deciding.refusal(error, title=t("changes.not_withdrawn"))
        return page_of(change_id, status, note)
    done = "changes.withdrawn_done" if outcome.state == "withdrawn" else "changes.done.cut_short"
    flash("ok", t(done, reference=outcome.reference), outcome.failure)
    return see_other(url_for("changes.show", ref=outcome.reference))

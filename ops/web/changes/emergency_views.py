"""Applying one's own change in an emergency, and closing the review of one."""

from __future__ import annotations

from flask import Response, request, url_for
from werkzeug.wrappers import Response as Answer

from ops import changes, drafts
from ops.changes import ChangeView, Invalid, Stale, Unproved, emergency
from ops.db import Busy
from ops.drafts import Draft
from ops.policy import Forbidden, Permission
from ops.web.changes import deciding
from ops.web.changes.addressed import id_of
from ops.web.changes.deciding import Asked, Note
from ops.web.changes.page import page_of
from ops.web.changes.views import bp
from ops.web.forms import new_form_token, posted_form_token
from ops.web.gate import FRESH_SECONDS, WHILE_TYPING, actor, database, fresh, needs, platform, to_sign_in, tx
from ops.web.page import flash, render, see_other
from ops.web.role_words import role_words
from ops.web.visible import marked, visible
from ops.words import t


@bp.get("/<ref>/emergency")
@needs(Permission.CHANGES_EMERGENCY, fresh=FRESH_SECONDS)
def ask_emergency(ref: str) -> Response:
    """What it means to apply the change now, and the form that asks for a reason."""
    view = changes.show(tx(), platform().catalog, actor(), id_of(ref))
    tables = [one.table for one in view.operations]
    why = emergency.refusal(tx(), actor(), view.change.id, tables, many=view.head is not None)
    if why is not None:
        return page_of(view.change.id, 403, Note("bad", t("emergency.not_used"), why))
    if view.change.state != "in_review":
        return page_of(view.change.id, 409, Note("warn", t("emergency.not_used"), t("emergency.stale")))
    draft = drafts.find(tx(), actor().person_id or 0, f"/changes/{view.reference}/emergency")
    return _form(view, reason=dict(draft.fields).get("reason", "") if draft else "", draft=draft)


@bp.post("/<ref>/emergency")
@needs(Permission.CHANGES_EMERGENCY, keeps=True)
def use_emergency(ref: str) -> Answer:
    """Apply it, past those who are asked."""
    change_id, reason = id_of(ref), request.form.get("reason", "").replace("\r\n", "\n")
    try:
        outcome = emergency.apply_now(
            database(), platform().catalog, actor(), change_id,
            digest=request.form.get("digest", ""), reason=reason, token=posted_form_token(),
            proved=fresh(WHILE_TYPING),
        )  # fmt: skip
    except Unproved:
        return to_sign_in("/sign-in/again")
    except Invalid as error:
        return _form(changes.show(tx(), platform().catalog, actor(), change_id), 422, reason, error)
    except (Stale, Forbidden, Busy) as error:
        status, note = deciding.refusal(error, title=t("emergency.not_used"))
        return page_of(change_id, status, note)
    reference = outcome.reference
    if outcome.state == "applied":
        flash("warn", t("emergency.done", reference=reference), t("emergency.done_text"))
    elif outcome.failure:
        return page_of(change_id, 409, Note("bad", t("emergency.not_written"), outcome.failure))
    else:
        flash("info", t("emergency.asks_more", reference=reference), t("emergency.asks_more_text"))
    return see_other(url_for("changes.show", ref=reference))


@bp.post("/<ref>/emergency/review")
@needs(Permission.CHANGES_DECIDE)
def close_emergency(ref: str) -> Answer:
    """Say what was found, and close the review."""
    change_id, comment = id_of(ref), request.form.get("comment", "").replace("\r\n", "\n")
    title = t("emergency.not_closed")
    typed = Asked(None, "", comment)
    try:
        review = emergency.close(
            database(), platform().catalog, actor(), change_id,
            finding=request.form.get("finding", ""), comment=comment,
        )  # fmt: skip
    except Invalid as error:
        return page_of(change_id, 422, Note("bad", title, " ".join(error.fields.values())), typed)
    except (Stale, Forbidden, Busy) as error:
        status, note = deciding.refusal(error, title=title)
        return page_of(change_id, status, note, typed)
    flash("ok", t("emergency.closed_done", reference=review.reference))
    return see_other(url_for("changes.show", ref=review.reference))


def _form(
    view: ChangeView, status: int = 200, reason: str = "", error: Invalid | None = None,
    draft: Draft | None = None,
) -> Response:  # fmt: skip
    return render(
        "changes/emergency.html",
        status,
        view=view,
        reason=reason,
        draft=draft,
        error=error.fields.get("reason") if error else None,
        waiting=[one for one in view.stages if not one.closed],
        role_words=role_words,
        marked=marked,
        plain=visible,
        form_token=new_form_token(),
    )

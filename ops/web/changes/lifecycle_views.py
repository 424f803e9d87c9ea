"""Taking a change up again: revise it, try it again, undo it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Response, request, url_for
from werkzeug.wrappers import Response as Answer

from ops import changes, drafts, work
from ops.changes import Invalid, Outcome, Stale, bulk
from ops.db import Busy
from ops.policy import Forbidden, Permission
from ops.web.changes import deciding, revise_given, revising, undoing
from ops.web.changes.addressed import id_of
from ops.web.changes.deciding import Note
from ops.web.changes.page import page_of
from ops.web.changes.views import bp
from ops.web.declared import WITH_FILE
from ops.web.forms import new_form_token, posted_form_token
from ops.web.gate import actor, database, needs, platform, signed_in, tx
from ops.web.page import flash, render, see_other
from ops.web.trouble import Trouble, headers, status
from ops.web.typed import as_posted
from ops.web.visible import marked, visible
from ops.words import t


@bp.get("/<ref>/edit")
@needs(signed_in)
def edit(ref: str) -> Answer:
    """The form that makes a further revision of a change."""
    change_id = id_of(ref)
    taken = changes.taken_up(tx(), platform().catalog, actor(), change_id)
    if taken.why_not is not None:
        return page_of(change_id, 403, Note("info", t("changes.revise.cannot"), taken.why_not))
    draft = drafts.find(tx(), actor().person_id or 0, f"/changes/{taken.reference}/edit")
    if draft is None:
        return _form(revising.page(taken, new_form_token()))
    return _form(revising.page(taken, new_form_token(), as_posted(draft)), draft)


@bp.post("/<ref>/edit")
@needs(Permission.CHANGES_PROPOSE, body=WITH_FILE, keeps=True)
def revise(ref: str) -> Answer:
    """Ask for something else instead; everybody is asked anew."""
    change_id, token = id_of(ref), posted_form_token()
    form: Mapping[str, str] = request.form
    taken = changes.taken_up(tx(), platform().catalog, actor(), change_id)
    if taken.why_not is not None:
        code = 403 if taken.change.state in _TAKEN_UP else 409
        return page_of(change_id, code, Note("info", t("changes.revise.cannot"), taken.why_not))
    asked = []
    try:
        form = revise_given.with_files(taken, form)
        asked = revise_given.sent(taken, form)
        outcome = changes.revise(
            database(), platform().catalog, actor(), change_id, [one for _, one in asked],
            reason=form.get("reason", "").replace("\r\n", "\n").strip(), digest=form.get("digest", ""),
            token=token, apply_at=revising.apply_at(form),
        )  # fmt: skip
    except Exception as error:
        return _again(change_id, form, token, revising.trouble_of(error, asked))
    _tell(outcome, "changes.revise.done")
    return see_other(url_for("changes.show", ref=outcome.reference))


@bp.post("/<ref>/retry")
@needs(Permission.CHANGES_PROPOSE)
def retry(ref: str) -> Answer:
    """Apply once more what was agreed and failed."""
    change_id = id_of(ref)
    try:
        outcome = changes.retry(
            database(), platform().catalog, actor(), change_id,
            digest=request.form.get("digest", ""), token=posted_form_token(),
        )  # fmt: skip
    except (Stale, Forbidden, Busy) as error:
        code, note = deciding.refusal(error, title=t("changes.retry.not_tried"))
        return page_of(change_id, code, note)
    _tell(outcome, "changes.retry.done")
    return see_other(url_for("changes.show", ref=outcome.reference))


@bp.get("/<ref>/undo")
@needs(signed_in)
def ask_undo(ref: str) -> Answer:
    """What undoing would do, before it is asked for."""
    change_id = id_of(ref)
    found = changes.undoing(tx(), platform().catalog, actor(), change_id)
    if found.why_not is not None:
        return page_of(change_id, 409, Note("info", t("changes.undo.cannot"), found.why_not))
    page = undoing.page(tx(), platform().catalog, actor(), found)
    return render("changes/undo.html", page=page, form_token=new_form_token(), marked=marked, plain=visible)


@bp.post("/<ref>/undo")
@needs(Permission.CHANGES_PROPOSE)
def undo(ref: str) -> Answer:
    """Propose a change that puts back what stood there."""
    change_id = id_of(ref)
    reason = request.form.get("reason", "").replace("\r\n", "\n").strip()
    view = changes.show(tx(), platform().catalog, actor(), change_id)
    try:
        outcome = _undone(change_id, reason, many=view.head is not None)
    except (Stale, Forbidden, Busy, Invalid) as error:
        code, note = deciding.refusal(error, title=t("changes.undo.not_asked"))
        return page_of(change_id, code, note)
    return see_other(url_for("changes.show", ref=outcome.reference))


_TAKEN_UP = ("in_review", "sent_back", "conflicted", "failed")


def _undone(change_id: int, reason: str, *, many: bool) -> Outcome:
    token, house = posted_form_token(), (database(), platform().catalog, actor())
    if many:
        outcome = bulk.undo(*house, change_id, reason=reason, token=token, ring=_ring)
        flash("info", t("many.undoing", reference=outcome.reference), t("many.under_way_text"))
        return outcome
    outcome = changes.undo(*house, change_id, reason=reason, token=token)
    _tell(outcome, "changes.undo.done")
    return outcome


def _tell(outcome: Outcome, done: str) -> None:
    """Say on the next page what became of it."""
    reference = outcome.reference
    if outcome.state == "applied":
        flash("ok", t(f"{done}.applied", reference=reference))
    elif outcome.state in ("in_review", "approved"):
        waits = "changes.waits_for_people" if outcome.state == "in_review" else "changes.waits_for_time"
        flash("info", t(f"{done}.asked", reference=reference), t(waits))
    else:
        flash("warn", t("changes.stopped_again", reference=reference), outcome.failure)


def _again(change_id: int, form: Mapping[str, str], token: str, trouble: Trouble) -> Answer:
    """The form once more, on the rows as they are now, with what was typed."""
    taken = changes.taken_up(tx(), platform().catalog, actor(), change_id)
    if taken.why_not is not None:
        return page_of(change_id, 409, Note("warn", trouble.title, taken.why_not))
    return _form(revising.page(taken, token, form, trouble))


def _form(page: revising.Page, draft: drafts.Draft | None = None) -> Response:
    trouble = page.trouble
    return render(
        "changes/edit.html", status(trouble) if trouble else 200, headers(trouble), page=page, draft=draft,
        marked=marked, plain=visible,
    )  # fmt: skip


def _ring(work_id: UUID) -> None:
    work.dispatch(platform().redis, [work_id])

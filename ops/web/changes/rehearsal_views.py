"""The rehearsal of a change: the part of its page that changes by itself, and asking for another one."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response as Answer

from ops import changes, work
from ops.changes import Stale, rehearsing
from ops.db import Busy
from ops.policy import Forbidden, NotVisible
from ops.web.changes import deciding
from ops.web.changes.addressed import id_of
from ops.web.changes.page import page_of
from ops.web.changes.rehearsal import rehearsal_of
from ops.web.changes.views import bp
from ops.web.gate import actor, database, needs, platform, signed_in, tx
from ops.web.page import flash, read_again, render, see_other
from ops.web.role_words import role_words
from ops.web.visible import marked, visible
from ops.words import t


@bp.get("/<ref>/rehearsal")
@needs(signed_in, polling=True)
def rehearsal(ref: str) -> Answer:
    """What was found so far, asked for again and again; once the change waits no more the page is read again."""
    view = changes.show(tx(), platform().catalog, actor(), id_of(ref))
    panel = rehearsal_of(view)
    if not rehearsing.concerned(actor(), view):
        raise NotVisible(ref)
    if panel is None:
        return read_again(f"/changes/{view.reference}")
    return render(
        "changes/rehearsal.html",
        view=view,
        rehearsal=panel,
        marked=marked,
        plain=visible,
        role_words=role_words,
    )


@bp.post("/<ref>/rehearsal")
@needs(signed_in, limit="rehearse")
def rehearse(ref: str) -> Answer:
    """Have it looked at once more, by a worker."""
    change_id = id_of(ref)
    try:
        work_id = rehearsing.again(database(), platform().catalog, actor(), change_id)
    except (Stale, Forbidden, Busy) as error:
        status, note = deciding.refusal(error, title=t("rehearsal.not_asked"))
        return page_of(change_id, status, note)
    if work_id is not None:
        work.dispatch(platform().redis, [work_id])
    reference = changes.reference(change_id)
    flash("info", t("rehearsal.asked", reference=reference), t("rehearsal.asked_text"))
    return see_other(url_for("changes.show", ref=reference))

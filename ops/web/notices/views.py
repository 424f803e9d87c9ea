"""The inbox, marking as read, and the choices of what is told how."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as Answer

from ops.audit import Entry, record
from ops.changes import desk
from ops.identity import Person
from ops.notices import choices, inbox
from ops.notices.kinds import KINDS
from ops.outgoing import mailbox
from ops.web.forms import own_path
from ops.web.gate import actor, database, needs, platform, signed_in, tx
from ops.web.page import flash, render, see_other
from ops.web.visible import marked, unbroken
from ops.words import t

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("/")
@needs(signed_in)
def index() -> Answer:
    """What I was told, newest first; `show=unread` alone what I have not read."""
    unread = request.args.get("show") == "unread"
    before = _number(request.args.get("before"))
    page = inbox.page(tx(), _me(), unread=unread, before=before)
    about = {one.change_id for one in page.notices if one.change_id is not None}
    show = "unread" if unread else None
    return render(
        "notices/index.html",
        notices=page.notices,
        changes=desk.rows_of(tx(), platform().catalog, actor(), sorted(about)),
        marked=marked,
        unbroken=unbroken,
        unread=unread,
        here=url_for("notices.index", show=show, before=before),
        newest=url_for("notices.index", show=show) if before is not None else None,
        older=url_for("notices.index", show=show, before=page.next) if page.next is not None else None,
    )


@bp.post("/read")
@needs(signed_in)
def read_all() -> Answer:
    """Mark the notices up to the newest of the page as read."""
    newest = _number(request.form.get("newest")) or 0
    with database().transaction() as writing:
        inbox.mark_read(writing, _me(), newest)
    flash("ok", t("home.notices_marked"))
    return see_other(own_path(request.form.get("next")))


@bp.post("/<int:notice_id>/read")
@needs(signed_in)
def read_one(notice_id: int) -> Answer:
    """Mark one of my notices as read; with `open` in the form, go on to what it is about."""
    me = _me()
    with database().transaction() as writing:
        inbox.mark_one(writing, me, notice_id)
    return see_other(own_path(request.form.get("next")))


@bp.get("/preferences")
@needs(signed_in)
def preferences() -> Answer:
    """The way of each kind of notice."""
    return _preferences(choices.choices(tx(), _me()))


@bp.post("/preferences")
@needs(signed_in)
def choose() -> Answer:
    """Keep what was chosen."""
    who = actor()
    routes = {name: request.form[name] for name in KINDS if name in request.form}
    hour = _number(request.form.get("hour"))
    try:
        with database().transaction() as writing:
            choices.choose(writing, _me(), routes, choices.USUAL_HOUR if hour is None else hour)
            facts = {**routes, "hour": str(hour)}
            record(writing, who, [Entry("notices.chosen", facts=facts)])
    except choices.NoSuchRoute:
        return _preferences(choices.choices(tx(), _me()), status=422)
    flash("ok", t("inbox.kept"))
    return see_other(url_for("notices.preferences"))


def _preferences(chosen: choices.Choices, status: int = 200) -> Answer:
    settings, person = platform().settings, tx().get_one(Person, _me())
    address = person.email if person.email_verified and mailbox(person.email or "") else None
    return render(
        "notices/preferences.html",
        status,
        kinds=KINDS.values(),
        chosen=chosen,
        mailed=settings.smtp is not None,
        chat=settings.chat_webhook_url is not None,
        address=address,
        zone=person.timezone,
        refused=status == 422,
    )


def _me() -> int:
    return cast(int, actor().person_id)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None

"""One's own account: roles and where they come from, sessions, appearance."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, request, url_for
from werkzeug.exceptions import UnprocessableEntity
from werkzeug.wrappers import Response as Answer

from ops.audit import Entry, record
from ops.identity import Person, grants_of, sessions
from ops.web.forms import AppearanceForm, own_path
from ops.web.gate import actor, database, mine, needs, platform, public, signed_in, tx
from ops.web.page import LOOK_COOKIE, flash, render, see_other
from ops.web.people.browsers import short_name
from ops.words import t

bp = Blueprint("account", __name__)
YEAR = 60 * 60 * 24 * 365


@bp.get("/people/me")
@needs(signed_in)
def show() -> Answer:
    """Who I am here, what I may, and where I am signed in."""
    me = cast(int, actor().person_id)
    return render(
        "people/me.html",
        person=tx().get_one(Person, me),
        grants=grants_of(tx(), me),
        sessions=sessions.list_open(tx(), me, mine().token),
        warnings=mine().get("warnings", []),
        browser=lambda session: short_name(session.agent, t("people.unknown_browser")),
    )


@bp.post("/people/me/sessions/<ref>/end")
@needs(signed_in)
def end_session(ref: str) -> Answer:
    """End one of my sessions; ending this one is signing out here."""
    who = actor()
    with database().transaction() as tx:
        ended = sessions.end_one(tx, cast(int, who.person_id), ref)
        if ended:
            record(tx, who, [Entry("session.ended", facts={"how": "by the person, from their list"})])
    flash("ok" if ended else "info", t("people.session_ended" if ended else "people.session_gone"))
    return see_other(url_for("account.show"))


@bp.post("/appearance")
@needs(public)
def appearance() -> Answer:
    """Keep colours, row height and keys in the cookie that static/js/look.js writes too."""
    form = AppearanceForm()
    if not form.validate():
        raise UnprocessableEntity
    chosen = f"{form.theme.data}.{form.density.data}.{form.keys.data}"
    answer = see_other(own_path(_came_from()))
    answer.set_cookie(
        LOOK_COOKIE, chosen, max_age=YEAR, path="/", samesite="Lax", secure=platform().settings.secure
    )
    return answer


def _came_from() -> str:
    referrer = request.referrer or ""
    prefix = request.host_url
    return "/" + referrer.removeprefix(prefix) if referrer.startswith(prefix) else "/"

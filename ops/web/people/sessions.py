"""Everybody's open sessions; whoever may change what people may do ends any of them, people their own (P12)."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops.identity import open_sessions, sessions
from ops.identity.open_sessions import SessionsPage
from ops.policy import Permission, require
from ops.web.forms import own_path
from ops.web.gate import actor, database, mine, needs, platform, signed_in, tx
from ops.web.navigation import initials
from ops.web.page import flash, render, see_other
from ops.web.people.browsers import short_name
from ops.web.people.pages import address, bp, edits, is_me, known, number, person_href
from ops.web.visible import marked, visible
from ops.words import t

HERE = "/people/sessions/"


@bp.get("/sessions/")
@needs(Permission.PEOPLE_READ)
def everybodys() -> Response:
    """Every open session, newest sign-in first; `who` are those of one person."""
    person_id = number(request.args.get("who"))
    person = known(person_id) if person_id is not None else None
    after = request.args.get("after")
    page = open_of(person_id, after=after, size=50)
    return render(
        "people/sessions.html",
        page=page,
        person=person,
        paged=bool(after),
        way=lambda **more: address(HERE, who=person_id, **more),
        edits=edits(),
        is_me=is_me,
        href=person_href,
        initials=initials,
        browser=lambda session: short_name(session.agent, t("people.unknown_browser")),
        marked=marked,
        plain=visible,
    )


@bp.post("/<int:person_id>/sessions/<ref>/end")
@needs(signed_in)
def end_one(person_id: int, ref: str) -> Answer:
    """End one session of a person; ending the one this comes from is signing out here."""
    return _end(person_id, ref)


@bp.post("/<int:person_id>/sessions/end")
@needs(signed_in)
def end_all(person_id: int) -> Answer:
    """End every session of a person."""
    return _end(person_id, None)


def open_of(person_id: int | None, *, after: str | None = None, size: int) -> SessionsPage:
    """A page of open sessions, this browser's own told apart."""
    token = mine().token
    return open_sessions.open_sessions(
        tx(), idle=platform().settings.session_idle.total_seconds(), person_id=person_id,
        mine=sessions.digest(token) if token else b"", after=after, size=size,
    )  # fmt: skip


def _end(person_id: int, ref: str | None) -> Answer:
    if not is_me(person_id):
        require(actor(), Permission.PEOPLE_EDIT)
    name = visible(known(person_id).name)
    with database().transaction() as writing:
        ended = open_sessions.end_for(writing, actor(), person_id, ref)
    if not ended:
        flash("info", t("directory.ended_none"))
    elif ref is None:
        flash("ok", t("directory.ended_all", count=ended, name=name))
    else:
        flash("ok", t("directory.ended", name=name))
    return see_other(own_path(request.form.get("back"), otherwise=person_href(person_id)))

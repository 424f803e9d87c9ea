"""Looking as a role: chosen, begun and stopped; both ends stand in the trail."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops.audit import Entry, record
from ops.identity import sessions
from ops.policy import Permission
from ops.roles import book_of
from ops.web.forms import own_path
from ops.web.gate import actor, database, load_visitor, mine, needs, signed_in
from ops.web.looking import KEY
from ops.web.page import flash, render, see_other
from ops.web.people.pages import bp, roles
from ops.web.visible import marked
from ops.words import t


@bp.get("/preview")
@needs(Permission.PEOPLE_EDIT)
def choose_role() -> Response:
    """Which role to look as."""
    return _form(request.args.get("role", ""))


@bp.post("/preview")
@needs(Permission.PEOPLE_EDIT)
def start_looking() -> Answer:
    """From the next page on, see what the role's people see, within one's own rights."""
    role = request.form.get("role", "").strip()
    found = book_of(actor()).roles.get(role)
    if found is None:
        return _form(role, t("directory.role_needed"))
    _keep(role, Entry("preview.started", facts={"role": role}))
    flash("info", t("preview.started", role=found.label), t("preview.started_text"))
    return see_other("/tables/")


@bp.post("/preview/stop")
@needs(signed_in)
def stop_looking() -> Answer:
    """See as oneself again."""
    who = load_visitor()
    role = who.data.get(KEY) if who is not None else None
    if role is not None:
        _keep(None, Entry("preview.stopped", facts={"role": str(role)}))
        flash("ok", t("preview.stopped"))
    return see_other(own_path(request.form.get("back"), otherwise="/people/preview" if role else "/"))


def _keep(role: str | None, entry: Entry) -> None:
    """Write it into the session's row and the trail, both or neither."""
    session = mine()
    with database().transaction() as writing:
        changed, removed = ({KEY: role}, []) if role is not None else ({}, [KEY])
        sessions.save(writing, session.ensure_token(), changed, removed)
        record(writing, actor(), [entry])
    # What the request keeps at its end is compared with this.
    for kept in (session, session.stored):
        kept.pop(KEY, None)
        kept.update(changed)


def _form(chosen: str, problem: str | None = None) -> Response:
    return render(
        "people/preview.html",
        422 if problem else 200,
        roles=roles(),
        chosen=chosen,
        problem=problem,
        marked=marked,
    )

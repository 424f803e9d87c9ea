"""The way in when no identity provider answers; it exists only where OPS_BREAK_GLASS is on."""

from __future__ import annotations

from flask import Blueprint, current_app, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from ops.identity import Browser, break_glass
from ops.web.forms import own_path
from ops.web.gate import actor, database, load_visitor, mine, needs, platform, public
from ops.web.limits import by_address
from ops.web.page import render, see_other
from ops.words import t

bp = Blueprint("break_glass", __name__)


@bp.get("/sign-in/break-glass")
@needs(public)
def ask() -> Answer:
    """The form; people who are signed in go on."""
    _only_where_on()
    back = own_path(request.args.get("next"))
    return see_other(back) if load_visitor() is not None else _page(back)


@bp.post("/sign-in/break-glass")
@needs(public, limit="password")
def enter() -> Answer:
    """Try name, password and code; which of them was wrong is not told."""
    _only_where_on()
    back, form = own_path(request.form.get("next")), request.form
    settings, who = platform().settings, actor()
    browser = Browser(mine().token, request.remote_addr, request.user_agent.string, settings.session_max)
    with database().transaction() as tx:
        said = (form.get("name", ""), form.get("password", ""), form.get("code", ""))
        where = by_address(request.remote_addr)
        entered = break_glass.enter(tx, who, platform().keys, browser, *said, address=where)
    if entered.token is None:
        return _page(back, 403, t("people.failed.closed" if entered.closed else "people.failed.break_glass"))
    current_app.logger.warning("request %s: a break-glass account was used", g.request_id)
    mine().become(entered.token)
    return see_other(back)


def _only_where_on() -> None:
    if not platform().settings.break_glass:
        raise NotFound


def _page(back: str, status: int = 200, failure: str | None = None) -> Answer:
    g.plain = True
    return render("people/break_glass.html", status, back=back, failure=failure, request_id=g.request_id)

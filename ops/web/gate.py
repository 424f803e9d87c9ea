"""The gate every request passes: who it is, whether it comes from our own page, what its endpoint needs.

Closed by default: an endpoint that does not say what it needs stops the start-up (P13).
"""

from __future__ import annotations

import secrets
import time
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, redirect, request
from flask_login import LoginManager
from werkzeug.exceptions import HTTPException, TooManyRequests
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as Answer

from ops import policy
from ops.db import Busy, Unavailable, reset_statements
from ops.identity import sessions
from ops.tagging import tag
from ops.web import bounds, looking, typed
from ops.web.current import (
    SAFE_METHODS,
    House,
    actor,
    database,
    frame,
    house,
    load_visitor,
    mine,
    platform,
    polls,
    tx,
    visitor,
    wants_part,
)
from ops.web.declared import FORM, UPLOAD, Bearer, Open, Undeclared, check_endpoints, needs, public, signed_in
from ops.web.forms import own_path, path_of, taken_in
from ops.web.limits import by_address, by_person
from ops.web.origin import OtherOrigin, check_origin, public_origin

# The gate is asked for these by every room of the web.
__all__ = [
    "SAFE_METHODS", "Bearer", "House", "Open", "OtherOrigin", "Undeclared", "actor", "check_endpoints", "database",
    "frame", "house", "load_visitor", "mine", "needs", "platform", "public", "public_origin", "signed_in", "tx",
    "visitor", "wants_part",
]  # fmt: skip
FRESH_SECONDS = 300  # how long ago somebody may have proved who they are, for what is sensitive (P11)
WHILE_TYPING = 6 * FRESH_SECONDS  # who opened a form freshly may take so long to send it


def guard(app: Flask, login: LoginManager) -> None:
    """Put the gate before every endpoint of `app`."""
    login.unauthorized_handler(to_sign_in)
    app.before_request(begin)
    app.before_request(enter)
    app.after_request(leave)


def begin() -> None:
    """Name the request and start its clock, before anything can go wrong."""
    reset_statements()
    g.request_id = secrets.token_hex(8)
    tag(g.request_id, request.endpoint or "-")
    g.catalog = platform().catalog  # what this request took for the shape of the tables
    g.started = time.monotonic()


def enter() -> Any:
    """Let the request in, or answer in its place."""
    bounds.check()
    if request.endpoint is None:
        return _elsewhere(request.routing_exception)
    view: Any = current_app.view_functions[request.endpoint]
    bounds.of(view.body, platform().settings)
    what: policy.Permission | Open | Bearer = view.needs
    if isinstance(what, Bearer):
        g.actor = what.check()
        return None
    unsafe = request.method not in SAFE_METHODS
    late = None
    if unsafe and not view.foreign:
        check_origin()
        if view.body == UPLOAD and (refused := _may_send(what)) is not None:
            return refused
        late = None if what is public else taken_in()
    if what is not public and load_visitor(ahead=unsafe) is None:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]  # set by Flask-Login
    if late is not None:
        raise late
    if unsafe:
        if not view.foreign:
            house().csrf.protect()
        database()  # what follows will write; the reading must not be open then
        if what is not public:
            looking.refuse(g.get("visitor"), request.endpoint)
    if isinstance(what, policy.Permission):
        policy.require(actor(), what)
    if view.limit is not None:
        slow_down(view.limit)
    return None if view.fresh is None or fresh(view.fresh) else to_sign_in("/sign-in/again")


def _may_send(what: policy.Permission | Open) -> Any:
    """Judge who sends a whole file before any of it is taken in; the answer in its place, or None (P24)."""
    if load_visitor() is None:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]  # set by Flask-Login
    if isinstance(what, policy.Permission) and not policy.may(actor(), what):
        bounds.of(FORM, platform().settings)  # of theirs no more is read than it takes to say no
    house().reading.end()  # who sends slowly holds no transaction
    return None


def slow_down(name: str, who: str | None = None) -> None:
    """Count one use of a rate by `who` (unless told: the person, or else the address). Raises TooManyRequests."""
    if who is None:
        person = visitor()
        who = by_person(person.person_id) if person else by_address(request.remote_addr)
    house().reading.end()  # no transaction is open while Redis is asked
    platform().db.forget_ahead()
    seconds = house().limits.hit(name, who)
    if seconds is not None:
        raise TooManyRequests(retry_after=seconds)


def _elsewhere(error: Exception | None) -> Answer | None:
    """Where the router would send the request; None where there is no such address: Flask says so itself."""
    if not isinstance(error, RequestRedirect):
        return None
    # It has put the Host it was told into the address; ours is a path (P25).
    return redirect(path_of(error.new_url), error.code)


def fresh(seconds: int = FRESH_SECONDS) -> bool:
    """Whether the person proved at most `seconds` ago who they are, as their provider says (P11)."""
    who = load_visitor()
    return who is not None and who.auth_age is not None and who.auth_age <= seconds


def to_sign_in(where: str = "/sign-in") -> Response:
    """Send somebody without a living session to the sign-in page, and back afterwards."""
    if request.method == "GET" and not polls():
        back = own_path(request.full_path.rstrip("?"))
    else:
        # The page they were on: what they sent cannot be sent again by following a link.
        back = own_path(
            path_of(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
        )
    typed_kept = _keep_typed()
    if typed_kept is not None:
        return typed_kept
    over = {"over": "1"} if mine().token and where == "/sign-in" else {}
    address = f"{where}?{urlencode({'next': back, **over})}"
    if wants_part():
        # A part would put the sign-in page inside the page; htmx loads this address as a page instead.
        return Response(status=200, headers={"HX-Redirect": address})
    return Response(status=303, headers={"Location": address})


def _keep_typed() -> Response | None:
    """Keep what was posted to a form that takes drafts, before its sender is sent away.

    Whoever sent it holds the cookie and the form's token: it comes from a page of that session. It is handed over
    only to the same person, signing in where that cookie is (`ops.drafts`).
    """
    view: Any = current_app.view_functions.get(request.endpoint or "")
    token, who = mine().token, g.get("visitor")
    if (
        request.method in SAFE_METHODS
        or token is None
        or not (view.keeps or request.endpoint == "drafts.save")
    ):
        return None
    try:
        house().csrf.protect()
        address = typed.address_of(request.form.get(typed.ADDRESS_FIELD, "") if polls() else request.path)
    except HTTPException:
        if polls():
            raise
        return None
    if who is not None:
        typed.save(database(), who.person_id, address)
    else:
        typed.park(database(), token, address)
    # The page that keeps a draft by itself stays as it is: its person is typing in it.
    return Response(status=204) if polls() else None


def leave(response: Response) -> Response:
    """End the reading before a byte is sent, and note that the person was here."""
    named = house().reading.end()
    platform().db.forget_ahead()
    if named is not None:
        raise named
    who = g.get("visitor")
    view: Any = current_app.view_functions.get(request.endpoint or "")
    if who is not None and request.method == "POST" and response.status_code == 303 and view.keeps:
        typed.sent(platform().db, who.person_id)
    if who is not None and who.stale and not polls() and mine().token:
        _touch()
    return response


def _touch() -> None:
    token = mine().token
    try:
        with platform().db.transaction() as tx:
            sessions.touch(tx, cast(str, token))
    except (Unavailable, Busy):
        current_app.logger.warning("seen_at could not be written; the session may end early")

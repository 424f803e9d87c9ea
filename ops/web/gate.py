"""The gate every request passes: who it is, whether it comes from our own page, what its endpoint needs.

Closed by default: an endpoint that does not say what it needs stops the start-up (P13).
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, redirect, request
from flask import session as flask_session
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, TooManyRequests
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as Answer

from ops import changes, policy
from ops.actor import Actor
from ops.db import Busy, Database, Unavailable, reset_statements
from ops.identity import ProviderClient, sessions
from ops.platform import Platform
from ops.tagging import tag
from ops.web import bounds, looking, typed
from ops.web.declared import Bearer, Open, Undeclared, check_endpoints, needs, public, signed_in
from ops.web.forms import own_path, path_of, taken_in
from ops.web.limits import Limits, by_address, by_person
from ops.web.origin import OtherOrigin, check_origin, public_origin
from ops.web.reading import Reading
from ops.web.session import ServerSession, Visitor, arrive, frame_counts

# The gate is asked for these by every room of the web.
__all__ = [
    "Bearer", "Open", "OtherOrigin", "Undeclared", "check_endpoints", "needs", "public", "public_origin", "signed_in",
]  # fmt: skip
FRESH_SECONDS = 300  # how long ago somebody may have proved who they are, for what is sensitive (P11)
WHILE_TYPING = 6 * FRESH_SECONDS  # who opened a form freshly may take so long to send it
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class House:
    """What the web keeps for one application: `app.extensions["countersign"]`."""

    platform: Platform
    reading: Reading
    csrf: CSRFProtect
    providers: dict[int, ProviderClient]
    limits: Limits


# What views ask for ---------------------------------------------------------------------


def house() -> House:
    """The House of this application."""
    return cast(House, current_app.extensions["countersign"])


def platform() -> Platform:
    """Settings, database, catalog, Redis of this process."""
    return house().platform


def tx() -> Session:
    """The request's READ ONLY transaction: opened at first use, the same for the whole request."""
    return cast(Session, house().reading.session())


def database() -> Database:
    """The Database, for rooms that write; ends the request's reading first, for transactions never nest.

    What a posted form's person was looked up in stays open: the first transaction of the request goes on in it.
    """
    named = house().reading.end()
    if named is not None:
        raise named
    return platform().db


def visitor() -> Visitor | None:
    """The person who is signed in, or None."""
    return cast(Visitor, current_user) if current_user.is_authenticated else None


def actor() -> Actor:
    """Who acts in this request, for rooms and for the trail."""
    if "actor" not in g:
        who = g.get("visitor")
        token = mine().token
        g.actor = replace(
            who.actor if who else Actor(None, ""),
            source="web",
            request_id=g.request_id,
            session=sessions.digest(token).hex() if token and who else None,
            ip=request.remote_addr,
        )
    return cast(Actor, g.actor)


def mine() -> ServerSession:
    """The session of this request."""
    return cast(ServerSession, flask_session._get_current_object())  # type: ignore[attr-defined]  # it is a proxy


def load_visitor(*, ahead: bool = False) -> Visitor | None:
    """Read session and person, once a request; also for public pages that greet those signed in.

    `ahead`: what follows will write, in the same transaction.
    """
    if "visitor" not in g:
        token = mine().token
        idle = platform().settings.session_idle
        if token is None:
            g.visitor = None
        elif ahead:
            with platform().db.ahead() as reading:
                g.visitor = arrive(reading, token, idle=idle, counted=False)
        else:
            counted = request.method in SAFE_METHODS and not _polls()
            g.visitor = arrive(tx(), token, idle=idle, counted=counted)
        g.pop("actor", None)
        if g.visitor is not None:
            mine().fill(g.visitor.data)
            looking.narrow(g.visitor, platform().catalog)
    return cast("Visitor | None", g.visitor)


def frame() -> tuple[int, int]:
    """Unread notices and what waits for the person, for the frame; counted now where that was put off."""
    who = load_visitor() if "visitor" in g else None
    if who is None:
        return 0, 0
    if who.unread is None or who.waiting is None:
        try:
            who.unread, who.waiting = frame_counts(tx(), who)
        except (Unavailable, Busy):
            return 0, 0  # the page that says so must not fail for a number beside a bell
    return who.unread, changes.to_decide(platform().catalog, actor(), who.waiting)


def wants_part() -> bool:
    """Whether htmx asked for the inside of the page; only the layout and redirects care."""
    return request.headers.get("HX-Request-Type") == "partial"


# What Flask calls -------------------------------------------------------------------------


def guard(app: Flask, login: LoginManager) -> None:
    """Put the gate before every endpoint of `app`."""
    login.request_loader(lambda _request: g.get("visitor"))
    login.unauthorized_handler(to_sign_in)
    app.before_request(begin)
    app.before_request(enter)
    app.after_request(leave)


def begin() -> None:
    """Name the request and start its clock, before anything can go wrong."""
    reset_statements()
    g.request_id = secrets.token_hex(8)
    tag(g.request_id, request.endpoint or "-")
    g.started = time.monotonic()


def enter() -> Any:
    """Let the request in, or answer in its place."""
    bounds.check()
    if request.endpoint is None:
        return _elsewhere(request.routing_exception)
    view: Any = current_app.view_functions[request.endpoint]
    request.max_content_length = request.max_form_memory_size = view.body
    what: policy.Permission | Open | Bearer = view.needs
    if isinstance(what, Bearer):
        g.actor = what.check()
        return None
    unsafe = request.method not in SAFE_METHODS
    late = None
    if unsafe and not view.foreign:
        check_origin()
        late = None if what is public else taken_in()
    if what is not public:
        load_visitor(ahead=unsafe)
        if not current_user.is_authenticated:
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
    if request.method == "GET" and not _polls():
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
        address = typed.address_of(request.form.get(typed.ADDRESS_FIELD, "") if _polls() else request.path)
    except HTTPException:
        if _polls():
            raise
        return None
    if who is not None:
        typed.save(database(), who.person_id, address)
    else:
        typed.park(database(), token, address)
    # The page that keeps a draft by itself stays as it is: its person is typing in it.
    return Response(status=204) if _polls() else None


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
    if who is not None and who.stale and not _polls() and mine().token:
        _touch()
    return response


def _polls() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, "polling", False))


def _touch() -> None:
    token = mine().token
    try:
        with platform().db.transaction() as tx:
            sessions.touch(tx, cast(str, token))
    except (Unavailable, Busy):
        current_app.logger.warning("seen_at could not be written; the session may end early")

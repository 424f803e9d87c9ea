"""What views ask about the request at hand: its house, who acts, the transaction it reads in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from flask import current_app, g, request
from flask import session as flask_session
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session

from ops import changes
from ops.actor import Actor
from ops.db import Busy, Database, Unavailable
from ops.identity import ProviderClient
from ops.platform import Platform
from ops.web import looking
from ops.web.limits import Limits
from ops.web.reading import Reading
from ops.web.session import ServerSession, Visitor, arrived, frame_counts, who_is

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class House:
    """What the web keeps for one application: `app.extensions["countersign"]`."""

    platform: Platform
    reading: Reading
    csrf: CSRFProtect
    providers: dict[int, ProviderClient]
    limits: Limits


def house() -> House:
    """The House of this application."""
    found: House = current_app.extensions["countersign"]
    return found


def platform() -> Platform:
    """Settings, database, catalog, Redis of this process."""
    found: House = current_app.extensions["countersign"]  # a page asks twenty times
    return found.platform


def tx() -> Session:
    """The request's READ ONLY transaction: opened at first use, the same for the whole request."""
    return cast(Session, house().reading.session())


def database() -> Database:
    """The Database, for rooms that write; ends the request's reading first, for transactions never nest.

    What a posted form's person was looked up in stays open: the first transaction of the request goes on in it.
    """
    here = house()
    named = here.reading.end()
    if named is not None:
        raise named
    return here.platform.db


def visitor() -> Visitor | None:
    """The person who is signed in, or None."""
    return cast("Visitor | None", g.get("visitor"))


def actor() -> Actor:
    """Who acts in this request, for rooms and for the trail."""
    acting: Actor | None = g.get("actor")
    if acting is None:
        who = g.get("visitor")
        here = mine()
        acting = g.actor = replace(
            who.actor if who else Actor(None, ""),
            source="web",
            request_id=g.request_id,
            session=here.known_as() if here.token and who else None,
            ip=request.remote_addr,
        )
    return acting


def mine() -> ServerSession:
    """The session of this request."""
    return cast(ServerSession, flask_session._get_current_object())  # type: ignore[attr-defined]  # it is a proxy


def load_visitor(*, ahead: bool = False) -> Visitor | None:
    """Read session and person, once a request; also for public pages that greet those signed in.

    `ahead`: what follows will write, in the same transaction.
    """
    if "visitor" not in g:
        here, idle = mine(), platform().settings.session_idle
        if here.token is None:
            g.visitor = None
        elif ahead:
            with platform().db.ahead(who_is(here.known_as(), idle=idle, counted=False)) as reading:
                g.visitor = arrived(reading)
        else:
            counted = request.method in SAFE_METHODS and not polls()
            asked = who_is(here.known_as(), idle=idle, counted=counted)
            g.visitor = arrived(house().reading.asking(asked))
        g.pop("actor", None)
        if g.visitor is not None:
            here.fill(g.visitor.data)
            looking.narrow(g.visitor, platform().catalog)
    return cast("Visitor | None", g.visitor)


def frame() -> tuple[int, int, int]:
    """Unread notices, what waits for the person, and what lies in their basket; counted now where that was put off."""
    who = load_visitor() if "visitor" in g else None
    if who is None:
        return 0, 0, 0
    if who.unread is None or who.waiting is None:
        try:
            who.unread, who.waiting, who.basket = frame_counts(tx(), who)
        except (Unavailable, Busy):
            return 0, 0, 0  # the page that says so must not fail for a number beside a bell
    return who.unread, changes.to_decide(platform().catalog, actor(), who.waiting), who.basket


def wants_part() -> bool:
    """Whether htmx asked for the inside of the page; only the layout and redirects care."""
    return request.headers.get("HX-Request-Type") == "partial"


def polls() -> bool:
    """Whether a page asks by itself, with nobody behind it."""
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, "polling", False))

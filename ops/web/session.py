"""Sessions over HTTP: a cookie that names a row of `ops.session`, and who stands behind it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, cast

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from flask_login import UserMixin
from sqlalchemy.orm import Session

from ops import direct
from ops.actor import Actor
from ops.db import Busy, Database, Unavailable
from ops.identity import actor_from, keep_known, sessions

CSRF_FIELD = "csrf_token"


class ServerSession(dict[str, Any], SessionMixin):
    """What Flask calls `session`: the row's data once the gate has loaded it, and the cookie's value.

    It is empty until `fill` is called, so a public page costs no statement. The CSRF secret is derived from
    the cookie's value, so that showing a form needs no write.
    """

    def __init__(self, token: str | None, keys: Sequence[bytes]) -> None:
        super().__init__()
        self.token = token
        self.stored: dict[str, Any] = {}
        self.set_cookie = self.drop_cookie = False
        self._keys = keys
        self._secrets: dict[tuple[bytes, str], str] = {}
        self._known_as: tuple[str, str] | None = None

    def fill(self, data: dict[str, Any]) -> None:
        """Take over the row's data."""
        self.stored = data
        self.clear()
        self.update(data)

    def ensure_token(self) -> str:
        """The cookie's value, made now where the browser has none."""
        if self.token is None:
            self.token = sessions.new_token()
            self.set_cookie = True
        return self.token

    def known_as(self) -> str:
        """The name of the session in the database, in hexadecimal: nothing in it comes from the browser."""
        token = self.ensure_token()
        if self._known_as is None or self._known_as[0] != token:
            self._known_as = (token, sessions.digest(token).hex())
        return self._known_as[1]

    def become(self, token: str) -> None:
        """Continue under a new name: called at sign-in (P5). Nothing of the old session is carried over."""
        self.token, self.set_cookie = token, True
        self.fill({})

    def forget(self) -> None:
        """The session is over: the cookie goes."""
        self.token, self.set_cookie, self.drop_cookie = None, False, True
        self.fill({})

    def changes(self) -> tuple[dict[str, Any], list[str]]:
        """What this request set and what it removed, compared with the row."""
        changed = {k: v for k, v in self.items() if k not in self.stored or self.stored[k] != v}
        return changed, [key for key in self.stored if key not in self]

    def __contains__(self, key: object) -> bool:
        return self._csrf_key(key) is not None or super().__contains__(key)

    def __getitem__(self, key: str) -> Any:
        made_of = self._csrf_key(key)
        if made_of is not None:
            of = (made_of, self.ensure_token())
            if of not in self._secrets:
                secret = hmac.digest(made_of, b"csrf " + of[1].encode("ascii"), "sha256")
                self._secrets[of] = secret.hex()[:32]  # 128 bits; it stands in every form of a page
            return self._secrets[of]
        return super().__getitem__(key)

    def _csrf_key(self, name: object) -> bytes | None:
        """The key behind "csrf_token", or behind "csrf_token.1": the one before it."""
        if not isinstance(name, str) or not name.startswith(CSRF_FIELD):
            return None
        number = name[len(CSRF_FIELD) + 1 :] or "0"
        return self._keys[int(number)] if number.isdecimal() and int(number) < len(self._keys) else None


class Sessions(SessionInterface):
    """Flask's session interface on `ops.session`."""

    def __init__(self, db: Database, *, secure: bool, keys: Sequence[str]) -> None:
        self.db = db
        self.secure = secure
        # The prefix makes browsers refuse the cookie from a sibling domain or without https (RFC 6265bis).
        self.cookie = "__Host-countersign" if secure else "countersign"
        self._keys = [hmac.new(key.encode(), b"countersign csrf", sha256).digest() for key in keys]

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """Read the cookie; the row is read by the gate, where the endpoint needs it."""
        value = request.cookies.get(self.cookie)
        return ServerSession(value if sessions.is_token(value) else None, self._keys)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what changed in a short transaction of its own, and the cookie where it is new or over."""
        mine = cast(ServerSession, session)
        if mine.set_cookie and mine.token:
            response.set_cookie(
                self.cookie, mine.token, secure=self.secure, httponly=True, samesite="Lax", path="/"
            )
        elif mine.drop_cookie:
            response.delete_cookie(self.cookie, secure=self.secure, httponly=True, samesite="Lax", path="/")
        changed, removed = mine.changes()
        if mine.token is None or not (changed or removed):
            return
        try:
            with self.db.transaction() as tx:
                sessions.save(tx, mine.token, changed, removed)
        except (Unavailable, Busy):
            # Only messages for the next page live here: the answer itself must not fail for them.
            app.logger.warning("the session's messages could not be kept")


# What waits for the roles a person holds: sets of tables [schema, name], and how many changes are about each.
Waiting = list[tuple[list[list[str]], int]]


@dataclass(slots=True)
class Visitor(UserMixin):  # type: ignore[misc]  # the library has no types
    """The person behind this request: Flask-Login's current_user."""

    actor: Actor  # who they are and what they may, for rooms
    email: str | None  # for showing, verified or not
    unread: int | None  # None: not counted yet, for most answers to a form show no frame
    waiting: Waiting | None
    stale: bool
    data: dict[str, Any]
    auth_age: float | None = None  # seconds since they proved who they are; None: never told
    views: str | None = None  # the stamp of all saved views at that moment (`ops.web.my_views`)
    basket: int = 0  # rows they have collected and not sent
    quiet: bool = False  # no change was under way anywhere when they arrived: no row waits for one
    looking_as: str | None = None  # the role they look as, within their own rights (`ops.web.looking`)

    @property
    def person_id(self) -> int:
        """The person's number."""
        return cast(int, self.actor.person_id)

    @property
    def name(self) -> str:
        """What the person is called."""
        return self.actor.name

    @property
    def roles(self) -> frozenset[str]:
        """The roles they hold now."""
        return self.actor.roles

    def get_id(self) -> str:
        """The person's number, as Flask-Login wants it."""
        return str(self.person_id)


# One indexed read for session, limits, person, roles and the counts of the frame (migrations/versions/0029_sooner.sql).
# The stamp of all saved views comes along, so that those in memory are known to be today's.
_ARRIVAL = "SELECT ops.who_arrives(decode('{id}', 'hex'), {idle}, {touch}, {counted})"
_COUNTS = (
    "SELECT c.*, ops.basket_size(%(person_id)s) AS basket "
    "FROM ops.frame_counts(%(person_id)s, CAST(%(roles)s AS text[])) AS c"
)


def who_is(known_as: str, *, idle: timedelta, counted: bool = True) -> str:
    """The statement that asks who the session `known_as` is of: finished, so that it can travel with BEGIN.

    `counted`: with the two counts of the frame, which `frame_counts` gives later otherwise.
    """
    return _ARRIVAL.format(
        id=known_as, idle=idle.total_seconds(), touch=sessions.TOUCH_SECONDS, counted=counted
    )


def arrived(tx: Session) -> Visitor | None:
    """Whom the transaction's BEGIN asked for, within the limits of the database's clock; None for nobody (P8)."""
    answer = direct.answer(tx)
    if answer is None:
        return None
    said = json.loads(answer)
    row = SimpleNamespace(**said["who"])
    keep_known(tx, row)
    return Visitor(
        actor=actor_from(tx, row),
        email=row.email,
        unread=said.get("unread"),
        waiting=said.get("waiting"),
        stale=row.stale,
        data=row.data,
        auth_age=row.auth_age,
        views=row.views,
        basket=said.get("basket", 0),
        quiet=said.get("under_way") is False,
    )


def frame_counts(tx: Session, who: Visitor) -> tuple[int, Waiting, int]:
    """Unread notices and changes that wait for the person's roles, each up to a hundred, and rows in their basket."""
    row = direct.one(tx, _COUNTS, {"person_id": who.person_id, "roles": sorted(who.roles)})
    return row.unread, row.waiting, row.basket

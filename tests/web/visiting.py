"""A person with a browser: follows the real sign-in, carries cookies and tokens, reads pages by selector."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import requests
from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.test import TestResponse

from ops import identity
from ops.actor import Actor
from ops.identity import Disabled, Identity, Refused
from ops.identity.provider import clients
from ops.identity.sessions import Browser
from ops.identity.signing_in import Terms
from ops.platform import Platform

ORIGIN = "http://localhost:8000"
MINUTES = 2  # that what a provider said is said again; what is sensitive asks for five at most
_VOUCHED: dict[tuple[str, str], tuple[float, Identity | None]] = {}

_LIST = re.compile(r"<tbody>\s*<tr id=r1>.*?</tbody>", re.S)


def _with_end_tags(rows: re.Match[str]) -> str:
    """A list's rows with the end tags that every browser puts in by itself (HTML, 13.1.2.4); html.parser does not."""
    text = rows[0].replace("<td", "</th></td><td").replace("<tr id=r", "</th></td></tr><tr id=r")
    return text.replace("</tbody>", "</th></td></tr></tbody>")


def vouched(platform: Platform, sub: str) -> Identity | None:
    """What the provider says of somebody of its cast, asked by the product's own client; None where that is refused."""
    client = clients(platform.settings)[1]
    kept = _VOUCHED.get((client.issuer, sub))
    if kept is None or time.monotonic() - kept[0] > MINUTES * 60:
        begun = client.begin()
        chosen = requests.post(begun.url, data={"sub": sub}, allow_redirects=False, timeout=10)
        answer = dict(parse_qsl(urlsplit(chosen.headers["Location"]).query))
        try:
            person = client.finish(answer, nonce=begun.nonce, verifier=begun.verifier)
        except Refused:
            person = None
        kept = _VOUCHED[client.issuer, sub] = (time.monotonic(), person)
    return kept[1]


def _let_in(platform: Platform, person: Identity) -> str | None:
    """Open a session by the product's own hand; None where it would say anything about it."""
    settings = platform.settings
    browser = Browser(None, "127.0.0.1", "Werkzeug/3", settings.session_max)
    terms = Terms(owners=settings.owners, rights_last=settings.rights_max_age, keys=platform.keys)
    who = Actor(None, "", request_id=uuid4().hex, ip="127.0.0.1")
    try:
        with platform.db.transaction() as tx:
            signed = identity.sign_in(tx, who, person, browser, terms)
            if signed.warnings:
                raise Refused("warned", "the page after it says so")
    except (Refused, Disabled):
        return None
    return signed.token


class Visitor:
    """One browser. `page` is the last answer, parsed."""

    def __init__(self, app: Flask, origin: str = ORIGIN) -> None:
        self.client = app.test_client()
        self.origin = origin
        self._answer: TestResponse | None = None
        self._due: str | None = None  # a page that is opened only if somebody looks at it
        self._parsed: tuple[TestResponse, BeautifulSoup] | None = None
        self.page_token: str | None = None  # of a page kept open, for tests that send many forms of it

    @property
    def answer(self) -> TestResponse | None:
        """The last answer."""
        if self._due is not None:
            self.get(self._due)
        return self._answer

    @answer.setter
    def answer(self, answer: TestResponse) -> None:
        self._answer, self._due = answer, None

    @property
    def page(self) -> BeautifulSoup:
        """The last answer's HTML, parsed once however often it is asked for."""
        answer = self.answer
        assert answer is not None
        if self._parsed is None or self._parsed[0] is not answer:
            text = _LIST.sub(_with_end_tags, answer.text)
            self._parsed = (answer, BeautifulSoup(text, "html.parser"))
        return self._parsed[1]

    @property
    def cookie(self) -> str | None:
        """The value of the session's cookie."""
        found = self.client.get_cookie("countersign", domain="localhost")
        return found.value if found else None

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open an address."""
        self.answer = self.client.get(path, base_url=self.origin, headers=headers)
        return self.answer

    def token(self) -> str:
        """The CSRF token of the page that is open."""
        field = self.page.select_one("input[name=csrf_token]")
        assert field is not None, "the page has no form"
        return str(field["value"])

    def post(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        csrf: str | None = "",
        site: str | None = "same-origin",
        **headers: str,
    ) -> TestResponse:
        """Send a form of the open page; csrf=None leaves the token out, site=None the Fetch Metadata."""
        body = dict(data or {})
        if csrf is not None:
            body["csrf_token"] = csrf or self.token()
        if site is not None:
            headers["Sec-Fetch-Site"] = site
        self.answer = self.client.post(path, base_url=self.origin, data=body, headers=headers)
        return self.answer

    def follow(self) -> TestResponse:
        """Go where the last answer leads, within our own pages."""
        assert self.answer is not None
        assert self.answer.status_code == 303, self.answer.text
        parts = urlsplit(self.answer.headers["Location"])
        return self.get(parts.path + (f"?{parts.query}" if parts.query else ""))

    def to_provider(self, back: str = "/") -> str:
        """Begin a sign-in and return the provider's address the browser is sent to."""
        self.get(f"/sign-in?next={back}")
        answer = self.post("/sign-in", {"provider": "1", "next": back})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def from_provider(self, address: str, sub: str) -> str:
        """Choose a person at the provider; the path of our callback with its answer."""
        chosen = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=10)
        parts = urlsplit(chosen.headers["Location"])
        assert f"{parts.scheme}://{parts.netloc}" == self.origin
        return f"{parts.path}?{parts.query}"

    def arrive(self, platform: Platform, sub: str) -> None:
        """Be signed in as the callback does it, with what the provider said of the person minutes ago; then `/`.

        The first time in a process, and whenever anything is out of the ordinary, the whole way is gone.
        Else `/` is opened when it is looked at: most go on to a page of their own.
        """
        person = vouched(platform, sub)
        token = None if person is None else _let_in(platform, person)
        if token is None:
            self.sign_in(sub)
            return
        self.client.set_cookie("countersign", token, domain="localhost", httponly=True, samesite="Lax")
        self._due = "/"

    def sign_in(self, sub: str, back: str = "/") -> TestResponse:
        """The whole way, to the page after signing in."""
        self.get(self.from_provider(self.to_provider(back), sub))
        return self.follow()


def visiting(app: Flask, platform: Platform) -> Callable[..., Visitor]:
    """visit() is a new browser; visit("ann") one that is signed in; `sign_in` goes the whole way."""

    def visit(sub: str | None = None) -> Visitor:
        visitor = Visitor(app)
        if sub is not None:
            visitor.arrive(platform, sub)
        return visitor

    return visit

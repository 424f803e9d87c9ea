"""What the last form led to, carried to the next page by a cookie: names of words and figures, signed.

A message in `ops.session` costs a transaction to put there and another to take it away. What most forms lead to
is one of a few sentences with a number in it: nothing that must be kept from the browser it was said to, and
nothing anybody is believed for. All else that is told on the next page stays in the session (`page.flash`).
"""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any, cast

from flask import Flask, Response, current_app, g, request

from ops.web import gate
from ops.web.session import CSRF_FIELD, Sessions
from ops.words import WORDS, t

SECONDS = 120  # the page that shows it is asked for at once


def say(tone: str, key: str, detail: str | None = None, **figures: int | str) -> None:
    """Say the words `key`, and those of `detail`, on the next page this person sees, with `figures` in them."""
    g.said = (tone, key, detail, figures)


def heard() -> dict[str, str | None] | None:
    """What the form before this page led to, said once: the cookie goes with this answer."""
    said = _read()
    if said is None:
        return None
    g.said_is_heard = True
    tone, key, detail, figures = said
    return {"tone": tone, "text": t(key, **figures), "detail": detail and t(detail, **figures)}


def waits() -> bool:
    """Whether there is something to be said."""
    return _read() is not None


def install(app: Flask) -> None:
    """Let every answer of `app` carry what was said, and drop what was heard."""
    app.after_request(_carry)


def _sessions() -> Sessions:
    return cast(Sessions, current_app.session_interface)


def _cookie() -> str:
    return f"{_sessions().cookie}-said"


def _carry(response: Response) -> Response:
    said = g.pop("said", None)
    how: dict[str, Any] = {"secure": _sessions().secure, "httponly": True, "samesite": "Lax", "path": "/"}
    if said is not None and gate.mine().token:
        body = base64.urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()
        response.set_cookie(_cookie(), f"{body}.{_signature(body)}", max_age=SECONDS, **how)
    elif g.get("said_is_heard"):
        response.delete_cookie(_cookie(), **how)
    return response


def _read() -> tuple[str, str, str | None, dict[str, Any]] | None:
    if g.get("said_is_heard"):
        return None
    body, _, signature = (request.cookies.get(_cookie()) or "").partition(".")
    if not body or gate.mine().token is None or not _genuine(body, signature):
        return None
    try:
        tone, key, detail, figures = json.loads(base64.urlsafe_b64decode(body))
    except ValueError:
        return None
    # A newer release may have said something this one has no words for.
    return (tone, key, detail, figures) if key in WORDS and (detail is None or detail in WORDS) else None


def _genuine(body: str, signature: str) -> bool:
    return hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(body).encode())


def _signature(body: str) -> str:
    """Of this session: what was said to somebody else is not shown to who comes after."""
    secret = gate.mine()[CSRF_FIELD]
    return hmac.digest(secret.encode(), b"said " + body.encode(), "sha256").hex()[:32]

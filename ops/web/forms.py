"""What forms bring: the token that makes sending twice harmless, and addresses that are really our own."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from flask import request
from flask_wtf import FlaskForm
from werkzeug.exceptions import HTTPException
from wtforms import HiddenField, IntegerField, RadioField

_TOKEN = re.compile(r"^[A-Za-z0-9_-]{22,64}$")
# Pages that lead out of the session again: coming back to them after signing in would be a circle.
_NOT_BACK_TO = ("/sign-in", "/sign-out", "/auth/", "/static/")


class SignInForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Which provider, and where to go afterwards."""

    provider = IntegerField(default=1)
    next = HiddenField(default="/")


class AppearanceForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Colours, row height and keys; a value of none of the choices is refused."""

    theme = RadioField(choices=["system", "light", "dark"], default="system")
    density = RadioField(choices=["compact", "comfortable"], default="compact")
    keys = RadioField(choices=["on", "off"], default="on")


def new_form_token() -> str:
    """A token for one form: sending the form again gives the first result, not a second effect (P30)."""
    return secrets.token_urlsafe(16)


def posted_form_token() -> str:
    """The token the form came with; a new one where it has none, so that the effect still happens once."""
    value = request.form.get("form_token", "")
    return value if _TOKEN.match(value) else new_form_token()


def taken_in() -> HTTPException | None:
    """Read the whole form before a transaction is open: who sends slowly holds none (P44).

    What is wrong with it is returned, to be told once it is known who sent it.
    """
    try:
        _ = request.form
    except HTTPException as error:
        return error
    return None


def own_path(value: str | None, otherwise: str = "/") -> str:
    """`value` if it is a path of our own pages, else `otherwise`: never a way to another host (P25)."""
    if not value or len(value) > 4000 or not value.startswith("/") or value.startswith("//"):
        return otherwise
    # Browsers read a backslash as a slash, and drop tabs and line ends before they look.
    if "\\" in value or any(ord(c) < 0x21 or ord(c) == 0x7F for c in value):
        return otherwise
    parts = urlsplit(value)
    if parts.scheme or parts.netloc or parts.path.startswith(_NOT_BACK_TO):
        return otherwise
    return value


def path_of(address: str) -> str:
    """Path and query of an address a browser told; "" where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:  # "http://[": a header may hold anything
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path

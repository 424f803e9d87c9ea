"""The token of forms (P21): Flask-WTF's, also believed where an earlier OPS_SECRET_KEY has signed it."""

from __future__ import annotations

from flask import Flask, current_app, g, session
from flask_wtf.csrf import CSRFProtect, generate_csrf, validate_csrf
from wtforms import ValidationError

from ops.web.session import CSRF_FIELD

MOST = 5000  # sessions whose token a process knows


class Csrf(CSRFProtect):  # type: ignore[misc]  # the library has no types
    """Forms that were open while the key was changed can still be sent."""

    def init_app(self, app: Flask) -> None:
        """As Flask-WTF does it; templates, which show the token several times, have it made once."""
        super().init_app(app)
        app.template_context_processors[None].pop()  # Flask-WTF's own way to have it in templates
        app.jinja_env.globals["csrf_token"] = csrf_token
        app.extensions["countersign_csrf"] = {}

    def protect(self, apply_exemptions: bool = False) -> None:
        """Let the request's token pass, or raise CSRFError."""
        for number, key in enumerate(current_app.config["SECRET_KEY_FALLBACKS"], 1):
            try:
                validate_csrf(self._get_csrf_token(), key, token_key=f"{CSRF_FIELD}.{number}")
            except ValidationError:
                continue
            g.csrf_valid = True  # as Flask-WTF marks it; its forms look at this
            return
        super().protect(apply_exemptions)


def csrf_token() -> str:
    """The token of this session's forms.

    It has no end of its own (WTF_CSRF_TIME_LIMIT), so it is signed once for a session.
    """
    made: str | None = g.get(CSRF_FIELD)  # where Flask-WTF keeps it
    if made is None:
        signed: dict[str, str] = current_app.extensions["countersign_csrf"]
        known_as: str = session.known_as()  # type: ignore[attr-defined]  # it is ours (`ops.web.session`)
        made = signed.get(known_as)
        if made is None:
            if len(signed) >= MOST:
                signed.clear()
            made = signed[known_as] = str(generate_csrf())
        setattr(g, CSRF_FIELD, made)
    return made

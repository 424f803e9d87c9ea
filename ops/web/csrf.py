"""The token of forms (P21): Flask-WTF's, also believed where an earlier OPS_SECRET_KEY has signed it."""

from __future__ import annotations

import hmac

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
        self._believed: dict[str, str] = {}

    def protect(self, apply_exemptions: bool = False) -> None:
        """Let the request's token pass, or raise CSRFError.

        A token has no end of its own: the one that was found genuine last for this session is so again.
        """
        known_as: str = session.known_as()  # type: ignore[attr-defined]  # it is ours (`ops.web.session`)
        sent, known = self._get_csrf_token() or "", self._believed.get(known_as)
        if known is not None and hmac.compare_digest(known.encode(), sent.encode("utf-8", "replace")):
            g.csrf_valid = True  # as Flask-WTF marks it; its forms look at this
            return
        self._judge(apply_exemptions)
        if g.get("csrf_valid"):  # not where Flask-WTF has judged nothing, as of a method it does not know
            if len(self._believed) >= MOST:
                self._believed.clear()
            self._believed[known_as] = sent

    def _judge(self, apply_exemptions: bool) -> None:
        for number, key in enumerate(current_app.config["SECRET_KEY_FALLBACKS"], 1):
            try:
                validate_csrf(self._get_csrf_token(), key, token_key=f"{CSRF_FIELD}.{number}")
            except ValidationError:
                continue
            g.csrf_valid = True
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

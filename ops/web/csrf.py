"""The token of forms (P21): Flask-WTF's, also believed where an earlier OPS_SECRET_KEY has signed it."""

from __future__ import annotations

from flask import current_app, g
from flask_wtf.csrf import CSRFProtect, validate_csrf
from wtforms import ValidationError

from ops.web.session import CSRF_FIELD


class Csrf(CSRFProtect):  # type: ignore[misc]  # the library has no types
    """Forms that were open while the key was changed can still be sent."""

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

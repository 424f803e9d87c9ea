"""Headers of every answer: what a browser may load, where forms may lead, what may be kept (P19, P26)."""

from __future__ import annotations

from functools import lru_cache

from flask import Response

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@lru_cache
def content_policy(form_origins: frozenset[str]) -> str:
    """The Content-Security-Policy: only our own files, no inline code, forms only to us and the provider.

    The provider's origins are there because Chromium applies form-action to redirects too, and signing in
    and out are forms that are redirected there.
    """
    forms = " ".join(["'self'", *sorted(form_origins)])
    return (
        "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {forms}"
    )


def put(response: Response, *, policy: str, secure: bool) -> Response:
    """Set the headers that every answer carries; an answer's own Cache-Control is kept."""
    for name, value in _FIXED.items():
        response.headers[name] = value
    response.headers["Content-Security-Policy"] = policy
    if secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if response.mimetype == "text/html":
        if "Vary" in response.headers:
            response.vary.add("HX-Request-Type")
        else:
            response.headers["Vary"] = "HX-Request-Type"
    return response

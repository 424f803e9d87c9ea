"""Where a request that changes something must come from: a page of ours (P21)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import BadRequest


class OtherOrigin(BadRequest):
    """A request that would change something and does not come from a page of ours."""


def check_origin() -> None:
    """Refuse a request that changes something unless a page of ours sent it (P21).

    Fetch Metadata decides; where the browser sends none (plain http), Origin must be our own address.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site != "same-origin":
            raise OtherOrigin("Sec-Fetch-Site")
    elif request.headers.get("Origin") != public_origin():
        raise OtherOrigin("Origin")


def public_origin() -> str:
    """Scheme and host people reach us by, whatever the Host header says (P25)."""
    parts = urlsplit(current_app.config["OPS_SETTINGS"].public_url)
    return f"{parts.scheme}://{parts.netloc}"

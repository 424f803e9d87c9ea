"""Static files: their addresses carry a digest, so browsers may keep them for a year.

All style sheets are one file to a browser, and all our scripts another; in development each is its own.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app, request, send_from_directory

from ops.web.gate import needs, public

bp = Blueprint("static_files", __name__)
YEAR = 60 * 60 * 24 * 365
# In their order: tokens.css names the layers, so it comes first; a room with rules of its own adds one.
_SHEETS = ("tokens", "base", "frame", "components", "tables")
_ROOMS = (
    "records", "many", "changes", "audit", "people", "roles", "reviews", "views", "search", "imports", "cards",
)  # fmt: skip
_SCRIPTS = (
    "page",
    "cells",
    "cards",
    "quick",
    "keys",
    "forms",
    "picker",
    "together",
    "look",
    "palette",
    "tick",
    "sort",
)
TOGETHER = {
    "css/all.css": (*(f"css/{one}.css" for one in _SHEETS), *(f"css/rooms/{one}.css" for one in _ROOMS)),
    "js/all.js": tuple(f"js/{one}.js" for one in _SCRIPTS),
}


@bp.get("/static/<any(css, js, vendor):part>/<path:name>")
@needs(public)
def file(part: str, name: str) -> Response:
    """One file of the three folders that are for browsers; nothing else of static/ is served."""
    files = cast(StaticFiles, current_app.extensions["countersign_static"])
    if f"{part}/{name}" in TOGETHER:
        response = Response(files.content(f"{part}/{name}"), mimetype=mimetypes.guess_type(name)[0])
        response.set_etag(files.digest(f"{part}/{name}"))
        response.make_conditional(request)
    else:
        response = send_from_directory(files.root / part, name, max_age=0, etag=True)
        response.direct_passthrough = False  # small files: read them, so that they can be compressed
    if request.args.get("v") == files.digest(f"{part}/{name}"):
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response


class StaticFiles:
    """Addresses of static files with a digest of their bytes, so that browsers may keep them for a year."""

    PARTS = ("css", "js", "vendor")

    def __init__(self, root: Path, *, fresh: bool) -> None:
        self.root = root
        self._fresh = fresh  # in development a file may change under us
        self._digests: dict[str, tuple[float, str]] = {}

    def address(self, name: str) -> str:
        """The address of a file under static/, such as "css/app.css"."""
        return f"/static/{name}?v={self.digest(name)}"

    def together(self, name: str) -> tuple[str, ...]:
        """The addresses of all that is in one of `TOGETHER`: its own, or in development those of its parts."""
        return tuple(self.address(one) for one in (TOGETHER[name] if self._fresh else (name,)))

    def content(self, name: str) -> bytes:
        """A file's bytes, or those of all that are in it. Raises FileNotFoundError."""
        return b"\n".join((self.root / one).read_bytes() for one in TOGETHER.get(name, (name,)))

    def digest(self, name: str) -> str:
        """The first characters of the file's SHA-256. Raises FileNotFoundError: a page names only what is."""
        known = self._digests.get(name)
        if known is not None and not self._fresh:
            return known[1]
        changed = max((self.root / one).stat().st_mtime for one in TOGETHER.get(name, (name,)))
        if known is None or known[0] != changed:
            known = (changed, hashlib.sha256(self.content(name)).hexdigest()[:10])
            self._digests[name] = known
        return known[1]

"""Static files: their addresses carry a digest, so browsers may keep them for a year."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app, request, send_from_directory

from ops.web.gate import needs, public

bp = Blueprint("static_files", __name__)
YEAR = 60 * 60 * 24 * 365


@bp.get("/static/<any(css, js, vendor):part>/<path:name>")
@needs(public)
def file(part: str, name: str) -> Response:
    """One file of the three folders that are for browsers; nothing else of static/ is served."""
    files = cast(StaticFiles, current_app.extensions["countersign_static"])
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

    def digest(self, name: str) -> str:
        """The first characters of the file's SHA-256. Raises FileNotFoundError: a page names only what is."""
        known = self._digests.get(name)
        if known is not None and not self._fresh:
            return known[1]
        changed = (self.root / name).stat().st_mtime
        if known is None or known[0] != changed:
            known = (changed, hashlib.sha256((self.root / name).read_bytes()).hexdigest()[:12])
            self._digests[name] = known
        return known[1]

"""When something goes wrong: a page that says what happened, what was kept, what to do, and an id (P26).

Never a trace, SQL or a secret: these stand in the log under the same id.
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, TooManyRequests

from ops import policy
from ops.audit import Entry, record
from ops.catalog import BadAddress, UnknownTable
from ops.db import SHAPE_STATES, Busy, CommitUnknown, Unavailable, sqlstate
from ops.identity import Disabled
from ops.records import UnknownColumn
from ops.web import gate
from ops.web.looking import Looking
from ops.web.page import render
from ops.web.visible import visible
from ops.words import WORDS, t

# Which words a page takes: kinds are keys of ops/words/errors.py, "errors.KIND.title" and ".text".
_BY_STATUS = {
    400: "bad_request", 401: "not_found", 403: "forbidden", 404: "not_found", 405: "method",
    409: "conflict", 413: "too_large", 414: "too_large", 422: "invalid", 429: "too_many", 431: "too_large",
    503: "unavailable",
}  # fmt: skip

_DEEDS = {"new": "create", "edit": "edit", "delete": "delete"}  # what the end of an address is about


def install(app: Flask) -> None:
    """Answer every error of `app` with a page of ours."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> Any:
    """The page for any error. What a database error means is told by the transaction it ended."""
    error = _named(error)
    g.reshaped = _reshaped(error)
    if isinstance(error, HTTPException) and error.response is not None:
        return error.response
    if isinstance(error, Disabled):
        return gate.to_sign_in()
    if isinstance(error, policy.Forbidden) and not error.recorded:
        try:
            _write_refusal(error)
        except Exception as failure:
            # No entry, no answer that could be taken for one: the page then says the service is away.
            return _page(*_meaning(failure), failure)
    return _page(*_meaning(error), error)


def _named(error: Exception) -> Exception:
    if "opened_reading" not in g:
        return error
    named = gate.house().reading.end(error)
    return named if isinstance(named, Exception) else error


def _reshaped(error: Exception) -> bool:
    """Whether it comes of the company having changed its tables: then they have been read anew (P47)."""
    if sqlstate(error) not in SHAPE_STATES:
        return False
    try:
        return gate.platform().refresh() or gate.platform().catalog is not g.get("catalog")
    except (Unavailable, Busy):
        return False


def _moves() -> str | None:
    """What was changed in the table that the address names."""
    ref = (request.view_args or {}).get("table", "")
    return " ".join(gate.platform().moved(ref)) or None


def _meaning(error: Exception) -> tuple[int, str]:
    if g.get("reshaped"):
        return 409, "reshaped"
    if isinstance(error, Looking):
        return 403, "previewing"
    if isinstance(error, policy.Forbidden):
        return 403, "forbidden"
    if isinstance(error, policy.NotVisible | UnknownTable | BadAddress):
        return 404, "not_found"
    if isinstance(error, policy.Masked):
        return 422, "masked"
    if isinstance(error, CommitUnknown):
        return 503, "commit_unknown"
    if isinstance(error, Busy):
        return 503, "busy"
    if isinstance(error, Unavailable):
        return 503, "unavailable"
    if isinstance(error, gate.OtherOrigin):
        return 403, "other_origin"
    if isinstance(error, CSRFError):
        return 400, "stale_form"
    if isinstance(error, HTTPException) and error.code is not None:
        return error.code, _BY_STATUS.get(error.code, "bad_request" if error.code < 500 else "broken")
    return 500, "broken"


def _page(status: int, kind: str, error: Exception) -> Response:
    request_id = g.get("request_id", "")
    if status >= 500:
        current_app.logger.error("request %s failed: %s", request_id, kind, exc_info=error)
    # Inside a session the frame stays, so that people can go on; else, or where the frame itself
    # may be what failed, a plain page.
    g.plain = g.get("visitor") is None or status >= 500
    context = {
        "title": t(f"errors.{kind}.title"),
        "text": t(f"errors.{kind}.text", **_told(error)),
        "kept_text": t(f"errors.{kind}.kept") if f"errors.{kind}.kept" in WORDS else None,
        "request_id": request_id,
        "said": _said(error),
        "why": _why(error),
    }
    headers = {"Retry-After": "5"} if status == 503 else {}
    if isinstance(error, HTTPException):
        headers.update({k: v for k, v in error.get_headers() if k in ("Allow", "Retry-After")})
    try:
        return render("errors/error.html", status, headers, **context)
    except Exception:
        current_app.logger.exception("the error page of request %s failed", request_id)
        return Response(f"{context['title']}\n{request_id}\n", status, headers, mimetype="text/plain")


def _said(error: Exception) -> str | None:
    """The sentence of whoever refused, without what the title says already; what was changed in a table."""
    if g.get("reshaped") or isinstance(error, UnknownTable | UnknownColumn):
        return _moves()
    if not isinstance(error, policy.Forbidden):
        return None
    return visible(str(error).removeprefix(t("errors.forbidden.title") + ". ")) or None


def _why(error: Exception) -> str | None:
    """Where somebody who was refused reads why: about the table they wanted, else about the page."""
    if not isinstance(error, policy.Forbidden) or isinstance(error, Looking) or g.get("visitor") is None:
        return None
    platform, values = gate.platform(), request.view_args or {}
    table = platform.catalog.tables.get(values.get("table", ""))
    if table is not None and policy.sees(gate.actor(), table):
        verb = _DEEDS.get(request.path.rpartition("/")[2], "see")
        asked = {"verb": verb, "table": table.ref, "row": values.get("key", "")}
        return "/people/why?" + urlencode({name: text for name, text in asked.items() if text})
    needed = getattr(current_app.view_functions.get(request.endpoint or ""), "needs", None)
    return f"/people/why?permission={needed.value}" if isinstance(needed, policy.Permission) else None


def _told(error: Exception) -> dict[str, str]:
    """What the words of this error want to know."""
    if not isinstance(error, TooManyRequests):
        return {}
    seconds = int(error.retry_after) if isinstance(error.retry_after, int) else 60
    if seconds < 90:
        return {"wait": t("errors.seconds", n=seconds)}
    return {"wait": t("errors.minutes", n=math.ceil(seconds / 60))}


def _write_refusal(error: policy.Forbidden) -> None:
    """A refusal is an event, committed before the page is sent (P35)."""
    facts = {"what": str(error)[:300], "method": request.method, "endpoint": request.endpoint}
    with gate.database().transaction() as tx:
        record(tx, gate.actor(), [Entry("access", outcome="refused", facts=facts)])

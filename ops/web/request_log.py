"""One line for each request: who, what, how it ended, how long it took; never a value."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request

from ops.db import statements

log = logging.getLogger("ops.request")


def install(app: Flask) -> None:
    """Log every request of `app` after its answer is made."""
    app.after_request(_note_status)
    app.teardown_request(_write)


def _note_status(response: Response) -> Response:
    g.status = response.status_code
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response


def _write(_error: BaseException | None) -> None:
    if "started" not in g:
        return
    # Themselves, not what stands for them: each of these is asked for several things.
    kept, asked = g._get_current_object(), request._get_current_object()  # type: ignore[attr-defined]  # proxies
    who, method, rule = kept.get("visitor"), asked.method, asked.url_rule
    # The rule, not the path: keys of rows and what people search for stay out of the log (P42).
    log.info(
        "request id=%s person=%s method=%s route=%s status=%s ms=%d statements=%d",
        kept.request_id,
        who.person_id if who else "-",
        method if method.isalpha() and len(method) < 10 else "other",
        rule.rule if rule else "-",
        kept.get("status", "-"),
        (time.monotonic() - kept.started) * 1000,
        statements(),
    )

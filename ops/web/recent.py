"""The records somebody opened last, for the palette: their addresses in a cookie, never what they are called.

What they are called is read anew each time, through the rights of whoever asks. The cookie names the person, so that
whoever comes after them at the same browser is offered nothing of theirs. Rows of sensitive tables are left out: no
trace of them stays in a browser, and no look at them is made by opening the palette (P21).
"""

from __future__ import annotations

from typing import cast
from urllib.parse import quote, unquote

from flask import current_app, request
from werkzeug.wrappers import Response

from ops.catalog import Table
from ops.web.gate import actor, platform
from ops.web.session import Sessions

MOST = 8
LONGEST = 1500  # characters of the cookie, which comes with every request
SECONDS = 14 * 24 * 60 * 60
_BETWEEN = "!"  # quoting leaves none


def opened(response: Response, table: Table, key: str) -> Response:
    """`response`, the page of a record, with the record put in front of those opened before."""
    if table.resource.sensitive:
        return response
    here = f"{quote(table.ref, safe='')}/{quote(key, safe='~')}"
    value = str(actor().person_id)
    for one in [here, *(each for each in _entries() if each != here)][:MOST]:
        if len(value) + len(one) < LONGEST:
            value += _BETWEEN + one
    sessions = cast(Sessions, current_app.session_interface)
    response.set_cookie(
        _cookie(), value, max_age=SECONDS, path="/", samesite="Lax", httponly=True, secure=sessions.secure
    )
    return response


def rows() -> list[tuple[Table, str]]:
    """Table and key of each, the last first. Whether they are there for the person is not known yet."""
    tables = platform().catalog.tables
    found = []
    for one in _entries()[:MOST]:
        ref, _, key = one.partition("/")
        table = tables.get(unquote(ref))
        if table is not None and not table.resource.sensitive:
            found.append((table, unquote(key)))
    return found


def _entries() -> list[str]:
    person, *entries = request.cookies.get(_cookie(), "")[: 2 * LONGEST].split(_BETWEEN)
    return entries if person == str(actor().person_id) else []


def _cookie() -> str:
    return f"{cast(Sessions, current_app.session_interface).cookie}-recent"

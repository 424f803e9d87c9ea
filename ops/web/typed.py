"""What somebody typed into a form that takes drafts: kept for them, also where their session has just ended.

A form says so by `needs(…, keeps=True)` at the endpoint it is sent to. Files and secrets are never kept: forms that
have any do not say so.
"""

from __future__ import annotations

import logging
from urllib.parse import unquote

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from ops import drafts
from ops.db import Busy, Database, Unavailable
from ops.drafts import Draft
from ops.identity import sessions

log = logging.getLogger("ops.web.typed")

TOKEN_FIELD, ADDRESS_FIELD, RESTORED_FIELD = "form_token", "draft_of", "drafted"
# What belongs to the page that was open, not to what was typed.
_NOT_TYPED = frozenset(
    {"csrf_token", TOKEN_FIELD, ADDRESS_FIELD, RESTORED_FIELD, "verdict", "password", "code"}
)
_FILE = "u."  # what a script that knows no files makes of one


def address_of(path: str) -> str:
    """The name of a form's draft: the path it is sent to, decoded."""
    return unquote(path.partition("?")[0])


def fields() -> list[tuple[str, str]]:
    """What was typed, of the form that was posted. Raises HTTPException where it cannot be read."""
    typed = request.form.items(multi=True)
    return [(name, value) for name, value in typed if name not in _NOT_TYPED and not name.startswith(_FILE)]


def save(db: Database, person_id: int, address: str) -> bool:
    """Keep the posted form as the person's draft of `address`; False where it is too much."""
    with db.transaction() as tx:
        return drafts.save(tx, person_id, address, fields(), request.form.get(TOKEN_FIELD, ""))


def park(db: Database, token: str, address: str) -> None:
    """Keep what an expired session sent until its person signs in again; nothing here may stop the sign-in."""
    try:
        with db.transaction() as tx:
            drafts.park(tx, sessions.digest(token), address, fields(), request.form.get(TOKEN_FIELD, ""))
    except (Unavailable, Busy, HTTPException) as error:
        log.warning("what an expired session sent could not be kept: %s", type(error).__name__)


def sent(db: Database, person_id: int) -> None:
    """A form that was opened with a draft was sent with success: that draft is over.

    Others are over by their token, which costs nothing; this page's token is not the one the draft was kept with.
    """
    if RESTORED_FIELD not in request.form:
        return
    try:
        with db.transaction() as tx:
            drafts.discard(tx, person_id, address_of(request.path))
    except (Unavailable, Busy):
        log.warning("a draft that was sent could not be taken away; it will be shown again")


def as_posted(draft: Draft) -> MultiDict[str, str]:
    """A draft as the form it was typed into would send it."""
    return MultiDict(draft.fields)

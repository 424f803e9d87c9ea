"""A draft is kept while one types, and discarded by its own button."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, UnprocessableEntity
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as Answer

from ops import drafts
from ops.web import typed
from ops.web.declared import DRAFT
from ops.web.forms import own_path
from ops.web.gate import actor, database, needs, signed_in
from ops.web.page import see_other
from ops.web.said import say

bp = Blueprint("drafts", __name__, url_prefix="/drafts")


@bp.post("/")
@needs(signed_in, polling=True, body=DRAFT)
def save() -> Answer:
    """Asked by the form itself while one types; it does not keep the session alive (P8)."""
    kept = typed.save(database(), cast(int, actor().person_id), _address())
    return Response(status=204 if kept else 413)


@bp.post("/discard")
@needs(signed_in, body=DRAFT)
def discard() -> Answer:
    """Forget what was typed, and show the form anew."""
    address = _address()
    with database().transaction() as tx:
        gone = drafts.discard(tx, cast(int, actor().person_id), address)
    say("info", "frame.draft_discarded" if gone else "frame.draft_gone")
    return see_other(own_path(request.form.get("next")))


def _address() -> str:
    """The form that was named, if it is one that keeps drafts."""
    named = request.form.get(typed.ADDRESS_FIELD, "")
    try:
        endpoint, _values = current_app.url_map.bind("").match(own_path(named), "POST")
    except (HTTPException, RequestRedirect) as error:
        raise UnprocessableEntity from error
    if not getattr(current_app.view_functions[endpoint], "keeps", False):
        raise UnprocessableEntity
    return typed.address_of(named)

"""Actions: `/tables/<table>/<key>/act/<name>` on a row, `/tables/<table>/act/<name>` on none."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as Answer

from ops.policy import Permission
from ops.web.actions.using import Use
from ops.web.declared import RECORD
from ops.web.gate import needs

bp = Blueprint("actions", __name__, url_prefix="/tables/<table>")


@bp.get("/<key>/act/<name>")
@needs(Permission.CHANGES_PROPOSE)
def row(table: str, key: str, name: str) -> Answer:
    """An action's form for one row."""
    return Use(table, name, key).asked()


@bp.post("/<key>/act/<name>")
@needs(Permission.CHANGES_PROPOSE, body=RECORD)
def use_on_row(table: str, key: str, name: str) -> Answer:
    """Look at its effect, or agree to it."""
    return Use(table, name, key).sent()


@bp.get("/act/<name>")
@needs(Permission.CHANGES_PROPOSE)
def none(table: str, name: str) -> Answer:
    """The form of an action on no row."""
    return Use(table, name, None).asked()


@bp.post("/act/<name>")
@needs(Permission.CHANGES_PROPOSE, body=RECORD)
def use(table: str, name: str) -> Answer:
    """Look at its effect, or agree to it."""
    return Use(table, name, None).sent()

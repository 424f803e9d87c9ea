"""The address an identity provider calls to end sessions here (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

from flask import Blueprint, current_app, g, request
from werkzeug.wrappers import Response as Answer

from ops import identity
from ops.identity import ProviderAway, Refused
from ops.web.gate import actor, database, house, needs, public

bp = Blueprint("backchannel", __name__)

MAX_BYTES = 32_768
FORM = "application/x-www-form-urlencoded"


@bp.post("/auth/backchannel-logout", defaults={"number": 1})
@bp.post("/auth/backchannel-logout/<int:number>")
@needs(
    public,
    foreign="the provider's server calls it; its signed logout token says who asks and what ends",
    limit="logout",
    body=MAX_BYTES,
)
def logout(number: int) -> Answer:
    """End what a valid logout token says; anything else is 400 and changes nothing (P7)."""
    client = house().providers.get(number)
    if client is None:
        return _answer(404, "there is no such provider")
    token = request.form.get("logout_token") if request.mimetype == FORM else None
    if not token:
        return _answer(400, "there is no logout_token")
    try:
        checked = client.logout_token(token)
    except Refused as refused:
        current_app.logger.warning("request %s: logout token refused: %s", g.request_id, refused)
        return _answer(400, refused.reason)
    except ProviderAway as error:
        current_app.logger.warning("request %s: logout token not checked: %s", g.request_id, error)
        return _answer(503, "the token's keys cannot be had right now")
    who = actor()
    try:
        with database().transaction() as tx:
            identity.end_by(tx, who, checked)
    except Refused as refused:
        with database().transaction() as tx:
            identity.refuse_logout(tx, who, checked, refused.reason)
        return _answer(400, refused.reason)
    return _answer(200, "")


def _answer(status: int, why: str) -> Answer:
    """Section 2.8: 200, or 400 with what is wrong; never to be stored."""
    if not why:
        return current_app.response_class(status=status, headers={"Cache-Control": "no-store"})
    answer = current_app.response_class(
        current_app.json.dumps({"error": "invalid_request", "error_description": why}),
        status,
        {"Cache-Control": "no-store"},
        mimetype="application/json",
    )
    if status == 503:
        answer.headers["Retry-After"] = "10"
    return answer

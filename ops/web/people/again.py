"""Proving anew who one is, before something sensitive; then back to where one was (P11)."""

from __future__ import annotations

from flask import Blueprint, current_app, g, request
from werkzeug.wrappers import Response as Answer

from ops.identity import ProviderAway, ProviderClient, sessions
from ops.web.forms import own_path
from ops.web.gate import FRESH_SECONDS, actor, database, fresh, house, mine, needs, signed_in, tx
from ops.web.page import render, see_other
from ops.words import t

bp = Blueprint("again", __name__)


@bp.get("/sign-in/again")
@needs(signed_in)
def ask() -> Answer:
    """Say why, and offer the way; people who did it a moment ago go on."""
    back = own_path(request.args.get("next"))
    return see_other(back) if fresh() else _page(back)


@bp.post("/sign-in/again")
@needs(signed_in)
def begin() -> Answer:
    """Send the browser to the provider of this session, which must ask who they are once more."""
    back = own_path(request.form.get("next"))
    client = _client()
    if client is None:
        return _page(back)
    try:
        begun = client.begin(max_age=FRESH_SECONDS)
    except ProviderAway as error:
        current_app.logger.warning("request %s: fresh sign-in not begun: %s", g.request_id, error)
        return _page(back, 503, t("people.failed.provider_away"))
    pending: dict[str, str | int] = {
        "provider": client.provider.number,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        "next": back,
        "max_age": FRESH_SECONDS,
        "person": actor().person_id or 0,
    }
    with database().transaction() as writing:
        sessions.keep_pending(writing, mine().ensure_token(), begun.state, pending)
    return see_other(begun.url)


def _client() -> ProviderClient | None:
    """The provider of this session; None where it came another way, or its provider is no more in the settings."""
    iss = sessions.issuer_of(tx(), mine().ensure_token())
    house().reading.end()  # no transaction is open while we ask a foreign server
    if iss is None:
        return None
    known = house().providers.values()
    return next((one for one in known if one.issuer.rstrip("/") == iss.rstrip("/")), None)


def _page(back: str, status: int = 200, failure: str | None = None) -> Answer:
    client = _client()
    if client is not None:
        client.warm()  # the page's policy says where its form may lead (form-action)
    return render(
        "people/again.html",
        status,
        back=back,
        failure=failure,
        provider=client.provider if client is not None else None,
        request_id=g.request_id,
    )

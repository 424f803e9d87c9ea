"""Sign-in and sign-out: to the identity provider and back."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, request, url_for
from werkzeug.wrappers import Response as Answer

from ops import identity
from ops.identity import (
    SIGNED_OUT,
    Browser,
    Disabled,
    ProviderAway,
    ProviderClient,
    Refused,
    Terms,
    origin,
    sessions,
)
from ops.identity.demo_provider import CAST, CLIENT_ID
from ops.web import gate
from ops.web.forms import SignInForm, own_path
from ops.web.gate import actor, database, house, mine, needs, platform, public
from ops.web.page import absolute, flash, render, see_other
from ops.web.people.break_glass import bp as break_glass
from ops.words import WORDS, t

bp = Blueprint("signing", __name__)
bp.register_blueprint(break_glass)
LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


@bp.get("/sign-in")
@needs(public)
def sign_in() -> Answer:
    """The sign-in page; people who are signed in already go on."""
    back = own_path(request.args.get("next"))
    if gate.load_visitor() is not None:
        return see_other(back)
    if _other_loopback_name():
        # The cookie belongs to the name in the address bar; the provider will come back to the other one.
        return see_other(absolute("/sign-in"))
    house().reading.end()  # no transaction is open while we ask a foreign server
    for client in house().providers.values():
        client.warm()  # the page's policy says where its form may lead (form-action)
    note = "over" if request.args.get("over") else None
    # `state` is what our wish to sign out there comes back with (RP-Initiated Logout 1.0, section 3).
    if request.args.get("out") or request.args.get("state") == SIGNED_OUT:
        note = "signed_out"
    return _page(back, note=note)


@bp.post("/sign-in")
@needs(public, limit="sign_in")
def begin() -> Answer:
    """Remember what must come back, and send the browser to the provider."""
    form = SignInForm()
    client = house().providers.get(form.provider.data or 0)
    if client is None:
        return _failed("unknown_provider", 404)
    try:
        begun = client.begin()
    except ProviderAway as error:
        current_app.logger.warning("request %s: sign-in not begun: %s", g.request_id, error)
        return _failed("provider_away", 503)
    pending: dict[str, str | int] = {
        "provider": client.provider.number,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        "next": own_path(form.next.data),
    }
    with database().transaction() as tx:
        sessions.keep_pending(tx, mine().ensure_token(), begun.state, pending)
    return see_other(begun.url)


@bp.get("/auth/callback", defaults={"number": 1})
@bp.get("/auth/callback/<int:number>")
@needs(public)
def callback(number: int) -> Answer:
    """The provider's answer: exchanged outside any transaction, then written in one."""
    token, client = mine().token, house().providers.get(number)
    pending = None
    if token is not None and client is not None and request.args.get("state"):
        with database().transaction() as tx:
            pending = sessions.take_pending(tx, token, request.args["state"])
    if pending is None or client is None or pending["provider"] != number:
        return _failed("expired_sign_in", 400)
    try:
        person = client.finish(
            request.args,
            nonce=pending["nonce"],
            verifier=pending["verifier"],
            max_age=pending.get("max_age"),
        )
        signed = _write(client, person, again=pending.get("person"))
    except Refused as refused:
        return _refuse(client, refused.reason, 403)
    except Disabled:
        return _refuse(client, "disabled", 403)
    except ProviderAway as error:
        current_app.logger.warning("request %s: sign-in failed: %s", g.request_id, error)
        return _refuse(client, "provider_away", 503)
    mine().become(signed.token)
    for warning in signed.warnings:
        if warning != "groups_unknown" or not signed.roles:
            flash("warn", t("people.warning"), t(f"people.warning.{warning}"))
    return see_other(own_path(pending["next"]))


@bp.post("/sign-out")
@needs(public)
def sign_out() -> Answer:
    """End the session here, then at the provider."""
    token, ended = mine().token, None
    gate.load_visitor()
    who, db = actor(), database()
    if token is not None:
        with db.transaction() as tx:
            ended = identity.sign_out(tx, who, token)
    mine().forget()
    address = _provider_logout(ended) if ended is not None else None
    if address is None:
        return see_other(url_for("signing.sign_in", out="1"))
    if origin(address) in {origin(c.provider.issuer) for c in house().providers.values()}:
        return see_other(address)
    # Chromium applies form-action to redirects, and the page this form was on may not have known the
    # provider's other host; a page of our own that moves on by itself is no form.
    return Response("", 200, {"Refresh": f"0; url={address}"}, mimetype="text/html")


def _provider_logout(ended: identity.Ended) -> str | None:
    client = next((c for c in house().providers.values() if c.issuer == ended.iss), None)
    return client.logout_url(ended.id_token, absolute("/sign-in")) if client is not None else None


def _write(client: ProviderClient, person: identity.Identity, again: int | None) -> identity.SignedIn:
    settings = platform().settings
    agent = request.user_agent.string
    browser = Browser(mine().token, request.remote_addr, agent, settings.session_max)
    terms = Terms(
        owners=settings.owners if client.provider.number == 1 else (),
        rights_last=settings.rights_max_age,
        keys=platform().keys,
        person=again,
    )
    with database().transaction() as tx:
        return identity.sign_in(tx, actor(), person, browser, terms)


def _refuse(client: ProviderClient, reason: str, status: int) -> Answer:
    """Write the refusal down, then say so; the page knows less than the trail."""
    who = actor()
    with database().transaction() as tx:
        identity.refuse(tx, who, reason, issuer=client.issuer)
    return _failed(reason, status)


def _failed(reason: str, status: int) -> Answer:
    key = f"people.failed.{reason}"
    words = t(key) if key in WORDS else t("people.failed.other")
    if reason == "unknown_provider":
        words = t("people.unknown_provider")
    return _page("/", status=status, failure=words)


def _page(back: str, status: int = 200, note: str | None = None, failure: str | None = None) -> Answer:
    g.plain = True
    clients = list(house().providers.values())
    demo = not platform().settings.production and any(c.provider.client_id == CLIENT_ID for c in clients)
    return render(
        "people/sign_in.html",
        status,
        providers=[client.provider for client in clients],
        back=back,
        note=note,
        failure=failure,
        request_id=g.request_id,
        cast=CAST if demo else (),
        break_glass=platform().settings.break_glass,
    )


def _other_loopback_name() -> bool:
    parts = urlsplit(platform().settings.public_url)
    host = request.host.rpartition(":")[0] if ":" in request.host.rpartition("]")[2] else request.host
    ours = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    return host in LOOPBACK and ours in LOOPBACK and host != ours

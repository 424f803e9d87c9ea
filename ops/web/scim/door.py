"""Who may speak SCIM: holders of a token made by `ops scim token add`, at a bounded rate (RFC 6750; P24)."""

from __future__ import annotations

from flask import g, request
from scim2_models import UnauthorizedException

from ops.actor import Actor
from ops.audit import Entry, record
from ops.provisioning import tokens
from ops.web import gate
from ops.web.limits import by_address

MAX_HEADER = 200
_FACTS = {"what": "SCIM without a token that counts"}


class NoToken(UnauthorizedException):
    """There is no token, or none of ours."""

    _default_detail = "Send a token made by `ops scim token add` as: Authorization: Bearer …"


def enter() -> Actor:
    """The client that sends this request. Raises NoToken, TooManyRequests.

    A wrong token is written down, with the address it came from, as often as an address may be wrong.
    """
    token = _token()
    if token is None:
        raise NoToken()
    with gate.platform().db.reading() as tx:
        found = tokens.known(tx, token)
    if found is None:
        gate.slow_down("scim_refused", by_address(request.remote_addr))
        with gate.platform().db.transaction() as tx:
            record(tx, _actor(""), [Entry("access", outcome="refused", facts=_FACTS)])
        raise NoToken()
    gate.slow_down("scim", f"scim {found.label}")
    if found.stale:
        with gate.platform().db.transaction() as tx:
            tokens.touch(tx, found.label)
    return _actor(found.label)


def _token() -> str | None:
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    if len(header) > MAX_HEADER or scheme.lower() != "bearer":
        return None
    return token.strip()


def _actor(label: str) -> Actor:
    return Actor(
        None,
        f"SCIM: {label}" if label else "",
        source="scim",
        request_id=g.request_id,
        ip=request.remote_addr,
    )

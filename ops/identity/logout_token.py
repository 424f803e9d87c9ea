"""The logout token, checked strictly (OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6; P7)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from ops.identity import tokens
from ops.identity.claims import Refused, subject
from ops.identity.tokens import LEEWAY, UnknownKey

EVENT = "http://schemas.openid.net/event/backchannel-logout"
# Section 2.4 recommends the first; providers older than it send "JWT" or nothing. An ID token, which may say the
# same, is told apart by `events`, and by its nonce.
_TYPES = {"logout+jwt", "application/logout+jwt", "jwt", ""}
MAX_AGE = 600  # seconds after which a logout token is too old, whatever its expiry says
MAX_TEXT = 255


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """Which sessions end: those of `sid`, or where there is none all of `sub`."""

    iss: str
    jti: str
    sub: str | None
    sid: str | None
    issued_at: float
    expires_at: float


def check(token: str, keys: KeySet, algorithms: Iterable[str], issuer: str, client_id: str) -> LogoutToken:
    """Verify a logout token and say what it ends.

    Raises UnknownKey where its key is not among `keys`, Refused for everything else that is wrong.
    """
    try:
        decoded = tokens.decode(token, keys, algorithms)
    except InvalidKeyIdError as error:
        raise UnknownKey(str(error)) from error
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused("token", type(error).__name__) from error
    _check_type(decoded.header.get("typ", ""))
    claims = decoded.claims
    if claims.get("iss") != issuer:
        raise Refused("issuer", "the token is of another issuer")
    audience = claims.get("aud")
    if client_id not in ([audience] if isinstance(audience, str) else _texts(audience)):
        raise Refused("audience", "the token is for another application")
    tokens.check_times(claims)
    if claims["iat"] < time.time() - MAX_AGE - LEEWAY:
        raise Refused("expired", "the token is too old")
    _check_events(claims)
    if "nonce" in claims:
        raise Refused("nonce", "this is an ID token")
    jti, sid = claims.get("jti"), _text(claims.get("sid")) if "sid" in claims else None
    sub = subject(claims) if "sub" in claims else None
    if sub is None and sid is None:
        raise Refused("subject", "the token names neither a person nor a session")
    return LogoutToken(issuer, _text(jti), sub, sid, float(claims["iat"]), float(claims["exp"]))


def _check_type(said: object) -> None:
    if not isinstance(said, str) or said.lower() not in _TYPES:
        raise Refused("type", "this is no logout token")


def _check_events(claims: Mapping[str, Any]) -> None:
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise Refused("events", "this is no logout token")


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or "\x00" in value:
        raise Refused("token", "sid or jti is not a text of 1 to 255 characters")
    return value

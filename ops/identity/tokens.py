"""The ID token, checked strictly: signature, algorithm, issuer, audience, party, times and nonce (P1)."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from ops.identity.claims import Refused

LEEWAY = 60  # seconds the clocks of provider and server may differ
# Only algorithms whose verifying key is public: with HS* our client secret would be a signing key, and
# `none` signs nothing.
ASYMMETRIC = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
_PUBLIC_KEY_TYPES = {"RSA", "EC", "OKP"}


class UnknownKey(Exception):
    """The token names a key that is not in the set: it may have been rotated in since."""


class _Registry(JWSRegistry):
    max_header_length = 4096


@dataclass(frozen=True, slots=True)
class Expected:
    """What the ID token of one sign-in must say; of a refresh (`nonce` None) the same without a nonce.

    `max_age`: the person must have proved who they are at most this many seconds ago (P11).
    """

    issuer: str
    client_id: str
    nonce: str | None
    access_token: str | None = None
    max_age: int | None = None


def allowed_algorithms(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The asymmetric algorithms the provider announces; RS256 where it announces none (Discovery 1.0, 3).

    Raises Refused where it announces only algorithms we never accept.
    """
    announced = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    allowed = tuple(alg for alg in announced if isinstance(alg, str) and alg in ASYMMETRIC)
    if not allowed:
        raise Refused("algorithm", "the provider announces no asymmetric signing algorithm")
    return allowed


def key_set(document: object) -> KeySet:
    """The public signing keys of a JWKS document. Raises Refused where there is none."""
    keys: Iterable[Any] = document.get("keys", ()) if isinstance(document, dict) else ()
    if not isinstance(keys, list):
        raise Refused("keys", "the provider's key set is not a list")
    public = [
        key
        for key in keys
        if isinstance(key, dict) and key.get("kty") in _PUBLIC_KEY_TYPES and key.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": public})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Refused("keys", "the provider publishes no usable signing key") from error


def decode(token: str, keys: KeySet, algorithms: Iterable[str]) -> jwt.Token:
    """A token whose signature is of one of `keys`. Raises InvalidKeyIdError, JoseError and what libraries raise."""
    return jwt.decode(token, keys, registry=_Registry(algorithms=list(algorithms), strict_check_header=False))


def check_id_token(
    token: object, keys: KeySet, algorithms: Iterable[str], expected: Expected
) -> dict[str, Any]:
    """Verify an ID token and return its claims (OpenID Connect Core 1.0, section 3.1.3.7).

    Only keys of `keys` count: a key, or an address of keys, inside the token's header is never used.
    Raises UnknownKey where its key is not among them, Refused for everything else that is wrong.
    """
    if not isinstance(token, str):
        raise Refused("token", "there is no ID token")
    try:
        decoded = decode(token, keys, algorithms)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": expected.issuer},
                "aud": {"essential": True, "value": expected.client_id},
            },
            {
                "nonce": expected.nonce,
                "client_id": expected.client_id,
                "access_token": expected.access_token,
            },
        )
        claims.validate(now=int(time.time()), leeway=LEEWAY)
    except InvalidKeyIdError as error:
        raise UnknownKey(str(error)) from error
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused("token", type(error).__name__) from error
    _be_strict(claims, expected)
    return dict(claims)


def _be_strict(claims: Mapping[str, Any], expected: Expected) -> None:
    """Say again, in types and exact values, what a library could one day read more loosely."""
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or expected.client_id not in audiences:
        raise Refused("audience", "the token is for another application")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != expected.client_id:
        raise Refused("audience", "the token was issued to another application")
    if claims.get("iss") != expected.issuer:
        raise Refused("issuer", "the token is of another issuer")
    nonce = claims.get("nonce")
    if expected.nonce is not None and (
        not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode())
    ):
        raise Refused("nonce", "the token answers another sign-in")
    check_times(claims)
    if expected.max_age is not None:
        _check_fresh(claims.get("auth_time"), expected.max_age)


def check_times(claims: Mapping[str, Any]) -> None:
    """Expiry and issue, both numbers, a minute's leeway. Raises Refused."""
    now = time.time()
    if not number(claims.get("exp")) or claims["exp"] <= now - LEEWAY:
        raise Refused("expired", "the token has expired")
    if not number(claims.get("iat")) or claims["iat"] > now + LEEWAY:
        raise Refused("expired", "the token is of the future")


def _check_fresh(auth_time: Any, max_age: int) -> None:
    now = time.time()
    if not number(auth_time) or not now - max_age - LEEWAY <= auth_time <= now + LEEWAY:
        raise Refused("auth_time", "the provider does not say that the person proved anew who they are")


def number(value: object) -> bool:
    """Whether `value` is a NumericDate (RFC 7519, section 2)."""
    # Also refuses NaN and infinity, which JSON readers let in, and dates no database knows.
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11

"""A real identity provider over HTTP that can be told to lie in one way at a time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from werkzeug import Request, Response
from werkzeug.serving import make_server

from ops.identity import ProviderClient
from ops.settings import Provider

CLIENT_ID, CLIENT_SECRET = "countersign", "a secret of forty characters, more or less"


@cache
def usual_key() -> RSAKey:
    """The key of every provider of this run; making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Twisted:
    """The provider's state; a test changes what it wants to be wrong."""

    issuer: str = ""
    key: RSAKey = field(default_factory=usual_key)
    published: list[RSAKey] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    sign: Callable[[Twisted, dict[str, Any]], str] | None = None
    asked: list[str] = field(default_factory=list)
    token_requests: list[dict[str, list[str]]] = field(default_factory=list)
    sleep: float = 0
    nonce: str = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append(request.path)
        time.sleep(self.sleep)
        answers = {
            "/.well-known/openid-configuration": self._discovery,
            "/keys": lambda: KeySet(self.published or [self.key]).as_dict(private=False),
            "/userinfo": lambda: {"sub": "ann", "name": "Ann"} if self.userinfo is None else self.userinfo,
            "/token": lambda: self._token(request),
        }
        body = json.dumps(answers[request.path]())
        return Response(body, mimetype="application/json")(environ, start_response)

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            **self.metadata,
        }

    def _token(self, request: Request) -> dict[str, Any]:
        self.token_requests.append(parse_qs(request.get_data(as_text=True)))
        sign = self.sign or honest
        return {"access_token": "at", "token_type": "Bearer", "id_token": sign(self, self.payload())}

    def payload(self) -> dict[str, Any]:
        """The claims of the next ID token; a claim set to ... is left out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "ann", "nonce": self.nonce,
            "iat": now, "exp": now + 300, "groups": ["operations"],
            "email": "ann@example.com", "email_verified": True, "name": "Ann",
        }  # fmt: skip
        return {k: v for k, v in {**claims, **self.claims}.items() if v is not ...}


def honest(provider: Twisted, claims: dict[str, Any]) -> str:
    """A token as it should be."""
    # Not jwt.encode: it would refuse to write what a provider can write, such as half a character.
    header = {"alg": "RS256", "kid": provider.key.kid}
    return jws.serialize_compact(header, json.dumps(claims).encode(), provider.key)


def unsigned(_provider: Twisted, claims: dict[str, Any]) -> str:
    """alg "none"."""
    return jwt.encode({"alg": "none"}, claims, OctKey.import_key("x"), algorithms=["none"])


def with_client_secret(_provider: Twisted, claims: dict[str, Any]) -> str:
    """HS256 with the client secret, which a confused verifier would accept."""
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET), algorithms=["HS256"])


def with_public_key_as_secret(provider: Twisted, claims: dict[str, Any]) -> str:
    """HS256 with the public key's text as the secret: the classic confusion of key types."""
    secret = OctKey.import_key(json.dumps(provider.key.as_dict(private=False)))
    header = {"alg": "HS256", "kid": provider.key.kid}
    return jwt.encode(header, claims, secret, algorithms=["HS256"])


def with_embedded_key(_provider: Twisted, claims: dict[str, Any]) -> str:
    """Signed by a stranger's key that the header itself carries."""
    key = RSAKey.generate_key(2048, {"kid": "mine"})
    header = {"alg": "RS256", "kid": "mine", "jwk": key.as_dict(private=False)}
    return jws.serialize_compact(header, json.dumps(claims).encode(), key)


def with_strangers_key(provider: Twisted, claims: dict[str, Any]) -> str:
    """A stranger's signature under the provider's key id."""
    key = RSAKey.generate_key(2048)
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, key)


@contextmanager
def running() -> Iterator[Twisted]:
    """Serve a Twisted on a loopback port."""
    provider = Twisted()
    server = make_server("127.0.0.1", 0, provider, threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def client_of(provider: Twisted, **more: Any) -> ProviderClient:
    """A client of that provider, as the application makes it."""
    settings = Provider(1, provider.issuer, CLIENT_ID, CLIENT_SECRET, **more)
    return ProviderClient(settings, "http://localhost:8000/auth/callback")


def query_of(url: str) -> dict[str, str]:
    """The query of an address, one value each."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

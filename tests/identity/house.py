"""An application whose identity provider is the twisted one, and a browser that signs in by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import TestResponse

from ops import settings as settings_room
from ops.app import create_app
from ops.db import Database
from ops.identity import map_groups
from ops.platform import Platform, build
from tests.identity import twisted_provider as tp
from tests.web.visiting import ORIGIN, Visitor


class House:
    """The application, what it has at hand, and the provider it believes."""

    def __init__(self, app: Flask, platform: Platform, twisted: tp.Twisted) -> None:
        self.app = app
        self.platform = platform
        self.twisted = twisted

    def visit(self, sub: str | None = None, **claims: object) -> Visitor:
        """A new browser; signed in as `sub` where given."""
        visitor = Visitor(self.app)
        if sub is not None:
            answer = self.answered(visitor, visitor.to_provider(), sub=sub, **claims)
            assert answer.status_code == 303, answer.text
        return visitor

    def answered(self, visitor: Visitor, address: str, **claims: object) -> TestResponse:
        """Come back from `address` at the provider with an ID token of these claims."""
        query = tp.query_of(address)
        self.twisted.nonce = query["nonce"]
        self.twisted.claims = claims
        self.twisted.userinfo = {"sub": claims.get("sub", "ann")}
        return visitor.get(f"/auth/callback?{urlencode({'code': 'c', 'state': query['state']})}")


@contextmanager
def opened(url: str, redis_url: str, home: Path, twisted: tp.Twisted, **extra: str) -> Iterator[House]:
    """The application on the database `url`; Ann's groups are mapped."""
    database = Database(url, application_name="countersign tests")
    with database.transaction() as tx:
        map_groups(tx, twisted.issuer, {"operations": ["operator"], "owners": ["owner"]})
    database.close()
    settings = settings_room.load(
        {
            "OPS_HOME": str(home),
            "OPS_DATABASE_URL": url,
            "OPS_REDIS_URL": redis_url,
            "OPS_PUBLIC_URL": ORIGIN,
            "OPS_OIDC_ISSUER": twisted.issuer,
            "OPS_OIDC_CLIENT_ID": tp.CLIENT_ID,
            "OPS_OIDC_CLIENT_SECRET": tp.CLIENT_SECRET,
            **extra,
        }
    )
    platform = build(settings, "web")
    try:
        yield House(create_app(settings, platform), platform, twisted)
    finally:
        platform.close()

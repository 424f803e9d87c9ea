"""The independent provider, an application that really listens, and people with browsers at both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from ops import settings as settings_room
from ops.app import create_app
from ops.db import Database
from ops.identity import map_groups
from ops.platform import Platform
from ops.settings import Settings
from tests import servers
from tests.conftest import Databases
from tests.oidc import independent
from tests.oidc.independent import CLIENT_ID, CLIENT_SECRET, AtTheProvider, Independent
from tests.web.conftest import platform
from tests.web.visiting import Visitor

__all__ = ["platform"]

ROLES = {"operations": ["operator"], "managers": ["manager"], "owners": ["owner"]}


@pytest.fixture(scope="session")
def started() -> Iterator[Independent]:
    """One process for all tests of a worker; `provider` makes it clean."""
    with independent.running() as running:
        yield running


@pytest.fixture
def origin() -> str:
    """Where people reach the application of this test."""
    return f"http://localhost:{servers.free_port()}"


@pytest.fixture
def provider(started: Independent, origin: str) -> Independent:
    """The provider, with Ann and Oz, knowing this test's application."""
    started.control(mode="well", forget=True)
    started.register(origin)
    started.account("ann", "operations", department="Returns")
    started.account("oz", "owners")
    return started


@pytest.fixture
def extra() -> dict[str, str]:
    """Settings of one test beside those every test has."""
    return {}


@pytest.fixture
def settings(
    make_database: Databases, redis_url: str, provider: Independent, origin: str, tmp_path: Path,
    extra: dict[str, str],
) -> Settings:  # fmt: skip
    """Settings with the independent provider, its groups mapped."""
    url = make_database("ops")
    database = Database(url, application_name="countersign tests")
    with database.transaction() as tx:
        map_groups(tx, provider.issuer, ROLES)
    database.close()
    return settings_room.load(
        {
            "OPS_HOME": str(tmp_path),
            "OPS_DATABASE_URL": url,
            "OPS_REDIS_URL": redis_url,
            "OPS_PUBLIC_URL": origin,
            "OPS_OIDC_ISSUER": provider.issuer,
            "OPS_OIDC_CLIENT_ID": CLIENT_ID,
            "OPS_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "OPS_OIDC_NAME": "Example Works",
            **extra,
        }
    )


@pytest.fixture
def app(settings: Settings, platform: Platform, origin: str) -> Iterator[Flask]:
    """The application, listening: a provider calls it from outside."""
    made = create_app(settings, platform)
    server = make_server("localhost", int(origin.rpartition(":")[2]), made, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join(5)
    server.server_close()


class Person(Visitor):
    """A browser with cookies at the application and at the provider."""

    def __init__(self, app: Flask, origin: str) -> None:
        super().__init__(app, origin)
        self.there = AtTheProvider()

    def from_provider(self, address: str, sub: str | None) -> str:  # type: ignore[override]  # None declines
        """Choose who one is at the provider; the path of our callback with its answer."""
        back = self.there.sign_in(address, sub)
        assert back.startswith(self.origin)
        return back.removeprefix(self.origin)


@pytest.fixture
def visit(app: Flask, origin: str) -> Callable[..., Person]:
    """visit() is a new browser; visit("ann") one that is signed in."""

    def make(sub: str | None = None) -> Person:
        person = Person(app, origin)
        if sub is not None:
            person.sign_in(sub)
        return person

    return make

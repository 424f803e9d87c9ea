"""A real demo provider on loopback, an application on a database of its own, and people who visit it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import make_server

from ops import settings as settings_room
from ops.app import create_app
from ops.db import Database
from ops.identity import demo_provider, map_groups
from ops.identity.demo_provider import DemoPerson
from ops.platform import Platform, build
from ops.settings import Settings
from tests.conftest import Databases
from tests.web.shop_house import seeded
from tests.web.visiting import ORIGIN, Visitor, visiting


@contextmanager
def running_provider(cast: tuple[DemoPerson, ...] = demo_provider.CAST) -> Iterator[str]:
    """The issuer of a demo provider that runs meanwhile and knows these people."""
    server = make_server("localhost", 0, demo_provider.application(cast), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield demo_provider.issuer(server.server_port)
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture(scope="session")
def provider() -> Iterator[str]:
    """The issuer of a running demo provider."""
    with running_provider() as issuer:
        yield issuer


@pytest.fixture
def shop_url(make_database: Databases, provider: str) -> str:
    """The demo wholesaler as elsewhere, with the rules and the groups that `ops up --demo` adds."""
    return make_database.prepared("shop", f"demo_{urlsplit(provider).port}", partial(seeded, issuer=provider))


@pytest.fixture
def settings(make_database: Databases, redis_url: str, provider: str, tmp_path: Path) -> Settings:
    """Settings as `ops up` makes them for the demo, on a database with one table of a company."""

    def prepare(url: str) -> None:
        database = Database(url, application_name="countersign tests")
        with database.transaction() as tx:
            tx.execute(sa.text("CREATE TABLE public.thing (id int PRIMARY KEY, name text NOT NULL)"))
            map_groups(tx, provider, demo_provider.GROUP_ROLES)
        database.close()

    url = make_database.prepared("ops", f"thing_{urlsplit(provider).port}", prepare)
    return settings_room.load(
        {
            "OPS_HOME": str(tmp_path),
            "OPS_DATABASE_URL": url,
            "OPS_REDIS_URL": redis_url,
            "OPS_PUBLIC_URL": ORIGIN,
            "OPS_OIDC_ISSUER": provider,
            "OPS_OIDC_CLIENT_ID": demo_provider.CLIENT_ID,
            "OPS_OIDC_CLIENT_SECRET": demo_provider.CLIENT_SECRET,
            "OPS_ENV_LABEL": "testing",
        }
    )


@pytest.fixture
def platform(settings: Settings) -> Iterator[Platform]:
    """What a web process has at hand."""
    built = build(settings, "web")
    yield built
    built.close()


@pytest.fixture
def app(settings: Settings, platform: Platform) -> Flask:
    """The application."""
    return create_app(settings, platform)


@pytest.fixture
def visit(app: Flask, platform: Platform) -> Callable[..., Visitor]:
    """Browsers, as many as are asked for."""
    return visiting(app, platform)

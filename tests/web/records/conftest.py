"""The demo wholesaler with its rules, and databases nobody here wrote, each with the whole application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask

from ops import settings as settings_room
from ops.app import create_app
from ops.db import Database
from ops.identity import demo_provider, map_groups
from ops.platform import Platform, build
from ops.settings import Settings
from tests.conftest import Databases
from tests.web.records.forms import House
from tests.web.shop_house import seeded, settings, shop_settings
from tests.web.visiting import ORIGIN, Visitor, visiting

__all__ = ["settings"]


@pytest.fixture
def house(app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> House:
    return House(app, platform, visit)


@contextmanager
def standing(settings: Settings) -> Iterator[House]:
    """The whole application with these settings, for as long as it is needed."""
    platform = build(settings, "web")
    app = create_app(settings, platform)
    yield House(app, platform, visiting(app, platform))
    platform.close()


@pytest.fixture
def open_house(
    make_database: Databases, redis_url: str, provider: str, tmp_path: Path
) -> Iterator[Callable[[str], House]]:
    """open_house("pagila") is the application on that database, without Resources of anybody."""
    with ExitStack() as opened:

        def make(name: str) -> House:
            url = make_database(name)
            if name == "shop":
                seeded(url, provider)
            settings_of = shop_settings if name == "shop" else bare_settings
            own = settings_of(url, redis_url, provider, str(tmp_path))
            return opened.enter_context(standing(own))

        yield make


def bare_settings(url: str, redis_url: str, issuer: str, home: str) -> Settings:
    database = Database(url, application_name="countersign tests")
    with database.transaction() as tx:
        map_groups(tx, issuer, demo_provider.GROUP_ROLES)
    database.close()
    return settings_room.load(
        {
            "OPS_HOME": home,
            "OPS_DATABASE_URL": url,
            "OPS_REDIS_URL": redis_url,
            "OPS_PUBLIC_URL": ORIGIN,
            "OPS_OIDC_ISSUER": issuer,
            "OPS_OIDC_CLIENT_ID": demo_provider.CLIENT_ID,
            "OPS_OIDC_CLIENT_SECRET": demo_provider.CLIENT_SECRET,
        }
    )

"""A platform on the demo wholesaler, with two people who may export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis import Redis

from ops.actor import Actor
from ops.db import Database
from ops.platform import Platform, read_catalog
from ops.settings import load


@pytest.fixture
def platform(shop: Database, redis_url: str, tmp_path: Path) -> Iterator[Platform]:
    environ = {
        "OPS_HOME": str(tmp_path / "home"),
        "OPS_DATABASE_URL": shop.url,
        "OPS_REDIS_URL": redis_url,
        "OPS_RESOURCES": "demo.resources",
    }
    settings = load(environ)
    with Redis.from_url(redis_url, socket_timeout=2, retry=None) as redis:
        yield Platform(settings, shop, read_catalog(settings, shop), redis)


def person(db: Database, name: str, *roles: str) -> Actor:
    """A person with these roles, as they come by a page."""
    with db.transaction() as tx:
        number = tx.scalar(
            sa.text("INSERT INTO ops.person (iss, sub, name) VALUES ('test', :name, :name) RETURNING id"),
            {"name": name},
        )
        for role in roles:
            tx.execute(
                sa.text("INSERT INTO ops.person_role (person_id, role, origin) VALUES (:id, :role, 'hand')"),
                {"id": number, "role": role},
            )
    return Actor(number, name, frozenset(roles), request_id="r1")


@pytest.fixture
def ann(platform: Platform) -> Actor:
    """An operator."""
    return person(platform.db, "Ann", "operator")


@pytest.fixture
def bo(platform: Platform) -> Actor:
    """A manager."""
    return person(platform.db, "Bo", "manager")

"""What one running process has at hand: settings, database, catalog, Redis."""

from __future__ import annotations

from dataclasses import dataclass

import redis

from ops import catalog as catalogs
from ops.catalog import Catalog, resources_from
from ops.db import STARTUP, Database
from ops.keys import Ring, ring, with_keys
from ops.settings import Settings, SettingsError

REDIS_SECONDS = 2  # no request may wait for Redis longer than this (P48: nothing hangs over 5 s)


@dataclass(slots=True)
class Platform:
    """One process: made once by `build`, handed down everywhere.

    `catalog` is replaced as a whole by `reload`; whoever took it keeps a consistent one.
    """

    settings: Settings
    db: Database
    catalog: Catalog
    redis: redis.Redis

    @property
    def keys(self) -> Ring:
        """What seals and opens values at rest (ops.keys)."""
        return ring(self.settings)

    def reload(self) -> None:
        """Read the shapes of the company's tables again. Raises Unavailable, ResourceErrors."""
        self.catalog = read_catalog(self.settings, self.db)

    def close(self) -> None:
        """Give back every connection."""
        self.db.close()
        self.redis.close()


def build(settings: Settings, process: str) -> Platform:
    """Connect one process: `process` is "web", "worker", "clock" or "command", told to PostgreSQL (P43).

    Raises SettingsError where an address is missing, Unavailable where the database is away,
    ResourceErrors where the user's resources do not fit the tables.
    """
    settings = with_keys(settings)
    missing = [
        f"{name} is not set; `ops up` starts one for you, or name a server you run"
        for name, value in (
            ("OPS_DATABASE_URL", settings.database_url),
            ("OPS_REDIS_URL", settings.redis_url),
        )
        if not value
    ]
    if missing or not settings.database_url or not settings.redis_url:
        raise SettingsError(missing)
    db = Database(
        settings.database_url, application_name=f"countersign {process}", pool_size=settings.pool_size
    )
    return Platform(settings, db, read_catalog(settings, db), redis_client(settings.redis_url))


def read_catalog(settings: Settings, db: Database) -> Catalog:
    """Read what there is in the database, shaped by the user's resources."""
    resources = resources_from(settings.resources) if settings.resources else []
    with db.reading(STARTUP) as tx:
        return catalogs.load(tx, schemas=settings.schemas, resources=resources)


def redis_client(url: str) -> redis.Redis:
    """A client that gives up after two seconds and never tries again by itself.

    Redis carries ids only: whatever could not be sent now, the clock sends later.
    """
    client: redis.Redis = redis.Redis.from_url(
        url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, retry=None
    )
    return client

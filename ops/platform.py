"""What one running process has at hand: settings, database, catalog, Redis."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import redis

from ops import catalog as catalogs
from ops.catalog import Catalog, Move, Resource, resources_from
from ops.catalog import house as catalog_house
from ops.db import SCHEMA, STARTUP, Busy, Database, Unavailable
from ops.keys import Ring, ring, with_keys
from ops.settings import Settings, SettingsError
from ops.words import t

log = logging.getLogger(__name__)
TOLD_SECONDS = 900  # how long pages of a table say what was changed in it
REDIS_SECONDS = 2  # no request may wait for Redis longer than this (P48: nothing hangs over 5 s)


@dataclass(slots=True)
class Platform:
    """One process: made once by `build`, handed down everywhere.

    `catalog` is replaced as a whole by `refresh` and `reload`; whoever took it keeps a consistent one.
    """

    settings: Settings
    db: Database
    catalog: Catalog
    redis: redis.Redis
    resources: Sequence[type[Resource]] | None = None  # None: those the settings name
    _moves: deque[tuple[float, Move]] = field(default_factory=lambda: deque(maxlen=200), repr=False)
    ended: threading.Event = field(default_factory=threading.Event, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def keys(self) -> Ring:
        """What seals and opens values at rest (ops.keys)."""
        return ring(self.settings)

    def refresh(self) -> bool:
        """Read the catalog again if the company changed anything it is made of; whether it did. One round trip if not.

        Resources that no longer fit yield (`Catalog.misfits`). Raises Unavailable, Busy.
        """
        with self._lock:
            with self.db.reading(STARTUP) as tx:
                now = catalogs.fingerprint(tx, self.settings.schemas, own=SCHEMA, house=catalog_house.NAMES)
            if now == self.catalog.fingerprint:
                return False
            self._replace()
            return True

    def reload(self) -> None:
        """Read the shapes of the company's tables again, whatever they were. Raises Unavailable, Busy."""
        with self._lock:
            self._replace()

    def moved(self, ref: str) -> list[str]:
        """What was changed in a table lately, and whether what our own code says of it fits it still."""
        since = time.monotonic() - TOLD_SECONDS
        said = [text for at, one in self._moves if one.ref == ref and at > since for text in one.sentences]
        return [*said, *([t("moves.misfit")] if ref in self.catalog.misfits else [])]

    def _replace(self) -> None:
        old = self.catalog
        if self.resources is None:
            self.resources = _resources(self.settings)
        with self.db.reading(STARTUP) as tx:
            new = catalogs.load(tx, schemas=self.settings.schemas, resources=self.resources, earlier=old)
        for one in catalogs.moves(old, new):
            log.warning("the company changed %s: %s", one.ref, one.words)
            self._moves.append((time.monotonic(), one))
        for problem in sorted(set(_problems(new)) - set(_problems(old))):
            log.warning("it no longer fits: %s", problem)
        self.catalog = new

    def close(self) -> None:
        """Give back every connection."""
        self.ended.set()
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
    resources = _resources(settings)
    catalog = read_catalog(settings, db, resources)
    return Platform(settings, db, catalog, redis_client(settings.redis_url), resources)


def read_catalog(
    settings: Settings, db: Database, resources: Sequence[type[Resource]] | None = None
) -> Catalog:
    """Read what there is in the database, shaped by the user's resources. Raises ResourceErrors."""
    with db.reading(STARTUP) as tx:
        shaped_by = _resources(settings) if resources is None else resources
        return catalogs.load(tx, schemas=settings.schemas, resources=shaped_by)


def _resources(settings: Settings) -> list[type[Resource]]:
    return resources_from(settings.resources) if settings.resources else []


def watch(platform: Platform, seconds: float = 5.0) -> None:
    """Look every few seconds, in a thread, whether the company changed its tables; until the process ends."""

    def look() -> None:
        while not platform.ended.wait(seconds):
            try:
                platform.refresh()
            except (Unavailable, Busy):
                pass  # whoever needs the database says so
            except Exception:
                log.exception("the tables could not be read again; what was known stays")

    threading.Thread(target=look, name="catalog", daemon=True).start()


def _problems(catalog: Catalog) -> list[str]:
    return [problem for each in catalog.misfits.values() for problem in each]


def redis_client(url: str) -> redis.Redis:
    """A client that gives up after two seconds and never tries again by itself.

    Redis carries ids only: whatever could not be sent now, the clock sends later.
    """
    client: redis.Redis = redis.Redis.from_url(
        url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, retry=None
    )
    return client

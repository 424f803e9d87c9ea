"""What every test can ask for: databases cloned from templates, Redis, the cast, the application."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask

from ops.db import Database
from tests import made_once, servers
from tests.together import Together

SHARED = Path(__file__).parents[2] / "shared" / "databases"
_numbers = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(10_000, 20, 20)
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        config.stash[_SERVERS] = servers.Servers()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    running = config.stash.get(_SERVERS, None)
    if running is not None:
        running.stop()


def pytest_sessionstart(session: pytest.Session) -> None:
    """What each of a run's applications would make anew, and alike, is made once."""
    made_once.builders()
    made_once.catalogs()
    if servers.ROOM in os.environ:
        compiled = Path(os.environ[servers.ROOM]) / "templates"
        compiled.mkdir(exist_ok=True)
        cache = made_once.Compiled(str(compiled))
        Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": cache}


def pytest_collection_finish() -> None:
    """Modules and collected tests stay to the end: looking for garbage in them took a sixth of a web test's time."""
    gc.collect()
    gc.freeze()


_SERVERS: pytest.StashKey[servers.Servers] = pytest.StashKey()


def _migrated(url: str) -> None:
    from ops import migrate

    migrate.upgrade(url)


def _shop(url: str) -> None:
    from demo.load import load

    load(url, orders=400, say=lambda _text: None)
    _migrated(url)


def _dump(name: str) -> Callable[[str], None]:
    def build(url: str) -> None:
        load_dump(url, name)
        _migrated(url)

    return build


def load_dump(url: str, name: str) -> None:
    """Load one of the databases nobody here wrote ("northwind", "pagila")."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((SHARED / f"{name}.sql").read_text(encoding="utf-8"))


def _company(url: str) -> None:
    from tests.changes import company

    company.make(url)


_TEMPLATES: dict[str, Callable[[str], None]] = {
    "ops": _migrated,
    "shop": _shop,
    "company": _company,
    "northwind": _dump("northwind"),
    "pagila": _dump("pagila"),
}


_ready: dict[str, tuple[str, str]] = {}  # templates that are there, each with a transaction after it was made


def _template(name: str) -> tuple[str, str]:
    if name in ("northwind", "pagila") and not SHARED.is_dir():
        pytest.skip("the databases nobody here wrote are not beside this checkout")
    if name not in _ready:
        _ready[name] = servers.template(f"template_{name}", _TEMPLATES[name]), servers.transaction()
    return _ready[name]


class Databases:
    """Makes databases and drops them at the end of the scope that asked."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, template: str | None = None) -> str:
        """The address of a new database: empty, or a clone of "ops" (migrated), "shop" (the demo, migrated),
        "northwind" or "pagila" (loaded, migrated) or "company" (tests/changes)."""
        return self._clone(_template(template) if template else None)

    def prepared(self, template: str, name: str, prepare: Callable[[str], None]) -> str:
        """The address of a new clone of `template` after `prepare(url)`, which is done once for each `name`."""
        if name not in _ready:
            source, _since = _template(template)
            _ready[name] = servers.template(f"template_{name}", prepare, source), servers.transaction()
        return self._clone(_ready[name])

    def _clone(self, template: tuple[str, str] | None) -> str:
        name = f"t{os.getpid()}_{next(_numbers)}"
        servers.create(name, template[0] if template else None)
        if template:
            made_once.cloned(name, *template)
        self.names.append(name)
        return servers.url_of(name)

    def drop_all(self) -> None:
        for name in self.names:
            servers.drop(name)


@pytest.fixture
def make_database() -> Iterator[Databases]:
    """make_database(template=None) -> url; dropped after the test."""
    databases = Databases()
    yield databases
    databases.drop_all()


@pytest.fixture(scope="module")
def make_module_database() -> Iterator[Databases]:
    """Like make_database, dropped after the module: for tests that only read."""
    databases = Databases()
    yield databases
    databases.drop_all()


@pytest.fixture
def database_url(make_database: Databases) -> str:
    """An empty database."""
    return make_database()


@pytest.fixture
def ops_url(make_database: Databases) -> str:
    """A database with nothing but our own schema."""
    return make_database("ops")


@pytest.fixture
def shop_url(make_database: Databases) -> str:
    """The demo wholesaler with 400 orders, and our own schema."""
    return make_database("shop")


@pytest.fixture
def db(ops_url: str) -> Iterator[Database]:
    """A Database on a fresh schema `ops`."""
    database = Database(ops_url, application_name="countersign tests", pool_size=30)
    yield database
    database.close()


@pytest.fixture
def shop(shop_url: str) -> Iterator[Database]:
    """A Database on the demo wholesaler."""
    database = Database(shop_url, application_name="countersign tests", pool_size=30)
    yield database
    database.close()


@pytest.fixture
def redis_url() -> str:
    """A Redis database of this worker's own, emptied."""
    import redis

    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    base = os.environ[servers.REDIS].rpartition("/")[0]
    url = f"{base}/{int(worker) % 16}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url

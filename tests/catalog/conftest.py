"""Catalogs of the databases these tests read: made once, because nothing here writes to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ops.catalog import Catalog, load
from ops.db import Database


@pytest.fixture(scope="module")
def nasty(make_module_database: Callable[..., str]) -> Iterator[Database]:
    """A database of everything awkward (nasty.sql)."""
    url = make_module_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((Path(__file__).parent / "nasty.sql").read_text(encoding="utf-8"))
    database = Database(url, application_name="countersign tests")
    yield database
    database.close()


@pytest.fixture(scope="module")
def catalog(nasty: Database) -> Catalog:
    """The catalog of the awkward database, without any Resource."""
    return catalog_of(nasty)


@pytest.fixture(scope="module")
def foreign(make_module_database: Callable[..., str]) -> Iterator[Callable[[str], Catalog]]:
    """foreign("northwind") or foreign("pagila"): the catalog of a database nobody here wrote."""
    opened: dict[str, Database] = {}

    def of(name: str) -> Catalog:
        if name not in opened:
            opened[name] = Database(make_module_database(name), application_name="countersign tests")
        return catalog_of(opened[name])

    yield of
    for database in opened.values():
        database.close()


def catalog_of(database: Database, **options: Any) -> Catalog:
    """The catalog as start-up reads it."""
    with database.reading() as tx:
        return load(tx, **options)

"""One empty database for the module: conditions are judged by PostgreSQL, on constants."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ops.db import Database


@pytest.fixture(scope="module")
def database(make_module_database) -> Iterator[Database]:
    found = Database(make_module_database(), application_name="countersign tests", pool_size=2)
    yield found
    found.close()

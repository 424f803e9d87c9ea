"""The door's world, for rules to look at."""

from __future__ import annotations

import pytest

from ops.db import Database
from tests.changes import company
from tests.changes.company import World
from tests.conftest import Databases


@pytest.fixture
def ops_url(make_database: Databases) -> str:
    """A database with the company in it, migrated."""
    return make_database("company")


@pytest.fixture
def world(db: Database) -> World:
    return company.world_of(db)

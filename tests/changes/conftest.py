"""The door's world, fresh for every test: these tests really commit."""

from __future__ import annotations

import pytest

from ops.db import Database
from tests.changes.company import World, build


@pytest.fixture
def world(db: Database) -> World:
    return build(db)

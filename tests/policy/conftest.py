"""The company whose roles the tests write."""

from __future__ import annotations

import pytest

from ops.db import Database
from tests.policy.company import Company, build


@pytest.fixture
def company(db: Database) -> Company:
    return build(db)

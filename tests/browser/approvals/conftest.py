"""The tests of this folder visit the company, not the demo."""

from __future__ import annotations

import pytest

from tests.stage import Stage


@pytest.fixture(scope="session")
def stage(company: Stage) -> Stage:
    """In place of the demo's, for all who visit."""
    return company

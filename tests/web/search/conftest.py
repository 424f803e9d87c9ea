"""The demo wholesaler with its cast, and time enough for a busy machine."""

from __future__ import annotations

import pytest

from ops.web.search import offering
from tests.web.groups.conftest import house, settings

__all__ = ["house", "patient", "settings"]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "PATIENCE", 4000)

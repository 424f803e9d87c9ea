"""The demo wholesaler with its rules, and people who fill forms there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from ops.platform import Platform
from tests.web.records.forms import House
from tests.web.shop_house import settings
from tests.web.visiting import Visitor

__all__ = ["settings"]


@pytest.fixture
def house(app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> House:
    return House(app, platform, visit)

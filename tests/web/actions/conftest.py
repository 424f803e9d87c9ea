"""The demo wholesaler with its actions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from ops.platform import Platform
from ops.settings import Settings
from tests.web.shop_house import House, shop_settings
from tests.web.visiting import Visitor


@pytest.fixture
def settings(shop_url: str, redis_url: str, provider: str, tmp_path: Path) -> Settings:
    return shop_settings(shop_url, redis_url, provider, str(tmp_path))


@pytest.fixture
def house(app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> House:
    return House(app, platform, visit)

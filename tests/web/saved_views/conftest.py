"""The demo wholesaler with its cast, and what these tests do with views."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from ops.platform import Platform
from ops.settings import Settings
from tests.web.shop_house import House, shop_settings
from tests.web.visiting import Visitor


@pytest.fixture
def settings(shop_url: str, redis_url: str, provider: str, tmp_path: Path) -> Settings:
    return shop_settings(shop_url, redis_url, provider, str(tmp_path))


class Shelf(House):
    """The house with shortcuts about views."""

    def save(self, sub: str, state: str, name: str, table: str = "shop.orders", **said: str) -> int:
        """Save a list as a view by its form; the view's number."""
        visitor = self.visit(sub)
        path = f"/tables/{table}/views/new" + (f"?{state}" if state else "")
        visitor.get(path)
        assert visitor.answer is not None
        assert visitor.answer.status_code == 200, visitor.answer.text[:2000]
        form = {
            str(one["name"]): str(one.get("value", ""))
            for one in visitor.page.select("#view-form input[type=hidden]")
        }
        visitor.post(path, {**form, "name": name, **said}, csrf=form["csrf_token"])
        assert visitor.answer.status_code == 303, visitor.answer.text[:3000]
        number = urlsplit(visitor.answer.headers["Location"]).query.removeprefix("view=")
        return int(number)

    def rows(self, sub: str, address: str) -> list[str]:
        """What the rows of a list are called."""
        visitor = self.visit(sub)
        visitor.get(address)
        return [row.get_text(strip=True) for row in visitor.page.select("tbody th")]

    def heads(self, sub: str) -> list[str]:
        """The heads of the open list."""
        return [one.get_text(strip=True) for one in self.visit(sub).page.select("table.records thead th")]

    def chips(self, sub: str) -> list[str]:
        """The filters of the open list."""
        return [one.get_text(" ", strip=True) for one in self.visit(sub).page.select(".chip")]


@pytest.fixture
def house(app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> Shelf:
    return Shelf(app, platform, visit)

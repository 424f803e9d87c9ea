"""The demo wholesaler with its rules, people who tick rows, and a worker that runs in the test itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from ops import work
from ops.changes import bulk, heads
from ops.platform import Platform
from tests.web.shop_house import House, settings
from tests.web.visiting import Visitor

__all__ = ["house", "settings"]


class ManyHouse(House):
    """The wholesaler, and what is done to many of its rows."""

    def ticked(self, sub: str, table: str, *keys: str, do: str = "edit", **more: str) -> Visitor:
        """Open the form for ticked rows."""
        visitor = self.visit(sub)
        query = "&".join([*(f"k={key}" for key in keys), f"do={do}", *(f"{n}={v}" for n, v in more.items())])
        visitor.get(f"/tables/{table}/many?{query}")
        return visitor

    def send(self, visitor: Visitor, table: str, step: str, **fields: Any) -> Visitor:
        """Press a button of the open form, with what it holds and `fields`."""
        form: dict[str, Any] = {}
        for one in visitor.page.select("#many-form input[name], #many-form select[name]"):
            name, kind = str(one["name"]), one.get("type")
            if name == "csrf_token" or (kind in ("checkbox", "radio") and not one.has_attr("checked")):
                continue
            form.setdefault(name, []).append(str(one.get("value", "")))
        for one in visitor.page.select("#many-form textarea[name]"):
            form[str(one["name"])] = [one.text.removeprefix("\n")]
        form.update({name: value if isinstance(value, list) else [value] for name, value in fields.items()})
        visitor.post(f"/tables/{table}/many", {**form, "step": step})
        return visitor

    def work(self, reference: str) -> str:
        """Do what is due for the change, as a worker would."""
        change_id = int(reference.removeprefix("CH-"))
        with self.platform.db.reading() as tx:
            head = heads.head(tx, change_id)
        assert head is not None
        found = self.sql("SELECT id FROM ops.work WHERE kind = 'bulk' AND subject = :s", s=head.subject)
        claim = work.claim(self.platform.db, found[0].id, "test")
        assert claim is not None
        bulk.work_on(self.platform, claim)
        return str(self.one("SELECT state FROM ops.change_set WHERE id = :id", id=change_id))


@pytest.fixture
def house(app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> ManyHouse:
    return ManyHouse(app, platform, visit)

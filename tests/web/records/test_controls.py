"""What of a field is kept is filled with each record's own values: the same as if it were rendered for it."""

from __future__ import annotations

from collections.abc import Callable

from bs4 import BeautifulSoup
from flask import Flask
from pytest import MonkeyPatch

from ops.db import statements
from ops.web.kept import Kept
from ops.web.records import controls
from tests.web.records.test_kinds import kinds  # noqa: F401 - a fixture
from tests.web.shop_house import House
from tests.web.visiting import Visitor


def _fields(visitor: Visitor, path: str) -> list[str]:
    visitor.get(path)
    visitor.get(path)
    page: BeautifulSoup = visitor.page
    return [str(one) for one in page.select("#record-form .field")]


def test_every_kind_of_field_is_the_one_its_template_renders(kinds: House, monkeypatch: MonkeyPatch) -> None:  # noqa: F811 - the fixture
    kinds.app.extensions["countersign_kept"] = Kept(fresh=False)
    oz = kinds.visit("oz")
    paths = [*(f"/tables/kinds/~{key}/edit" for key in range(1, 7)), "/tables/kinds/new"]
    kept = [_fields(oz, path) for path in paths]
    assert len(kinds.app.extensions["countersign_controls"]) > 20
    monkeypatch.setattr(controls, "_key", lambda one: None)
    assert [_fields(oz, path) for path in paths] == kept


def test_lines_and_choices_too(app: Flask, visit: Callable[..., Visitor], monkeypatch: MonkeyPatch) -> None:
    """One record after the other, so that nothing of the first is left in the second."""
    app.extensions["countersign_kept"] = Kept(fresh=False)
    ann = visit("ann")
    paths = [
        *(f"/tables/shop.orders/~{key}/edit" for key in (40, 41, 42, 43)),
        "/tables/shop.customers/~8/edit",
        "/tables/shop.customers/~9/edit",
        "/tables/shop.orders/new?like=~40",
    ]
    kept = [_fields(ann, path) for path in paths]
    monkeypatch.setattr(controls, "_key", lambda one: None)
    assert [_fields(ann, path) for path in paths] == kept


def test_a_form_is_read_in_one_statement(app: Flask, visit: Callable[..., Visitor]) -> None:
    """With its lines, what may be chosen, the draft, the rules, who else is there: who it is, the record, the end."""
    ann = visit("ann")
    ann.get("/tables/shop.orders/~40/edit")
    ann.get("/tables/shop.orders/~40/edit")
    assert len(ann.page.select("table.lines tbody tr")) > 0
    assert statements() == 3

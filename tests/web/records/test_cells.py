"""One cell of a list: its field, the door with what was seen, the value again; without scripts a page of its own."""

from __future__ import annotations

import pytest

from tests.web.records.forms import House, posted
from tests.web.visiting import Visitor

CELL = "/tables/shop.customers/~8/cell/city"
PART = {"HX-Request-Type": "partial"}


def opened(house: House, path: str = CELL) -> Visitor:
    """Ann has the cell open in her list."""
    ann = house.visit("ann")
    ann.get("/tables/shop.customers/")
    ann.page_token = ann.token()
    ann.get(f"{path}?in=grid", **PART)
    assert ann.answer.status_code == 200
    assert ann.answer.headers["X-Cell"] == "form"
    assert ann.page.select_one("html") is None
    return ann


def sent(ann: Visitor, said: dict[str, str | None], path: str = CELL) -> Visitor:
    """She saves it; the answer is followed, as a browser does."""
    fields = {**posted(ann.page, "cell-form"), **said}
    body = {name: text for name, text in fields.items() if text is not None}
    ann.post(path, body, csrf=ann.page_token or "", **PART)
    if ann.answer.status_code == 303:
        ann.get(ann.answer.headers["Location"], **PART)
    return ann


def test_the_head_says_which_columns_can_be_edited_and_no_cell_does(house: House) -> None:
    ann = house.visit("ann")
    ann.get("/tables/shop.customers/")
    edited = {str(one["data-edit"]) for one in ann.page.select("thead th[data-edit]")}
    assert {"name", "city", "status"} <= edited and not edited & {"number", "created_at", "iban"}
    assert not ann.page.select("tbody [data-edit]")
    bo = house.visit("bo")
    bo.get("/tables/shop.customers/")
    assert not bo.page.select("th[data-edit]")


def test_a_cell_is_saved_by_the_door_and_comes_back_as_its_value(house: House) -> None:
    """P35: source "grid"."""
    ann = sent(opened(house), {"v.city": "Alkmaar"})
    assert ann.answer.headers["X-Cell"] == "value"
    assert ann.answer.text.strip() == "Alkmaar"
    assert house.one("SELECT city FROM shop.customers WHERE id = 8") == "Alkmaar"
    assert house.one("SELECT source FROM ops.change_set") == "grid"
    assert house.events("row.updated") == 1


def test_nothing_typed_changes_nothing(house: House) -> None:
    ann = sent(opened(house), {})
    assert ann.answer.headers["X-Cell"] == "value"
    assert house.changes() == 0


def test_other_columns_merge_and_the_same_one_is_chosen_in_place(house: House) -> None:
    """P29: one's own input stays."""
    ann = opened(house)
    house.sql("UPDATE shop.customers SET phone = '1' WHERE id = 8")
    assert sent(ann, {"v.city": "Mine"}).answer.headers["X-Cell"] == "value"
    ann = opened(house)
    house.sql("UPDATE shop.customers SET city = 'Theirs' WHERE id = 8")
    ann = sent(ann, {"v.city": "Mine again"})
    assert ann.answer.status_code == 409
    assert ann.answer.headers["X-Cell"] == "form"
    assert posted(ann.page, "cell-form")["v.city"] == "Mine again"
    assert "Theirs" in ann.page.text
    sent(ann, {"keep.city": "mine"})
    assert house.one("SELECT city FROM shop.customers WHERE id = 8") == "Mine again"


def test_what_cannot_be_stored_stands_beside_the_field(house: House) -> None:
    path = CELL.replace("city", "credit_limit")
    ann = sent(opened(house, path), {"v.credit_limit": "abc"}, path)
    assert ann.answer.status_code == 422
    assert "number" in ann.page.select_one("[id='f-v.credit_limit-error']").text
    assert posted(ann.page, "cell-form")["v.credit_limit"] == "abc"


def test_what_asks_somebody_says_so_before_and_after(house: House) -> None:
    """The cell keeps its value and leads to the change that waits; the reason goes with it."""
    path = CELL.replace("city", "credit_limit")
    before = house.one("SELECT credit_limit::text FROM shop.customers WHERE id = 8")
    ann = opened(house, path)
    assert "One manager" in ann.page.select_one("#asks").text
    ann = sent(ann, {"v.credit_limit": "40000", "reason": "They grow"}, path)
    assert ann.answer.headers["X-Cell"] == "value"
    assert ann.page.select_one("a.pending")["href"] == "/changes/CH-1001"
    assert house.one("SELECT credit_limit::text FROM shop.customers WHERE id = 8") == before
    assert house.one("SELECT reason FROM ops.change_set") == "They grow"


@pytest.mark.parametrize("column", ["iban", "number", "created_at", "id", "internal_risk_score", "nothing"])
def test_p14_p15_a_column_that_is_not_theirs_to_change(house: House, column: str) -> None:
    path = CELL.replace("city", column)
    ann = house.visit("ann")
    assert ann.get(f"{path}?in=grid").status_code in (403, 404)
    ann.get("/people/me")
    assert ann.post(path, {f"v.{column}": "1", f"b.{column}": '"2"'}).status_code in (403, 404)
    assert house.changes() == 0


def test_forged_further_columns_are_left_alone(house: House) -> None:
    """P15: a cell's form changes its own column."""
    ann = opened(house)
    fields = {**posted(ann.page, "cell-form"), "v.city": "Here", "v.name": "Forged", "b.name": '"x"'}
    ann.post(CELL, fields, csrf=ann.page_token or "")
    assert house.one("SELECT name <> 'Forged' FROM shop.customers WHERE id = 8")


def test_without_scripts_it_is_a_page_that_leads_back_to_the_record(house: House) -> None:
    ann = house.visit("ann")
    ann.get(CELL)
    assert ann.page.h1.text.startswith("City of")
    fields = {**posted(ann.page, "cell-form"), "v.city": "By hand"}
    ann.post(CELL, fields, csrf=fields["csrf_token"])
    assert ann.answer.headers["Location"] == "/tables/shop.customers/~8"
    assert house.one("SELECT city FROM shop.customers WHERE id = 8") == "By hand"

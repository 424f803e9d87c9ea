"""Deleting: the page says what goes along, a manager is asked, and nothing is deleted that moved meanwhile."""

from __future__ import annotations

import re

import pytest

from ops.db import statements
from tests.web.records.forms import House

TICKET = "/tables/shop.tickets/~3/delete"


def test_the_page_says_what_goes_and_what_refers(house: House) -> None:
    ann = house.visit("ann")
    assert ann.get("/tables/shop.orders/~40/delete").status_code == 200
    refers = ann.page.select_one("#refers").get_text(" ", strip=True)
    assert "Order lines" in refers
    assert "deleted along with it" in refers
    assert "Deleting needs a manager" in ann.page.select_one("#main").get_text(" ", strip=True)


def test_what_would_fail_and_what_follows_further_is_told(house: House) -> None:
    """A customer: orders stop it, and say how many; P14: of what an operator may not see there is no number."""
    ann = house.visit("ann")
    ann.get("/tables/shop.customers/~8/delete")
    refers = ann.page.select_one("#refers").get_text(" ", strip=True)
    orders = house.one("SELECT count(*) FROM shop.orders WHERE customer_id = 8")
    if orders:
        assert re.search(rf"Orders\s+{orders} rows? must be changed", refers)
        assert ann.page.select_one("#stopped") is not None
        ann.get(str(ann.page.select_one("#refers a")["href"]))
        assert ann.answer.status_code == 200
    house.visit("ann").get("/tables/shop.products/~4/delete")


def test_the_page_stays_within_its_round_trips(house: House) -> None:
    ann = house.visit("ann")
    for path in (
        "/tables/shop.orders/~40/delete",
        "/tables/shop.customers/~8/delete",
        "/tables/shop.products/~4/delete",
    ):
        ann.get(path)
        ann.get(path)
        assert statements() <= 14, (path, statements())


def test_deleting_waits_for_a_manager(house: House) -> None:
    """The demo's rule; P35: what was asked is in the trail."""
    ann = house.fill("ann", TICKET, {"reason": "Twice the same"}, "delete-form")
    assert ann.answer.status_code == 303
    assert "/changes/CH-" in ann.answer.headers["Location"]
    assert house.one("SELECT count(*) FROM shop.tickets WHERE id = 3") == 1
    assert house.events("change.submitted") == 1


def test_without_a_rule_it_is_gone_at_once(house: House) -> None:
    house.sql("DELETE FROM ops.approval_rule")
    ann = house.fill("ann", TICKET, {}, "delete-form")
    assert ann.answer.headers["Location"] == "/tables/shop.tickets/"
    ann.follow()
    assert "deleted" in ann.page.select_one("#flashes").text
    assert house.one("SELECT count(*) FROM shop.tickets WHERE id = 3") == 0
    assert house.events("row.deleted") == 1
    assert ann.get("/tables/shop.tickets/~3").status_code == 404


def test_a_record_that_moved_is_shown_again(house: House) -> None:
    """P29."""
    house.sql("DELETE FROM ops.approval_rule")
    ann = house.visit("ann")
    ann.get(TICKET)
    house.sql("UPDATE shop.tickets SET subject = 'Moved' WHERE id = 3")
    house.send(ann, TICKET, {"reason": "kept"}, "delete-form")
    assert ann.answer.status_code == 409
    assert "Moved" in ann.page.select_one("#goes").text
    assert ann.page.select_one("[name=reason]").text.strip() == "kept"
    house.send(ann, TICKET, {}, "delete-form")
    assert house.one("SELECT count(*) FROM shop.tickets WHERE id = 3") == 0


def test_one_that_is_gone_already(house: House) -> None:
    ann = house.visit("ann")
    ann.get(TICKET)
    house.sql("DELETE FROM shop.tickets WHERE id = 3")
    house.send(ann, TICKET, {}, "delete-form")
    assert ann.answer.headers["Location"] == "/tables/shop.tickets/"


def test_what_others_refer_to_is_422_in_words(house: House) -> None:
    house.sql("DELETE FROM ops.approval_rule")
    ann = house.fill("ann", "/tables/shop.suppliers/~3/delete", {"reason": "kept"}, "delete-form")
    if house.one("SELECT count(*) FROM shop.payouts WHERE supplier_id = 3"):
        assert ann.answer.status_code == 422
        assert "still refer to this" in ann.page.select_one("#problem").text
        assert ann.page.select_one("[name=reason]").text.strip() == "kept"


@pytest.mark.parametrize("sub", ["bo", "cy"])
def test_who_may_only_read_cannot(house: House, sub: str) -> None:
    """P13."""
    assert house.visit(sub).get(TICKET).status_code == 403

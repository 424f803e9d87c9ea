"""A change that came to nothing is asked for again: its values over the row as it is now, through the one door."""

from __future__ import annotations

import pytest

from ops.changes import Operation
from tests.web.records.forms import posted
from tests.web.shop_house import House


def rejected(house: House, **after: str) -> str:
    """A change of a customer by Ann that Bo rejected; its reference."""
    house.sql("UPDATE shop.customers SET credit_limit = 5000, city = 'Here', country = 'DE' WHERE id = 7")
    one = house.edit("ann", "customers", "~7", {"credit_limit": "15500.00", **after}, reason="A good year.")
    house.sql(
        "UPDATE ops.change_set SET state = 'rejected', finished_at = now() WHERE id = :id", id=one.change_id
    )
    return one.reference


def way(house: House, sub: str, ref: str) -> str | None:
    """Where its page leads for asking again."""
    visitor = house.visit(sub)
    visitor.get(f"/changes/{ref}")
    found = visitor.page.select_one("header.head a[href*='again=']")
    return None if found is None else str(found["href"])


def test_the_form_opens_with_what_was_proposed_over_the_row_as_it_is_now(house: House) -> None:
    ref = rejected(house)
    house.sql("UPDATE shop.customers SET credit_limit = 6000, city = 'There' WHERE id = 7")
    ann = house.visit("ann")
    href = way(house, "ann", ref)
    assert href == f"/tables/shop.customers/~7/edit?again={ref}"
    ann.get(href)
    form = posted(ann.page, "record-form")
    assert form["v.credit_limit"] == "15500.00" and form["v.city"] == "There"
    assert (
        form["reason"].replace("\r", "") == f"A good year.\nAsked for again after {ref}."
        and form["again"] == ref
    )
    assert ann.page.select_one(f"#again a[href='/changes/{ref}']") is not None
    ann.post("/tables/shop.customers/~7/edit", {**form, "reason": "Mine."}, csrf=form["csrf_token"])
    assert ann.answer.status_code == 303, ann.page.select_one("main").text
    base, after = house.sql("SELECT base, after FROM ops.operation ORDER BY change_id DESC LIMIT 1")[0]
    assert (base, after) == ({"credit_limit": "6000.00"}, {"credit_limit": "15500.00"})
    reason = house.one("SELECT reason FROM ops.change_set ORDER BY id DESC LIMIT 1")
    assert reason == f"Mine.\nAsked for again after {ref}.", "the reference is kept whatever was typed"
    assert house.one("SELECT state FROM ops.change_set ORDER BY id DESC LIMIT 1") == "in_review", "as ever"


def test_p14_nothing_is_filled_in_for_who_does_not_see_it(house: House) -> None:
    """Not of a change of another row, not of one out of sight, and no masked value."""
    ref = rejected(house)
    ann = house.visit("ann")
    for address in (
        f"/tables/shop.customers/~8/edit?again={ref}",
        f"/tables/shop.customers/new?again={ref}",
        "/tables/shop.customers/~7/edit?again=CH-999999",
    ):
        ann.get(address)
        assert ann.answer.status_code == 404, address
    ann.get("/tables/shop.customers/~7/edit?again=nonsense")
    assert ann.answer.status_code == 200 and posted(ann.page, "record-form")["v.credit_limit"] == "5000.00"
    house.sql("UPDATE shop.customers SET country = 'IS' WHERE id = 9")
    other = house.edit("oz", "customers", "~9", {"credit_limit": "15000.00"})
    house.sql("UPDATE ops.change_set SET state = 'expired' WHERE id = :id", id=other.change_id)
    ann.get(f"/tables/shop.customers/~9/edit?again={other.reference}")
    assert ann.answer.status_code == 404 and "15000" not in ann.answer.text
    oz = house.visit("oz")
    oz.get(f"/changes/{other.reference}")
    assert "Nobody of them answered in time" in oz.page.select_one("#stage-1").text, "their turn had come"


def test_a_new_row_and_one_to_be_deleted(house: House) -> None:
    number = house.one(
        "INSERT INTO shop.customers (number, name, country, status) SELECT 'C-900001', 'Twice Ltd', 'DE', status "
        "FROM shop.customers WHERE id = 7 RETURNING id"
    )
    gone = house.delete("ann", "customers", f"~{number}", reason="Twice.")
    house.sql("UPDATE ops.change_set SET state = 'withdrawn' WHERE id = :id", id=gone.change_id)
    href = way(house, "ann", gone.reference)
    assert href == f"/tables/shop.customers/~{number}/delete?again={gone.reference}"
    ann = house.visit("ann")
    ann.get(href)
    assert ann.page.select_one("textarea[name=reason]").text.strip().startswith("Twice.")
    house.sql(
        "INSERT INTO ops.approval_rule (name, tables, kinds, condition, stages) VALUES "
        "('new', '{shop.products}', '{create}', '', '[{\"role\": \"manager\", \"needed\": 1}]')"
    )
    products = house.platform.catalog.by_name("shop", "products")
    made = house.propose(
        "ann",
        Operation(
            "create",
            products,
            after={"name": "Oak board", "sku": "OAK-1", "price": "9.50", "category_id": "1"},
        ),
    )
    house.sql("UPDATE ops.change_set SET state = 'rejected' WHERE id = :id", id=made.change_id)
    href = way(house, "ann", made.reference)
    assert href == f"/tables/shop.products/new?again={made.reference}"
    ann.get(href)
    form = posted(ann.page, "record-form")
    assert (form["v.name"], form["v.price"]) == ("Oak board", "9.50")


@pytest.mark.parametrize("state", ["in_review", "applied", "conflicted", "sent_back"])
def test_only_what_came_to_nothing_is_asked_for_again(house: House, state: str) -> None:
    ref = rejected(house)
    house.sql("UPDATE ops.change_set SET state = :state WHERE id = :id", state=state, id=int(ref[3:]))
    assert way(house, "ann", ref) is None


def test_who_may_not_edit_is_offered_nothing_and_a_basket_says_what_to_do(house: House) -> None:
    ref = rejected(house)
    assert way(house, "bo", ref) is None
    house.sql("UPDATE shop.customers SET country = 'DE' WHERE id = 8")
    customers = house.platform.catalog.by_name("shop", "customers")
    both = house.propose(
        "ann",
        *(
            Operation("update", customers, key, {"credit_limit": house.row("ann", "customers", key)["credit_limit"]},
                      {"credit_limit": "15500.00"})
            for key in ("~7", "~8")
        ),
    )  # fmt: skip
    house.sql("UPDATE ops.change_set SET state = 'withdrawn' WHERE id = :id", id=both.change_id)
    assert way(house, "ann", both.reference) is None
    assert "put it into a new basket" in house.visit("ann").page.select_one("#not-again").text

"""The basket by its pages, without scripts: collected from forms, looked at, taken out of, sent in, discarded."""

from __future__ import annotations

from ops.db import statements
from tests.web.records.forms import House, posted
from tests.web.visiting import Visitor

CUSTOMER = "/tables/shop.customers/~7/edit"


def collect(house: House, city: str = "Bergen", path: str = CUSTOMER, sub: str = "ann") -> Visitor:
    return house.fill(sub, path, {"v.city": city, "basket": "1"})


def send(house: House, visitor: Visitor, **said: str) -> Visitor:
    return house.send(visitor, "/basket/", said, "basket-form")


def city(house: House, key: int = 7) -> str:
    return str(house.one("SELECT city FROM shop.customers WHERE id = :id", id=key))


def test_edits_of_several_rows_are_sent_in_together(house: House) -> None:
    """P30: one change, whole; the number in the head goes up and away."""
    before = city(house)
    ann = collect(house)
    ann.follow()
    assert "Added to your basket" in ann.page.select_one("#flashes").text
    assert ann.page.select_one("#bell a[href='/basket/']").text.strip() == "1"
    assert city(house) == before and house.changes() == 0
    collect(house, "Bodø", "/tables/shop.customers/~8/edit")
    ann.get("/basket/")
    assert ann.answer.status_code == 200 and statements() <= 22
    assert len(ann.page.select("#collected section.panel")) == 2
    assert "Bergen" in ann.page.select_one("#row-1 .diff").text
    send(house, ann, reason="moved north")
    assert ann.answer.status_code == 303, ann.answer.text
    ann.follow()
    assert "is applied" in ann.page.select_one("#flashes").text
    assert len(ann.page.select("section.panel[id^=row-]")) == 2
    assert (city(house, 7), city(house, 8)) == ("Bergen", "Bodø") and house.changes() == 1
    assert ann.page.select_one("#bell a[href='/basket/']") is None
    ann.get("/basket/")
    assert "Your basket is empty" in ann.page.select_one("main").text


def test_deleting_and_new_rows_are_collected_too(house: House) -> None:
    ann = house.fill("ann", "/tables/shop.tickets/~3/delete", {"basket": "1"}, "delete-form")
    assert ann.answer.headers["Location"].startswith("/tables/shop.tickets/")
    ann.get("/basket/")
    assert "manager" in ann.page.select_one("#asks").text.lower()
    send(house, ann, reason="twice the same")
    ann.follow()
    assert "is sent in" in ann.page.select_one("#flashes").text
    assert house.one("SELECT count(*) FROM shop.tickets WHERE id = 3") == 1
    assert house.one("SELECT state FROM ops.change_set") == "in_review"


def test_p29_what_moved_is_marked_and_stops_the_rest(house: House) -> None:
    collect(house)
    ann = collect(house, "Bodø", "/tables/shop.customers/~8/edit")
    house.sql("UPDATE shop.customers SET city = 'Theirs' WHERE id = 8")
    ann.get("/basket/")
    assert "Theirs" in ann.page.select_one("#row-2").text
    send(house, ann, reason="north")
    assert ann.answer.status_code == 409
    assert "somebody changed a row" in ann.page.select_one("#problem").text
    assert "stops the rest" in ann.page.select_one("#row-2").text
    assert ann.page.select_one("#f-reason").text.strip() == "north"  # nothing typed is lost
    assert city(house) != "Bergen" and house.changes() == 0
    collect(house, "Mine", str(ann.page.select_one("#row-2 .row a")["href"]))
    ann.get("/basket/")
    send(house, ann)
    assert ann.answer.status_code == 303 and city(house, 8) == "Mine"


def test_p30_an_old_page_sends_nothing_else(house: House) -> None:
    ann = collect(house)
    ann.get("/basket/")
    form = posted(ann.page, "basket-form")
    collect(house, "Bodø", "/tables/shop.customers/~8/edit")
    ann.post("/basket/", form, csrf=form["csrf_token"])
    assert (
        ann.answer.status_code == 409 and "not what this page showed" in ann.page.select_one("#problem").text
    )
    send(house, ann)
    first = ann.answer.headers["Location"]
    form = {**form, "form_token": "z" * 22}
    ann.post("/basket/", form, csrf=form["csrf_token"])
    assert ann.answer.status_code == 409 and house.changes() == 1 and first.startswith("/changes/CH-")


def test_one_is_taken_out_and_the_rest_discarded(house: House) -> None:
    collect(house)
    ann = collect(house, "Bodø", "/tables/shop.customers/~8/edit")
    ann.get("/basket/")
    ann.post(str(ann.page.select_one("#row-1 form")["action"]))
    ann.follow()
    assert len(ann.page.select("#collected section.panel")) == 1
    ann.post("/basket/discard")
    ann.follow()
    assert "Your basket is empty" in ann.page.select_one("#flashes").text
    assert house.one("SELECT count(*) FROM ops.basket") == 0


def test_p14_a_basket_is_its_persons_alone(house: House) -> None:
    collect(house)
    bo = house.visit("bo")
    bo.get("/basket/")
    assert "Your basket is empty" in bo.page.select_one("main").text and "Bergen" not in bo.answer.text
    bo.post("/basket/1/removal")
    assert house.one("SELECT count(*) FROM ops.basket_row") == 1


def test_a_moment_that_is_over_is_told_beside_its_field(house: House) -> None:
    ann = collect(house)
    ann.get("/basket/")
    send(house, ann, apply_at="2020-01-01T10:00")
    assert ann.answer.status_code == 422 and ann.page.select_one("#f-apply_at-error") is not None
    assert house.one("SELECT count(*) FROM ops.basket_row") == 1
    send(house, ann, apply_at="2099-01-01T10:00")
    assert ann.answer.status_code == 422


def test_p19_hostile_values_are_text(house: House) -> None:
    ann = collect(house, "<img src=x onerror=alert(1)>")
    ann.get("/basket/")
    assert ann.page.select_one("main img") is None and "onerror" in ann.page.select_one("#row-1").text


def test_a_wrong_value_is_told_on_the_form(house: House) -> None:
    ann = house.fill("ann", CUSTOMER, {"v.credit_limit": "much", "basket": "1"})
    assert ann.answer.status_code == 422
    assert ann.page.select_one("#errors") is not None
    assert house.one("SELECT count(*) FROM ops.basket_row") == 0


def test_changes_of_rights_are_not_offered(house: House) -> None:
    oz = house.visit("oz")
    oz.get("/tables/ops.role/new")
    assert oz.page.select_one("button[name=basket]") is None


def test_the_count_costs_no_round_trip(house: House) -> None:
    ann = house.visit("ann")
    ann.get("/tables/")
    ann.get("/tables/")
    empty = statements()
    collect(house)
    ann.get("/tables/")
    ann.get("/tables/")
    assert statements() == empty and ann.page.select_one("#bell a[href='/basket/']") is not None

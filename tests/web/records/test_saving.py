"""Saving: what is refused and how, what is kept, what two people at once get, and that nothing is done twice."""

from __future__ import annotations

import pytest
from bs4 import Tag

from ops.db import statements
from tests.web.records.forms import House, posted
from tests.web.visiting import Visitor

CUSTOMER = "/tables/shop.customers/~8/edit"
ORDER = "/tables/shop.orders/~40/edit"
PRODUCT = "/tables/shop.products/~4/edit"
PAYOUT = "/tables/shop.payouts/~3/edit"
SHIPMENT = "/tables/shop.shipments/~{shipment}/edit"


def control(visitor: Visitor, name: str) -> Tag:
    """The control of one column in the open form."""
    found = visitor.page.select_one(f"[name='v.{name}']")
    assert found is not None, name
    return found


def error(visitor: Visitor, name: str) -> str:
    """The sentence beside a field."""
    found = visitor.page.select_one(f"[id='f-v.{name}-error']")
    assert found is not None, visitor.page.select_one("#main").get_text(" ", strip=True)
    return found.get_text(" ", strip=True)


def test_an_edit_is_saved_and_told(house: House) -> None:
    """P35, P36: with its event."""
    ann = house.fill("ann", CUSTOMER, {"v.city": "Alkmaar", "reason": "They moved"})
    assert ann.answer.headers["Location"] == "/tables/shop.customers/~8"
    ann.follow()
    assert "Saved. 1 field changed." in ann.page.select_one("#flashes").text
    assert house.one("SELECT city FROM shop.customers WHERE id = 8") == "Alkmaar"
    assert house.events("row.updated") == 1
    assert house.one("SELECT reason FROM ops.change_set") == "They moved"


def test_a_save_costs_four_round_trips(house: House) -> None:
    """BEGIN with who it is; the row, compared and written; what is kept of it, with the form's token; COMMIT."""
    house.fill("ann", ORDER, {"v.delivery_note": "At the gate"})  # a process reads the rules of a stamp once
    ann = house.fill("ann", ORDER, {"v.delivery_note": "At the back"})
    assert ann.answer.status_code == 303 and statements() == 4


def test_a_new_record_is_made_with_the_defaults_of_the_database(house: House) -> None:
    ann = house.fill("ann", "/tables/shop.customers/new", {"v.name": "Bakklandet", "v.country": "NO"})
    ann.follow()
    assert ann.answer.status_code == 200
    assert ann.page.h1.text == "Bakklandet"
    made = house.sql(
        "SELECT status, credit_limit, email, number FROM shop.customers WHERE name = 'Bakklandet'"
    )[0]
    assert (made.status, made.credit_limit, made.email) == ("prospect", 0, None)
    assert made.number.startswith("C-")


@pytest.mark.parametrize("sub", ["bo", "cy"])
def test_who_may_only_read_gets_403(house: House, sub: str) -> None:
    """P13, P35: and the refusal is in the trail."""
    visitor = house.visit(sub)
    for path in (CUSTOMER, "/tables/shop.customers/new", "/tables/shop.customers/~8/delete"):
        assert visitor.get(path).status_code == 403, path
        visitor.get("/people/me")
        assert visitor.post(path, {"v.name": "X", "form_token": "t" * 30}).status_code == 403, path
    assert house.changes() == 0
    assert house.events("access", "refused") >= 6


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (CUSTOMER, {"v.credit_limit": "abc"}),
        (CUSTOMER, {"v.credit_limit": "12345678901.00"}),
        (CUSTOMER, {"v.credit_limit": "1.005"}),
        (CUSTOMER, {"v.credit_limit": "-1"}),
        (CUSTOMER, {"v.credit_limit": ""}),
        (CUSTOMER, {"v.country": "NLDX"}),
        (CUSTOMER, {"v.email": "nobody", "v.email--null": None}),
        (CUSTOMER, {"v.status": "nonsense"}),
        (CUSTOMER, {"v.name": "a\0b"}),
        (CUSTOMER, {"v.parent_id": "999999999"}),
        (CUSTOMER, {"v.parent_id": "99999999999999999999"}),
        (ORDER, {"v.requested_for": "2026-02-30"}),
        (ORDER, {"v.metadata": "{not json"}),
        (ORDER, {"v.warehouse_id": "77"}),
        (PRODUCT, {"v.sku": "TAKEN"}),
        (PRODUCT, {"v.price_validity": "[2,1"}),
        (PRODUCT, {"v.active": "perhaps"}),
        (PAYOUT, {"v.amount": "1e400"}),
        (SHIPMENT, {"v.transit_time": "a while"}),
        (SHIPMENT, {"v.last_scan_from": "1.2.3.400"}),
    ],
)
def test_what_cannot_be_stored_is_422_beside_its_field(
    house: House, path: str, said: dict[str, str | None]
) -> None:
    house.sql("UPDATE shop.products SET sku = 'TAKEN' WHERE id = 5")
    path = path.format(shipment=house.one("SELECT min(id) FROM shop.shipments"))
    typed = {"reason": "Because I say so", **said}
    ann = house.fill("ann", path, typed)
    assert ann.answer.status_code == 422
    assert ann.answer.headers["HX-Push-Url"] == "false"
    (column,) = (name.removeprefix("v.") for name in said if not name.endswith("--null"))
    assert error(ann, column)
    assert ann.page.select_one("#errors a")["href"] == f"#f-v.{column}"
    assert "nothing you typed is lost" in ann.page.select_one("#errors").text
    fields = posted(ann.page)
    # What no parser of HTML gives back is left out of the comparison.
    kept = {name: text for name, text in typed.items() if text is not None and "\0" not in text}
    assert {name: fields.get(name) for name in kept} == kept
    assert house.changes() == 0


def test_everything_typed_is_kept_boxes_too(house: House) -> None:
    house.sql("UPDATE shop.customers SET notes = 'old', phone = NULL, city = 'X' WHERE id = 8")
    said = {
        "v.credit_limit": "abc", "v.phone": "", "v.phone--null": None, "v.notes": "one\r\n\r\ntwo",
        "v.city--null": "1", "v.status": "closed", "reason": "Why not",
    }  # fmt: skip
    ann = house.fill("ann", CUSTOMER, said)
    assert ann.answer.status_code == 422
    fields = posted(ann.page)
    for name, text in said.items():
        assert fields.get(name) == text, name
    house.send(ann, CUSTOMER, {"v.credit_limit": "12"})
    assert ann.answer.status_code == 303
    row = house.sql("SELECT phone, notes, city, status, credit_limit FROM shop.customers WHERE id = 8")[0]
    assert tuple(map(str, row)) == ("", "one\n\ntwo", "None", "closed", "12.00")


def test_null_and_the_empty_text_are_two_things(house: House) -> None:
    house.sql("UPDATE shop.customers SET notes = NULL, phone = '', city = 'Bergen' WHERE id = 8")
    house.fill("ann", CUSTOMER)
    assert house.changes() == 0
    house.fill("ann", CUSTOMER, {"v.notes--null": None, "v.phone--null": "1", "v.city": ""})
    assert tuple(house.sql("SELECT notes, phone, city FROM shop.customers WHERE id = 8")[0]) == ("", None, "")
    ann = house.visit("ann")
    ann.get(CUSTOMER.removesuffix("/edit"))
    assert "NULL" in ann.page.select_one("#facts").text
    assert "empty" in ann.page.select_one("#facts").text
    house.fill("ann", CUSTOMER, {"v.notes--null": "1", "v.phone--null": None, "v.city--null": "1"})
    assert tuple(house.sql("SELECT notes, phone, city FROM shop.customers WHERE id = 8")[0]) == (
        None,
        "",
        None,
    )


def test_typing_over_null_counts_without_a_script(house: House) -> None:
    """Nobody unticks the box where no script does."""
    house.sql("UPDATE shop.customers SET notes = NULL WHERE id = 8")
    house.fill("ann", CUSTOMER, {"v.notes": "said", "v.notes--null": "1"})
    assert house.one("SELECT notes FROM shop.customers WHERE id = 8") == "said"


def test_an_untouched_form_saves_nothing_and_says_so(house: House) -> None:
    """Line ends, odd JSON, blanks at the ends: a browser's own changes are no change."""
    house.sql("UPDATE shop.customers SET notes = :it WHERE id = 8", it="\n one\r\ntwo\n\nthree ")
    house.sql("UPDATE shop.tickets SET payload = :it, body = :body WHERE id = 3",
              it='{"a":  1,\n "a": 1.50, "z": "\\u0000"}', body="line\n" * 4000)  # fmt: skip
    for path in (CUSTOMER, "/tables/shop.tickets/~3/edit"):
        ann = house.fill("ann", path)
        assert ann.answer.status_code == 303
        ann.follow()
        assert "Nothing changed, so nothing was saved." in ann.page.select_one("#flashes").text
    assert house.changes() == 0


def test_values_python_cannot_hold_are_kept_and_can_be_typed(house: House) -> None:
    house.sql(
        "UPDATE shop.payouts SET value_date = 'infinity', remittance = 'x', amount = 999999999999.99 WHERE id = 3"
    )
    house.sql("UPDATE shop.warehouses SET closes_at = '24:00', opens_at = '05:00' WHERE id = 1")
    house.fill("ann", PAYOUT, {"v.remittance": "y"})
    assert (
        house.one("SELECT value_date::text || amount FROM shop.payouts WHERE id = 3")
        == "infinity999999999999.99"
    )
    house.fill("ann", PAYOUT, {"v.value_date": "0044-03-15 BC"})
    assert house.one("SELECT value_date::text FROM shop.payouts WHERE id = 3") == "0044-03-15 BC"
    house.fill("ann", "/tables/shop.warehouses/~1/edit", {"v.opens_at": "06:00"})
    assert house.one("SELECT closes_at::text FROM shop.warehouses WHERE id = 1") == "24:00:00"
    digits = "1" * 60 + "." + "2" * 40
    house.fill("ann", PRODUCT, {"v.cost": digits})
    assert house.one("SELECT cost::text FROM shop.products WHERE id = 4") == digits
    house.fill("ann", PRODUCT, {"v.name": "Other"})
    assert house.one("SELECT cost::text FROM shop.products WHERE id = 4") == digits
    house.sql("UPDATE shop.tickets SET payload = :it WHERE id = 3", it='{"z": "\\u0000", "n": 1e400}')
    ann = house.fill("ann", "/tables/shop.tickets/~3/edit", {"v.subject": "Another"})
    ann.follow()
    assert "\\u0000" in ann.page.select_one("#facts pre").text
    assert house.one("SELECT payload::text FROM shop.tickets WHERE id = 3") == '{"z": "\\u0000", "n": 1e400}'


def test_two_people_change_different_fields_and_both_are_kept(house: House) -> None:
    ann = house.visit("ann")
    ann.get(CUSTOMER)
    house.sql("UPDATE shop.customers SET phone = '+47 555' WHERE id = 8")
    house.send(ann, CUSTOMER, {"v.city": "Alkmaar"})
    assert ann.answer.status_code == 303
    assert tuple(house.sql("SELECT phone, city FROM shop.customers WHERE id = 8")[0]) == (
        "+47 555",
        "Alkmaar",
    )


@pytest.mark.parametrize(("keep", "city"), [("mine", "Alkmaar"), ("theirs", "Bergen")])
def test_two_people_change_the_same_field_and_one_chooses(house: House, keep: str, city: str) -> None:
    """P29: nothing is overwritten; mine and theirs stand side by side; what else was typed is kept."""
    house.sql("UPDATE shop.customers SET city = 'Oslo' WHERE id = 8")
    ann = house.visit("ann")
    ann.get(CUSTOMER)
    house.sql("UPDATE shop.customers SET city = 'Bergen' WHERE id = 8")
    house.send(
        ann, CUSTOMER, {"v.city": "Alkmaar", "v.notes": "kept", "v.notes--null": None, "reason": "moved"}
    )
    assert ann.answer.status_code == 409
    assert ann.answer.headers["HX-Push-Url"] == "false"
    cells = [cell.get_text(" ", strip=True) for cell in ann.page.select("#conflict-1 > *")]
    assert cells == ["City", "Oslo", "Alkmaar", "Bergen"]
    fields = posted(ann.page)
    assert (fields["v.city"], fields["v.notes"], fields["reason"]) == ("Alkmaar", "kept", "moved")
    assert house.one("SELECT city FROM shop.customers WHERE id = 8") == "Bergen"
    house.send(ann, CUSTOMER, {"keep.city": keep})
    assert ann.answer.status_code == 303, ann.page.select_one("#main").get_text(" ", strip=True)
    assert tuple(house.sql("SELECT city, notes FROM shop.customers WHERE id = 8")[0]) == (city, "kept")


def test_a_conflict_that_moves_again_asks_again(house: House) -> None:
    ann = house.visit("ann")
    ann.get(CUSTOMER)
    for city in ("Bergen", "Tromsø"):
        house.sql("UPDATE shop.customers SET city = :city WHERE id = 8", city=city)
        house.send(ann, CUSTOMER, {"v.city": "Alkmaar", "keep.city": "mine"})
        assert ann.answer.status_code == 409
    house.send(ann, CUSTOMER, {"keep.city": "mine"})
    assert ann.answer.status_code == 303
    assert house.one("SELECT city FROM shop.customers WHERE id = 8") == "Alkmaar"


def test_a_conflict_without_a_choice_asks_again(house: House) -> None:
    ann = house.visit("ann")
    ann.get(CUSTOMER)
    house.sql("UPDATE shop.customers SET city = 'Bergen' WHERE id = 8")
    house.send(ann, CUSTOMER, {"v.city": "Alkmaar"})
    house.send(ann, CUSTOMER)
    assert ann.answer.status_code == 409
    assert house.one("SELECT city FROM shop.customers WHERE id = 8") == "Bergen"


def test_a_record_that_is_gone_keeps_what_was_typed(house: House) -> None:
    house.sql("DELETE FROM shop.refunds WHERE id <> (SELECT min(id) FROM shop.refunds)")
    number = house.one("SELECT id FROM shop.refunds")
    ann = house.visit("ann")
    path = f"/tables/shop.refunds/~{number}/edit"
    ann.get(path)
    house.sql("DELETE FROM shop.refunds")
    house.send(ann, path, {"v.reason": "Typed with care"})
    assert ann.answer.status_code == 409
    assert control(ann, "reason")["value"] == "Typed with care"
    assert "is gone" in ann.page.select_one("#problem").text
    assert ann.page.select_one("button[data-hotkey='Control+Enter']") is None


@pytest.mark.parametrize(
    "forged",
    [
        {"v.nonsense": "1", "b.nonsense": "null"},
        {"v.number": "C-1", "b.number": '"C-000008"'},
        {"v.id": "9", "b.id": '"8"'},
        {"v.iban": "DE89370400440532013000", "b.iban": "null"},
        {"v.internal_risk_score": "1", "b.internal_risk_score": "null"},
        {"v.created_at": "2020-01-01", "b.created_at": '"2020-01-02"'},
        {"v.": "1", "b.": "null"},
    ],
)
def test_p15_forged_fields_change_nothing(house: House, forged: dict[str, str]) -> None:
    """P15: not even the honest part of the form."""
    before = house.sql("SELECT * FROM shop.customers WHERE id = 8")[0]
    ann = house.fill("ann", CUSTOMER, {"v.city": "Alkmaar", **forged})
    assert ann.answer.status_code in (403, 404, 422)
    assert house.sql("SELECT * FROM shop.customers WHERE id = 8")[0] == before
    assert house.changes() == 0
    new = {name: text for name, text in forged.items() if name.startswith("v.")}
    ann = house.fill("ann", "/tables/shop.customers/new", {"v.name": "F", "v.country": "NO", **new})
    assert ann.answer.status_code in (403, 404, 422)
    assert house.changes() == 0


def test_what_the_door_refuses_is_told_once_in_the_trail_p35(house: House) -> None:
    """P35: by the door, and not again by the page that says so."""
    ann = house.fill("ann", CUSTOMER, {"v.number": "C-1", "b.number": '"C-000008"'})
    assert ann.answer.status_code == 403
    told = house.sql("SELECT action, request_id FROM ops.event WHERE outcome = 'refused'")
    assert [(one.action, one.request_id) for one in told] == [
        ("change.submitted", ann.answer.headers["X-Request-Id"])
    ]


def test_p15_extra_fields_of_the_form_mean_nothing(house: House) -> None:
    """P15: another key, table or approver in the form is not read."""
    ann = house.fill(
        "ann",
        CUSTOMER,
        {"v.city": "Alkmaar", "key": "~9", "table": "shop.orders", "state": "applied", "proposer": "1"},
    )
    assert ann.answer.status_code == 303
    assert house.one("SELECT count(*) FROM shop.customers WHERE city = 'Alkmaar' AND id <> 8") == 0


@pytest.mark.parametrize(
    "broken", [{"b.city": None}, {"b.city": "{"}, {"b.city": "[1]"}, {"b.city": '{"fold": 1}'}]
)
def test_a_torn_form_writes_nothing(house: House, broken: dict[str, str | None]) -> None:
    ann = house.fill("ann", CUSTOMER, {"v.city": "Alkmaar", **broken})
    assert ann.answer.status_code == 422
    assert "came back incomplete" in ann.page.select_one("#problem").text
    assert house.changes() == 0


def test_p30_sending_twice_has_one_effect(house: House) -> None:
    """P30: the second answer is the first one's."""
    ann = house.visit("ann")
    ann.get("/tables/shop.customers/new")
    fields = posted(ann.page) | {"v.name": "Twice", "v.country": "NO"}
    places = []
    for _ in range(3):
        answer = ann.post("/tables/shop.customers/new", fields, csrf=fields["csrf_token"])
        assert answer.status_code == 303
        places.append(answer.headers["Location"])
    assert len(set(places)) == 1
    assert house.one("SELECT count(*) FROM shop.customers WHERE name = 'Twice'") == 1
    assert house.events("row.created") == 1


def test_a_credit_limit_over_ten_thousand_waits(house: House) -> None:
    before = house.one("SELECT credit_limit FROM shop.customers WHERE id = 8")
    ann = house.fill("ann", CUSTOMER, {"v.credit_limit": "18000.00", "reason": "They grow"})
    assert ann.answer.status_code == 303
    reference = ann.answer.headers["Location"].rpartition("/")[2]
    assert reference.startswith("CH-")
    ann.follow()
    assert "waits for approval" in ann.page.select_one("#flashes").text
    assert house.one("SELECT credit_limit FROM shop.customers WHERE id = 8") == before
    ann.get(CUSTOMER.removesuffix("/edit"))
    assert reference in ann.page.select_one("#waiting").text


def test_everything_is_a_plain_form(house: House) -> None:
    """Without JavaScript: forms post to their own address and carry their tokens."""
    ann = house.visit("ann")
    for path in (CUSTOMER, "/tables/shop.customers/new", "/tables/shop.customers/~8/delete"):
        ann.get(path)
        form = ann.page.select_one("main form")
        assert (form["method"], form["action"]) == ("post", path)
        assert form.select_one("input[name=csrf_token]")["value"]
        assert len(form.select_one("input[name=form_token]")["value"]) >= 20
        assert form.select_one("button:not([type=button])") is not None

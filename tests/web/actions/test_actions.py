"""Actions as pages: works · not allowed 403 · not visible 404 · invalid 422 · audited · without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.shop_house import House
from tests.web.visiting import Visitor

HOLD = "/tables/shop.customers/~{}/act/hold"


def form(visitor: Visitor) -> dict[str, str]:
    """What a browser would send of the open form."""
    found: dict[str, str] = {}
    for one in visitor.page.select("form#action-form [name]"):
        if one.name == "textarea":
            found[str(one["name"])] = one.text.removeprefix("\n")
        elif one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            found[str(one["name"])] = str(chosen["value"]) if chosen else ""
        elif one.name == "input" and (one.get("type") != "checkbox" or one.has_attr("checked")):
            found[str(one["name"])] = str(one.get("value", ""))
    return found


def send(visitor: Visitor, path: str, step: str, **typed: str) -> Any:
    said = {**form(visitor), **{f"a.{name}": text for name, text in typed.items()}, "step": step}
    return visitor.post(path, said, csrf=said.pop("csrf_token"))


def customer(house: House, country: str = "NO") -> int:
    return int(house.one(
        "SELECT id FROM shop.customers WHERE country = :c AND status = 'active' ORDER BY id LIMIT 1", c=country
    ))  # fmt: skip


def difference(visitor: Visitor) -> dict[str, tuple[str, str]]:
    rows = visitor.page.select("#effect tbody tr")
    return {row.th.text: (row.select("td")[0].text, row.select("td")[1].text) for row in rows if row.th}


def test_it_works_effect_first_then_the_door(house: House) -> None:
    key = customer(house)
    ann, path = house.visit("ann"), HOLD.format(key)
    assert ann.get(f"/tables/shop.customers/~{key}").status_code == 200
    assert ann.page.select_one(f'a[href="{path}"]'), "offered on the record"
    assert ann.get(path).status_code == 200 and not ann.page.select("#effect")
    assert send(ann, path, "look", why="Unpaid").status_code == 200
    shown = difference(ann)
    assert shown["Status"] == ("active", "on_hold") and "On hold: Unpaid" in shown["Notes"][1]
    assert house.one("SELECT status FROM shop.customers WHERE id = :id", id=key) == "active", (
        "shown is not done"
    )
    assert send(ann, path, "do").status_code == 303
    assert ann.answer is not None and ann.answer.headers["Location"].endswith(f"/~{key}")
    assert house.one("SELECT status FROM shop.customers WHERE id = :id", id=key) == "on_hold"
    assert house.one("SELECT source FROM ops.change_set") == "action" and house.events("row.updated") == 1
    assert "Done: Put on hold." in ann.get(f"/tables/shop.customers/~{key}").text


def test_sending_it_twice_is_one_effect(house: House) -> None:
    key = customer(house)
    ann, path = house.visit("ann"), HOLD.format(key)
    ann.get(path)
    send(ann, path, "look", why="Unpaid")
    said = {**form(ann), "step": "do"}
    csrf = said.pop("csrf_token")
    for _ in range(2):
        assert ann.post(path, said, csrf=csrf).status_code == 303
    assert house.one("SELECT count(*) FROM ops.change_set") == 1


def test_who_may_not_and_what_is_not_there(house: House) -> None:
    key, iceland = customer(house), customer(house, "IS")
    for who, status in (("ann", 200), ("oz", 200), ("bo", 403), ("cy", 403), ("dee", 404)):
        assert house.visit(who).get(HOLD.format(key)).status_code in (
            status,
            403 if who == "dee" else status,
        ), who
    assert house.events("access", "refused") >= 2
    ann = house.visit("ann")
    assert ann.get(f"/tables/shop.customers/~{key}").status_code == 200
    assert house.visit("bo").get(f"/tables/shop.customers/~{key}").text.count("/act/") == 0
    for path in (
        HOLD.format(iceland), HOLD.format("0"), HOLD.format("x"), f"/tables/shop.customers/~{key}/act/nothing",
        f"/tables/shop.orders/~{key}/act/hold",
        f"/tables/shop.tickets/~{key}/act/report",
        "/tables/shop.nothing/act/hold",
    ):  # fmt: skip
        assert ann.get(path).status_code == 404, path


def test_what_is_missing_or_wrong_is_422_and_kept(house: House) -> None:
    key = customer(house)
    ann, path = house.visit("ann"), HOLD.format(key)
    ann.get(path)
    assert send(ann, path, "look", why=" ").status_code == 422
    assert "A value is needed here." in ann.page.select_one("#errors").text  # type: ignore[union-attr]  # the page has it
    house.sql("UPDATE shop.customers SET status = 'closed' WHERE id = :id", id=key)
    assert send(ann, path, "look", why="Unpaid").status_code == 422
    assert "This customer is closed." in ann.page.select_one("#problem").text  # type: ignore[union-attr]  # the page has it
    assert form(ann)["a.why"] == "Unpaid" and not house.sql("SELECT FROM ops.change_set")


def test_a_row_that_moved_is_shown_again_and_nothing_is_done(house: House) -> None:
    key = customer(house)
    ann, path = house.visit("ann"), HOLD.format(key)
    ann.get(path)
    send(ann, path, "look", why="Unpaid")
    house.sql("UPDATE shop.customers SET notes = 'Moved' WHERE id = :id", id=key)
    assert send(ann, path, "do").status_code == 409
    assert "Moved\nOn hold: Unpaid" in difference(ann)["Notes"][1], "worked out anew from the row as it is"
    assert send(ann, path, "do").status_code == 303
    assert house.one("SELECT status FROM shop.customers WHERE id = :id", id=key) == "on_hold"


@pytest.mark.parametrize("change", ["typed", "seal", "person", "none"])
def test_p15_only_what_was_shown_is_agreed_to(house: House, change: str) -> None:
    """P15: other values, a forged seal, somebody else's: it is worked out and shown again, nothing is done."""
    key = customer(house)
    ann, path = house.visit("ann"), HOLD.format(key)
    ann.get(path)
    send(ann, path, "look", why="Unpaid")
    sealed = form(ann)["sealed"]
    if change == "typed":
        answer = send(ann, path, "do", why="Something else")
    else:
        who = house.visit("oz") if change == "person" else ann
        who.get(path)
        said = {**form(who), "a.why": "Unpaid", "step": "do"}
        said["sealed"] = {
            "seal": sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:],
            "person": sealed,
            "none": "",
        }[change]
        answer = who.post(path, said, csrf=said.pop("csrf_token"))
    assert answer.status_code == 409
    assert house.one("SELECT status FROM shop.customers WHERE id = :id", id=key) == "active"


def test_a_refund_always_asks_and_tells_the_gateway_once_it_is_done(house: House) -> None:
    payment = house.one("SELECT id FROM shop.payments WHERE state = 'captured' LIMIT 1")
    ann, path = house.visit("ann"), f"/tables/shop.payments/~{payment}/act/refund"
    ann.get(path)
    send(ann, path, "look", reason="Broken glass")
    assert "One manager" in ann.page.select_one("#asks").text  # type: ignore[union-attr]  # the page has it
    assert "gateway.refund" in ann.page.select_one("#effect").text  # type: ignore[union-attr]  # the page has it
    assert send(ann, path, "do").status_code == 303
    reference = re.search(r"CH-\d+", str(ann.answer and ann.answer.headers["Location"]))
    assert reference and not house.sql("SELECT FROM ops.outbox WHERE kind = 'gateway.refund'")
    bo = house.visit("bo")
    page = bo.get(f"/changes/{reference[0]}").text
    assert "Refund" in page and "Broken glass" in page and "gateway.refund" in page, (
        "the approver reads what was asked"
    )
    said = {str(i["name"]): str(i.get("value", "")) for i in bo.page.select("form#decision input[name]")}
    bo.post(f"/changes/{reference[0]}/decision", {**said, "verdict": "approve"}, csrf=said["csrf_token"])
    assert house.one("SELECT state FROM shop.payments WHERE id = :id", id=payment) == "refunded"
    (told,) = house.sql("SELECT body FROM ops.outbox WHERE kind = 'gateway.refund'")
    assert told.body["payment"] == str(payment) and told.body["reason"] == "Broken glass"


def test_an_action_on_no_row_makes_one(house: House) -> None:
    ann, path = house.visit("ann"), "/tables/shop.tickets/act/report"
    ann.get("/tables/shop.tickets/")
    assert ann.page.select_one(f'a[href="{path}"]'), "offered on the list"
    assert ann.get(path).status_code == 200
    assert form(ann)["a.priority"] == "normal"
    send(ann, path, "look", subject="No light in the cold store", noticed_on="2026-11-21", priority="high")
    assert difference(ann)["Body"][1] == "Noticed on 2026-11-21. "
    assert send(ann, path, "do").status_code == 303
    assert (
        house.one("SELECT priority FROM shop.tickets WHERE subject = 'No light in the cold store'") == "high"
    )


def test_a_reference_is_picked_and_its_row_must_be_there(house: House) -> None:
    order = house.one("SELECT id FROM shop.orders WHERE status = 'confirmed' ORDER BY id LIMIT 1")
    ann, path = house.visit("ann"), f"/tables/shop.orders/~{order}/act/move"
    ann.get(path)
    assert len(ann.page.select('select[name="a.warehouse"] option')) > 1, "a small table is offered whole"
    assert send(ann, path, "look", warehouse="999").status_code == 422
    assert "There is no such row to choose." in ann.page.select_one("#errors").text  # type: ignore[union-attr]  # it has
    assert send(ann, path, "look", warehouse="x").status_code == 422


def test_without_the_form_s_token_nothing_happens(house: House) -> None:
    key = customer(house)
    ann, path = house.visit("ann"), HOLD.format(key)
    ann.get(path)
    assert ann.post(path, {"a.why": "x", "step": "look"}, csrf=None).status_code == 400


def test_rows_ticked_in_a_list_are_done_as_one_change(house: House) -> None:
    keys = [
        row.id
        for row in house.sql(
            "SELECT id FROM shop.customers WHERE status = 'active' AND country <> 'IS' LIMIT 3"
        )
    ]
    ann, path = house.visit("ann"), "/tables/shop.customers/act/hold"
    ann.get("/tables/shop.customers/")
    assert ann.page.select_one(f'#many button[formaction="{path}"]'), "offered in the bar of the list"
    assert ann.get(path).status_code == 303, "nothing is ticked"
    assert ann.get(path + "?" + "&".join(f"k=~{key}" for key in keys)).status_code == 200
    assert "3 customers" in ann.page.h1.text  # type: ignore[union-attr]  # the page has it
    said = [("k", f"~{key}") for key in keys]
    csrf, token = ann.token(), form(ann)["form_token"]
    fields = {"k": [key for _, key in said], "list": "", "a.why": "Unpaid", "form_token": token}
    assert ann.post(path, {**fields, "step": "look"}, csrf=csrf).status_code == 200
    assert "On hold: Unpaid" in ann.page.select_one("#effect").text  # type: ignore[union-attr]  # the page has it
    assert house.one("SELECT count(*) FROM shop.customers WHERE notes LIKE '%On hold: Unpaid'") == 0
    answer = ann.post(path, {**fields, "step": "do"}, csrf=csrf)
    assert answer.status_code == 303 and "/changes/CH-" in answer.headers["Location"]
    assert house.one("SELECT count(*) FROM shop.customers WHERE notes LIKE '%On hold: Unpaid'") == 3
    assert house.one("SELECT count(*) FROM ops.change_set WHERE source = 'action'") == 1
    page = ann.get(answer.headers["Location"])
    assert page.status_code == 200 and "Unpaid" in page.text

"""An order with its lines: added, changed and removed on the order's own form, as one change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.records.forms import House, posted
from tests.web.visiting import Visitor

ORDER = "/tables/shop.orders/~40/edit"
NEW = "/tables/shop.orders/new"


def rows(visitor: Visitor) -> list[dict[str, str]]:
    """The lines of the open form: their fields by column, with the prefix under ''."""
    fields = posted(visitor.page)
    found: dict[str, dict[str, str]] = {}
    for name, text in fields.items():
        if name.startswith("r."):
            prefix = ".".join(name.split(".")[:2]) + "."
            found.setdefault(prefix, {"": prefix})[name.removeprefix(prefix)] = text
    return sorted(found.values(), key=lambda row: int(row[""].split(".")[1]))


def lines(house: House, key: int = 40) -> list[Any]:
    """What the database has."""
    return list(
        house.sql(
            "SELECT line_no, product_id, quantity::float AS quantity FROM shop.order_lines "
            "WHERE order_id = :k ORDER BY 1",
            k=key,
        )
    )


def press(
    house: House, visitor: Visitor, path: str, name: str, value: str, said: dict[str, Any] | None = None
) -> Visitor:
    """Press a button of the open form that asks for the form again."""
    return house.send(visitor, path, {**(said or {}), name: value})


def test_lines_are_changed_added_and_removed_with_their_order_in_one_change(house: House) -> None:
    """P35: one change, an event for each row; the order's own fields with them."""
    house.sql("DELETE FROM ops.approval_rule")
    house.sql("DELETE FROM shop.order_lines WHERE order_id = 40")
    house.sql(
        "INSERT INTO shop.order_lines (order_id, line_no, product_id, quantity, unit_price) "
        "VALUES (40, 1, 1, 1, 5), (40, 2, 2, 2, 5)"
    )
    ann = house.visit("ann")
    ann.get(ORDER)
    first, second = rows(ann)
    name = first["of"]
    ann = press(house, ann, ORDER, "more", name, {f"{first['']}v.quantity": "7"})
    assert ann.answer.status_code == 200
    assert ann.answer.headers["X-Form"] == "again"
    first, second, third = rows(ann)
    assert first["v.quantity"] == "7", "what was typed stays"
    assert third["v.line_no"] == "3", "counted on"
    said = {
        f"{second['']}gone": "1", f"{third['']}v.product_id": "3", f"{third['']}v.quantity": "4",
        f"{third['']}v.unit_price": "9.50", "v.delivery_note": "Ring twice", "reason": "They called",
    }  # fmt: skip
    ann = house.send(ann, ORDER, said)
    assert ann.answer.status_code == 303, ann.page.select_one("#main").get_text(" ", strip=True)[:1500]
    assert ann.answer.headers["Location"].startswith("/tables/shop.orders/~40")
    assert [tuple(row) for row in lines(house)] == [(1, 1, 7), (3, 3, 4)]
    assert house.changes() == 1
    assert house.events("row.updated") == 2
    assert (house.events("row.created"), house.events("row.deleted")) == (1, 1)
    ann.follow()
    assert "3 rows that belong to it" in ann.page.select_one("#flashes").text


def test_a_new_order_takes_its_lines_with_it(house: House) -> None:
    ann = house.visit("ann")
    ann.get(NEW)
    (row,) = rows(ann)
    said = {
        "v.customer_id": "8", "v.warehouse_id": "1", f"{row['']}v.product_id": "3", f"{row['']}v.quantity": "2",
        f"{row['']}v.unit_price": "4.25",
    }  # fmt: skip
    ann = house.send(ann, NEW, said)
    assert ann.answer.status_code == 303, ann.page.select_one("#main").get_text(" ", strip=True)[:1500]
    key = int(ann.answer.headers["Location"].split("~")[1])
    assert [row.line_no for row in lines(house, key)] == [1]
    assert house.changes() == 1


def test_an_empty_row_is_nothing_and_a_wrong_one_says_where(house: House) -> None:
    """Everything typed is kept, beside the field the sentence; nothing is written."""
    ann = house.visit("ann")
    ann.get(NEW)
    (row,) = rows(ann)
    orders = house.one("SELECT count(*) FROM shop.orders")
    said = {
        "v.customer_id": "8",
        "v.warehouse_id": "1",
        f"{row['']}v.product_id": "3",
        f"{row['']}v.quantity": "many",
    }
    ann = house.send(ann, NEW, said)
    assert ann.answer.status_code == 422
    field = ann.page.select_one(f"[name='{row['']}v.quantity']")
    assert field["aria-invalid"] == "true"
    assert ann.page.select_one(f"[id='{field['id']}-error']").text.strip()
    assert ann.page.select_one("#errors a")["href"] == f"#{field['id']}"
    assert posted(ann.page)[f"{row['']}v.quantity"] == "many"
    assert posted(ann.page)["v.customer_id"] == "8"
    assert house.one("SELECT count(*) FROM shop.orders") == orders
    ann = house.send(ann, NEW, {f"{row['']}v.quantity": "", f"{row['']}v.product_id": ""})
    assert ann.answer.status_code == 303, ann.page.select_one("#main").get_text(" ", strip=True)[:1500]
    assert not lines(house, int(ann.answer.headers["Location"].split("~")[1]))


def test_who_saved_a_line_first_is_shown_beside_mine(house: House) -> None:
    """P29: the same column is chosen side by side, other columns merge, nothing typed is lost."""
    ann = house.visit("ann")
    ann.get(ORDER)
    row = rows(ann)[0]
    number = row["key"].split(",")[1]
    house.sql(
        "UPDATE shop.order_lines SET quantity = 9, unit_price = 99 WHERE order_id = 40 AND line_no = :n",
        n=int(number),
    )
    ann = house.send(ann, ORDER, {f"{row['']}v.quantity": "5", "v.delivery_note": "Typed"})
    assert ann.answer.status_code == 409
    assert posted(ann.page)["v.delivery_note"] == "Typed"
    assert posted(ann.page)[f"{row['']}v.quantity"] == "5"
    keep = ann.page.select_one(f"input[name='{row['']}keep.quantity'][value=mine]")
    assert keep is not None
    ann = house.send(ann, ORDER, {f"{row['']}keep.quantity": "mine"})
    assert ann.answer.status_code == 303, ann.page.select_one("#main").get_text(" ", strip=True)[:1500]
    found = house.sql(
        "SELECT quantity, unit_price FROM shop.order_lines WHERE order_id = 40 AND line_no = :n",
        n=int(number),
    )[0]
    assert (float(found.quantity), float(found.unit_price)) == (5, 99)
    assert house.one("SELECT delivery_note FROM shop.orders WHERE id = 40") == "Typed"


def test_a_line_somebody_removed_is_told_and_kept_as_typed(house: House) -> None:
    ann = house.visit("ann")
    ann.get(ORDER)
    row = rows(ann)[0]
    number = int(row["key"].split(",")[1])
    house.sql("DELETE FROM shop.order_lines WHERE order_id = 40 AND line_no = :n", n=number)
    ann = house.send(ann, ORDER, {f"{row['']}v.quantity": "5"})
    assert ann.answer.status_code in (409, 422)
    assert "removed this row meanwhile" in ann.page.select_one("#main").text
    assert posted(ann.page)[f"{row['']}v.quantity"] == "5"


def test_an_untouched_form_with_lines_changes_nothing(house: House) -> None:
    ann = house.fill("ann", ORDER)
    assert ann.answer.status_code == 303
    assert house.changes() == 0


@pytest.mark.parametrize("forged", ["r.0.v.amount", "r.0.v.order_id", "r.0.v.nothing"])
def test_p15_forged_fields_of_a_line_change_nothing(house: House, forged: str) -> None:
    """P15: computed, the reference to another order, unknown."""
    before = lines(house)
    ann = house.visit("ann")
    ann.get(ORDER)
    fields = {forged: "1", forged.replace(".v.", ".b."): '"2"'}
    house.send(ann, ORDER, fields)
    assert ann.answer.status_code in (403, 303, 422)
    assert lines(house) == before


def test_a_copy_starts_with_what_may_be_copied(house: House) -> None:
    """Not keys, not what is unique, not what is computed or masked; its lines with it."""
    house.sql("UPDATE shop.orders SET delivery_note = 'Left gate' WHERE id = 40")
    ann = house.visit("ann")
    ann.get("/tables/shop.orders/new?like=~40")
    fields = posted(ann.page)
    assert fields["v.delivery_note"] == "Left gate"
    assert fields["v.customer_id"] == str(house.one("SELECT customer_id FROM shop.orders WHERE id = 40"))
    assert not fields.get("v.number") and "v.id" not in fields
    assert len(rows(ann)) == len(lines(house))
    ann = house.send(ann, NEW)
    assert ann.answer.status_code == 303, ann.page.select_one("#main").get_text(" ", strip=True)[:1500]
    made = int(ann.answer.headers["Location"].split("~")[1])
    assert [tuple(row) for row in lines(house, made)] == [tuple(row) for row in lines(house)]
    ann.get("/tables/shop.customers/new?like=~8")
    fields = posted(ann.page)
    assert fields["v.name"] and not fields.get("v.number") and "v.iban" not in fields


def test_a_reference_is_searched_for_without_scripts(house: House) -> None:
    """Never a list of all customers: what is typed is searched for, what is found is taken, all else stays."""
    house.sql("UPDATE shop.customers SET name = 'Zwaluw & Zonen' WHERE id = 9")
    ann = house.visit("ann")
    ann.get(NEW)
    ann = press(
        house, ann, NEW, "find", "v.customer_id", {"v.customer_id": "Zwaluw", "v.delivery_note": "Kept"}
    )
    assert ann.answer.status_code == 200
    button = ann.page.select_one(".found button")
    assert "Zwaluw & Zonen" in button.text
    assert posted(ann.page)["v.delivery_note"] == "Kept"
    ann = press(house, ann, NEW, "take", button["value"])
    assert posted(ann.page)["v.customer_id"] == "9"
    assert "Zwaluw & Zonen" in ann.page.select_one("output.picked").text
    assert house.changes() == 0


def test_what_is_typed_into_lines_is_kept_as_a_draft(house: House) -> None:
    """Rows, too, and what the chosen rows are called."""
    ann = house.visit("ann")
    ann.get(NEW)
    (row,) = rows(ann)
    fields = {
        **posted(ann.page),
        "v.customer_id": "8",
        f"{row['']}v.product_id": "3",
        f"{row['']}v.quantity": "2",
        "u.x": "[object File]",
    }
    ann.post("/drafts/", {**fields, "draft_of": NEW}, csrf=fields["csrf_token"])
    assert ann.answer.status_code == 204
    assert "object File" not in house.one("SELECT fields FROM ops.draft")
    ann.get(NEW)
    again = posted(ann.page)
    assert (again["v.customer_id"], again[f"{row['']}v.product_id"], again[f"{row['']}v.quantity"]) == (
        "8",
        "3",
        "2",
    )
    titles = [one.text for one in ann.page.select("output.picked") if one.text]
    assert house.one("SELECT name FROM shop.customers WHERE id = 8") in titles


def test_a_line_that_a_rule_asks_about_waits_with_the_whole_order(house: House) -> None:
    """P29: nothing of it is written before somebody agrees; the approver sees each row."""
    house.sql("DELETE FROM ops.approval_rule")
    house.sql(
        "INSERT INTO ops.approval_rule (name, tables, kinds) "
        "VALUES ('removed lines', '{shop.order_lines}', '{delete}')"
    )
    before = lines(house)
    ann = house.visit("ann")
    ann.get(ORDER)
    assert "Saving some of this asks" in ann.page.select_one("#asks").text
    assert "removed lines" in ann.page.select_one("#asks").text
    row = rows(ann)[0]
    ann = house.send(ann, ORDER, {f"{row['']}gone": "1", "v.delivery_note": "Waits"})
    assert ann.answer.headers["Location"] == "/changes/CH-1001"
    assert lines(house) == before
    bo = house.visit("bo")
    bo.get("/changes/CH-1001")
    assert "Waits" in bo.page.text
    form = posted(bo.page, "decision")
    bo.post("/changes/CH-1001/decision", {**form, "verdict": "approve"}, csrf=form["csrf_token"])
    assert len(lines(house)) == len(before) - 1
    assert house.one("SELECT delivery_note FROM shop.orders WHERE id = 40") == "Waits"


def test_a_line_that_changed_is_not_removed_unseen(house: House) -> None:
    """P29: what is to be removed is what was seen."""
    house.sql("DELETE FROM ops.approval_rule")
    ann = house.visit("ann")
    ann.get(ORDER)
    row = rows(ann)[0]
    number = int(row["key"].split(",")[1])
    house.sql("UPDATE shop.order_lines SET quantity = 9 WHERE order_id = 40 AND line_no = :n", n=number)
    ann = house.send(ann, ORDER, {f"{row['']}gone": "1", "v.delivery_note": "Typed"})
    assert ann.answer.status_code == 409
    assert "so it was not removed" in ann.page.select_one("#main").text
    assert posted(ann.page)["v.delivery_note"] == "Typed"
    assert number in [one.line_no for one in lines(house)]
    ann = house.send(ann, ORDER)
    assert ann.answer.status_code == 303, ann.page.select_one("#main").get_text(" ", strip=True)[:800]
    assert number not in [one.line_no for one in lines(house)]


def test_many_lines_are_a_list_of_their_own(house: House) -> None:
    """More than fifty do not stand in a form; one can be added all the same."""
    house.sql("DELETE FROM shop.order_lines WHERE order_id = 40")
    house.sql(
        "INSERT INTO shop.order_lines (order_id, line_no, product_id, quantity, unit_price) "
        "SELECT 40, n, 1 + n, 1, 1 FROM generate_series(1, 51) n"
    )
    ann = house.visit("ann")
    ann.get(ORDER)
    assert not rows(ann)
    link = ann.page.select_one("#lines-1 header a")
    assert link["href"] == "/tables/shop.order_lines/?f.order_id.is=40"
    ann = press(house, ann, ORDER, "more", "shop.order_lines/order_lines_order_id_fkey")
    (row,) = rows(ann)
    said = {"v.line_no": "52", "v.product_id": "60", "v.quantity": "1", "v.unit_price": "1"}
    ann = house.send(ann, ORDER, {row[""] + name: text for name, text in said.items()})
    assert ann.answer.status_code == 303, ann.page.select_one("#main").get_text(" ", strip=True)[:800]
    assert len(lines(house)) == 52

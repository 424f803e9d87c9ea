"""P47 A table changes under its users: pages say so, nothing typed is lost, nothing written for another shape."""

from __future__ import annotations

import pytest

from ops.platform import watch
from tests.web.records.forms import House, posted

CUSTOMERS = "/tables/shop.customers/"


def customer(house: House) -> int:
    return int(house.one("SELECT min(id) FROM shop.customers WHERE country <> 'IS'"))


def alter(house: House, text: str) -> None:
    with house.platform.db.engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER TABLE shop.customers {text}")


def test_a_list_whose_statement_fails_says_what_changed_and_the_next_one_works(house: House) -> None:
    ann = house.visit("ann")
    assert ann.get(CUSTOMERS).status_code == 200
    alter(house, "DROP city CASCADE")
    answer = ann.get(CUSTOMERS)
    assert (
        answer.status_code == 409
        and "has just been changed" in answer.text
        and "“City” is gone." in answer.text
    )
    again = ann.get(CUSTOMERS)
    assert again.status_code == 200 and "“City” is gone." in again.text
    assert "does not fit it any more" in again.text, "its Resource names the column"
    assert ann.get("/tables/shop.orders/").status_code == 200
    assert "is gone" not in ann.get("/tables/shop.orders/").text


def test_a_record_and_its_form_too(house: House) -> None:
    ann, key = house.visit("ann"), customer(house)
    ann.get(f"{CUSTOMERS}~{key}")
    alter(house, "RENAME phone TO telephone")
    assert ann.get(f"{CUSTOMERS}~{key}/edit").status_code == 409
    page = ann.get(f"{CUSTOMERS}~{key}/edit")
    assert page.status_code == 200 and "perhaps it was renamed" in page.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP phone", "“Phone” is gone."),
        ("RENAME phone TO telephone", "perhaps it was renamed"),
        ("ALTER credit_limit TYPE numeric(12,0)", "“Credit limit” is numeric(12,0) now"),
        ("ADD shoe_size int NOT NULL DEFAULT 3", "“Shoe size” is new."),
        ("ALTER city SET NOT NULL", "“City” needs a value now."),
        ("ALTER notes TYPE varchar(40000)", "“Notes” is character varying(40000) now"),
    ],
)
@pytest.mark.parametrize("noticed", [False, True])
def test_mid_form_it_is_shown_again_with_what_was_typed(
    house: House, change: str, said: str, noticed: bool
) -> None:
    """Whether this process has noticed already or not: nothing is saved, and all that was typed stands there."""
    ann, key = house.visit("ann"), customer(house)
    house.sql(
        "UPDATE shop.customers SET city = 'x', credit_limit = 10 WHERE city IS NULL OR id = :id", id=key
    )
    path = f"{CUSTOMERS}~{key}/edit"
    ann.get(path)
    form = {
        **posted(ann.page),
        "v.notes": "Typed by Ann",
        "v.credit_limit": "12.34",
        "v.phone": "+47 123",
        "reason": "why",
    }
    alter(house, change)
    if noticed:
        house.platform.refresh()
    answer = ann.post(path, form, csrf=form.pop("csrf_token"))
    assert answer.status_code == 409 and "since this form was opened" in answer.text
    assert said in answer.text and "Typed by Ann" in answer.text and "12.34" in answer.text
    if "phone" in change:
        assert "+47 123" in answer.text, "what has no place any more is told"
    assert house.one("SELECT notes FROM shop.customers WHERE id = :id", id=key) != "Typed by Ann"
    assert house.one("SELECT credit_limit FROM shop.customers WHERE id = :id", id=key) == 10
    assert not house.sql("SELECT FROM ops.change_set")
    form = {**posted(ann.page), "v.credit_limit": "12"}
    if "credit_limit" in change:  # 10.00 is 10 by now: they choose, as after any other conflict
        assert ann.post(path, form, csrf=form.pop("csrf_token")).status_code == 409
        form = {**posted(ann.page), "keep.credit_limit": "mine", "v.credit_limit": "12"}
    assert ann.post(path, form, csrf=form.pop("csrf_token")).status_code == 303, "sent again it is saved"
    assert house.one("SELECT notes FROM shop.customers WHERE id = :id", id=key) == "Typed by Ann"


def test_a_new_row_for_another_shape_is_not_written(house: House) -> None:
    ann, path = house.visit("ann"), "/tables/shop.suppliers/new"
    ann.get(path)
    form = {**posted(ann.page), "v.code": "X-1", "v.name": "New", "v.country": "NO"}
    with house.platform.db.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE shop.suppliers ADD region text NOT NULL DEFAULT 'x'")
    answer = ann.post(path, form, csrf=form.pop("csrf_token"))
    assert answer.status_code == 409 and "“Region” is new." in answer.text and 'value="X-1"' in answer.text
    assert not house.sql("SELECT FROM shop.suppliers WHERE code = 'X-1'")


def test_what_waits_is_not_applied_to_another_shape(house: House) -> None:
    key = customer(house)
    house.sql("UPDATE shop.customers SET credit_limit = 10 WHERE id = :id", id=key)
    out = house.edit("ann", "customers", f"~{key}", {"credit_limit": "18001.00"})
    assert house.state(out) == "in_review"
    alter(house, "ALTER credit_limit TYPE numeric(14,1)")
    house.platform.refresh()
    bo = house.visit("bo")
    page = bo.get(f"/changes/{out.reference}")
    assert "cannot be done as it stands" in page.text
    house.decide("bo", out)
    assert house.state(out) == "failed"
    assert house.one("SELECT credit_limit FROM shop.customers WHERE id = :id", id=key) == 10


def test_a_table_that_is_gone_is_told_once_and_others_go_on(house: House) -> None:
    ann = house.visit("ann")
    ann.get("/tables/shop.import_log/")
    with house.platform.db.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE shop.import_log")
    assert ann.get("/tables/shop.import_log/").status_code == 409
    answer = ann.get("/tables/shop.import_log/")
    assert answer.status_code == 404 and "The table is gone" in answer.text
    assert ann.get("/tables/").status_code == 200 and "import_log" not in ann.get("/tables/").text


def test_a_process_notices_by_itself(house: House) -> None:
    watch(house.platform, 0.1)
    old = house.platform.catalog
    alter(house, "ADD nickname text")
    for _ in range(100):
        if house.platform.catalog is not old:
            break
        house.platform.ended.wait(0.1)
    assert "nickname" in house.platform.catalog.table("shop.customers").columns
    assert "“Nickname” is new." in house.visit("ann").get(CUSTOMERS).text

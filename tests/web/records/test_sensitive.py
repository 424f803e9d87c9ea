"""Tables declared sensitive: who looks at their rows stands in the trail before a byte is sent (P21, P35)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.settings import Settings
from tests.stage import tables_are_analysed
from tests.web.records.forms import House
from tests.web.shop_house import shop_settings

RESOURCES = """
from ops.catalog import Resource

class Customers(Resource):
    table = "shop.customers"
    title = "{name}"
    sensitive = True

class Payments(Resource):
    table = "shop.payments"
    sensitive = True
"""
CUSTOMERS = "/tables/shop.customers/"


@pytest.fixture
def settings(shop_url: str, redis_url: str, provider: str, tmp_path: Path) -> Iterator[Settings]:
    from dataclasses import replace

    tables_are_analysed(shop_url)
    file = tmp_path / "sensitive_resources.py"
    file.write_text(RESOURCES)
    yield replace(shop_settings(shop_url, redis_url, provider, str(tmp_path)), resources=str(file))


def _viewed(house: House) -> list[Any]:
    return list(
        house.sql(
            "SELECT e.table_name, e.row_key, e.person_id, p.body FROM ops.event e "
            "JOIN ops.event_payload p USING (uid) WHERE action = 'row.viewed' ORDER BY e.id"
        )
    )


def test_a_row_is_told_once_in_five_minutes_for_each_person(house: House) -> None:
    ann, bo = house.visit("ann"), house.visit("bo")
    for address in ("~8", "~8/edit", "~8/history", "~8/delete", "~8/raw", "~8"):
        assert ann.get(CUSTOMERS + address).status_code == 200, address
    assert [(one.table_name, one.row_key) for one in _viewed(house) if one.row_key] == [("customers", "~8")]
    bo.get(CUSTOMERS + "~8")
    ann.get(CUSTOMERS + "~9")
    assert [one.row_key for one in _viewed(house) if one.row_key] == ["~8", "~8", "~9"]
    assert ann.get(CUSTOMERS + "~99999").status_code == 404
    assert len([one for one in _viewed(house) if one.row_key]) == 3


def test_a_list_is_told_with_its_query_and_its_keys(house: House) -> None:
    ann = house.visit("ann")
    ann.get(f"{CUSTOMERS}?f.id.in=8,9&sort=id")
    (event,) = _viewed(house)
    assert event.row_key is None
    assert '"keys":"~8 ~9"' in event.body
    assert '"rows":"2"' in event.body
    assert "f.id.in=8%2C9" in event.body
    ann.get(f"{CUSTOMERS}pick?q=a")
    assert len(_viewed(house)) == 2
    ann.get(f"{CUSTOMERS}?f.id.is=-1")  # nothing was shown
    assert len(_viewed(house)) == 2


def test_a_quick_look_and_the_neighbours_are_told(house: House) -> None:
    """P35: the quick look as the row it is; next and previous as rows of the list whose keys they tell."""
    ann = house.visit("ann")
    ann.get(f"{CUSTOMERS}~8/quick?in=list", **{"HX-Request-Type": "partial"})
    assert [one.row_key for one in _viewed(house)] == ["~8"]
    ann.get(f"{CUSTOMERS}~9?list=f.id.between%3D8%252C10%26sort%3Did")
    told = _viewed(house)[1:]
    assert {one.row_key for one in told} == {"~9", None}
    assert '"keys":"~8 ~10"' in next(one.body for one in told if one.row_key is None)


def test_rows_of_it_on_another_records_page_are_told(house: House) -> None:
    paid = house.one("SELECT order_id FROM shop.payments LIMIT 1")
    house.visit("ann").get(f"/tables/shop.orders/~{paid}")
    assert [one.table_name for one in _viewed(house)] == ["payments"]


@pytest.mark.parametrize(
    "address", ["", "~8", "~8/edit", "~8/history", "~8/delete", "~8/raw", "~8/quick?in=list", "pick?q=a"]
)
def test_no_event_nothing_shown(house: House, address: str) -> None:
    """P21: where the event cannot be written, the row is not shown."""
    ann = house.visit("ann")
    house.sql(
        "CREATE FUNCTION public.no_view() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF new.action = 'row.viewed' THEN RAISE 'the trail is away'; END IF; RETURN new; END $$"
    )
    house.sql(
        "CREATE TRIGGER no_view BEFORE INSERT ON ops.event FOR EACH ROW EXECUTE FUNCTION public.no_view()"
    )
    name = house.one("SELECT name FROM shop.customers WHERE id = 8")
    part = {"HX-Request-Type": "partial"} if "quick" in address else {}
    answer = ann.get(CUSTOMERS + address, **part)
    assert answer.status_code >= 500
    assert name not in answer.text


def test_who_looked_stands_with_the_trail_and_not_with_the_row(house: House) -> None:
    ann, cy = house.visit("ann"), house.visit("cy")
    ann.get(CUSTOMERS + "~8")
    ann.get(CUSTOMERS + "~8/history")
    assert "looked at" not in ann.answer.text
    cy.get("/audit/?action=row.viewed")
    assert "looked at rows" in cy.page.select_one(".events tbody").get_text(" ", strip=True)


def test_other_tables_cost_nothing(house: House) -> None:
    house.visit("ann").get("/tables/shop.products/~4")
    house.visit("ann").get("/tables/shop.products/")
    assert not _viewed(house)

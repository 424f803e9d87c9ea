"""A change of many rows in numbers: sums, ranges, and the rows that change the most first; masked where rows are."""

from __future__ import annotations

import pytest

from ops.changes.bulk import showing
from ops.db import statements
from ops.web.changes import many
from tests.web.bulk.conftest import ManyHouse


def test_sums_ranges_and_outliers_first(house: ManyHouse) -> None:
    house.sql("UPDATE shop.customers SET credit_limit = 100 * id, country = 'DE' WHERE id BETWEEN 1 AND 12")
    house.sql("UPDATE shop.customers SET credit_limit = 9000 WHERE id = 5")
    ann = house.ticked("ann", "shop.customers", *(f"~{n}" for n in range(1, 13)))
    house.send(ann, "shop.customers", "add", add="credit_limit")
    house.send(ann, "shop.customers", "preview", **{"v.credit_limit": "20000"})
    house.send(ann, "shop.customers", "apply", reason="A good year.")
    assert ann.answer.status_code == 303, ann.page.select_one("main").text
    address = ann.answer.location.split("/")[-1]
    bo = house.visit("bo")
    bo.get(f"/changes/{address}")
    assert [cell.get_text(" ", strip=True) for cell in bo.page.select("#sum-1 > *")] == [
        "Credit limit, sum",
        "16,300.00",
        "240,000.00 +223,700.00 (+1,372\N{NO-BREAK SPACE}%)",
    ]
    assert [cell.text for cell in bo.page.select("#range-1 > *")] == [
        "Credit limit, range",
        "100.00 to 9,000.00",
        "20,000.00",
    ]
    first = [row.select_one("del").text for row in bo.page.select("#steepest tbody tr")]
    assert first == ["100.00", "200.00", "300.00", "400.00", "600.00"]
    assert [one["data-hotkey"] for one in bo.page.select("nav.walk a")] == ["k", "j"]
    ids = [one["id"] for one in bo.page.select("[id]")]
    assert len(ids) == len(set(ids))
    bo.get(f"/changes/{address}")
    assert statements() <= 22
    bo.get(f"/changes/{address}/progress")
    before = statements()
    assert "sum-1" not in bo.answer.text and before <= 16


def test_p14_whose_rows_are_limited_gets_no_sums(house: ManyHouse) -> None:
    """A sum over rows that are not one's to see would tell of them; Ann sees no customer in Iceland."""
    ann = house.ticked("ann", "shop.customers", "~1", "~2")
    house.send(ann, "shop.customers", "add", add="credit_limit")
    house.send(ann, "shop.customers", "preview", **{"v.credit_limit": "20000"})
    house.send(ann, "shop.customers", "apply", reason="A good year.")
    ann.get(ann.answer.location)
    assert ann.answer.status_code == 200 and ann.page.select_one("#figures") is None


def test_what_is_not_counted_of_very_many_rows_is_said(
    house: ManyHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty cell would read as if nothing had stood there."""
    monkeypatch.setattr(showing, "COUNTED", 2)
    monkeypatch.setattr(many, "COUNTED", 2)
    ann = house.ticked("ann", "shop.tickets", "~7", "~8", "~9")
    house.send(ann, "shop.tickets", "add", add="subject")
    house.send(ann, "shop.tickets", "apply", **{"v.subject": "Counted"})
    ann.get(ann.answer.location)
    assert "not counted of so many rows" in ann.page.select_one("#column-1").text


def test_numbers_of_rows_read_as_numbers_everywhere(house: ManyHouse) -> None:
    """26,944 rows, in the list as on the page."""
    ann = house.ticked("ann", "shop.tickets", "~7", "~8")
    house.send(ann, "shop.tickets", "add", add="subject")
    house.send(ann, "shop.tickets", "apply", **{"v.subject": "Many"})
    house.sql("UPDATE ops.change_bulk SET total = 26944")
    ann.get("/changes/")
    assert "26,944 rows" in ann.page.select_one("tbody").text

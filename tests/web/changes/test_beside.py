"""What stands beside a change: other open changes of its rows, their last history; told only to who may know."""

from __future__ import annotations

from ops.changes import Operation
from ops.db import statements
from tests.web.shop_house import House


def test_other_open_changes_of_the_row_are_named(house: House) -> None:
    """Whoever decides knows what else is asked for there, and what would stop the other."""
    first = house.edit("ann", "customers", "~7", {"credit_limit": "18000.00", "notes": "first"})
    second = house.edit("oz", "customers", "~7", {"credit_limit": "19000.00", "email": "x@example.test"})
    other = house.edit("ann", "customers", "~8", {"credit_limit": "18000.00"})
    bo = house.visit("bo")
    bo.get(f"/changes/{first.reference}")
    told = bo.page.select_one("#also-open")
    assert [one.text for one in told.select("a")] == [second.reference]
    assert "asks for Credit limit, Email" in told.text
    assert "It sets Credit limit as well" in told.text
    assert other.reference not in told.text
    bo.get(f"/changes/{other.reference}")
    assert bo.page.select_one("#also-open") is None
    house.sql("UPDATE ops.change_set SET state = 'withdrawn' WHERE id = :id", id=second.change_id)
    bo.get(f"/changes/{first.reference}")
    assert bo.page.select_one("#also-open") is None


def test_p14_a_change_out_of_ones_sight_is_not_named(house: House) -> None:
    """The other change also touches a row that is not there for Cy; nor is a column named that he does not see."""
    catalog = house.platform.catalog
    customers = catalog.by_name("shop", "customers")
    house.sql("UPDATE shop.customers SET country = 'IS' WHERE id = 9")
    both = house.propose(
        "oz",
        Operation("update", customers, "~7", house.row("oz", "customers", "~7"), {"credit_limit": "17000"}),
        Operation("update", customers, "~9", house.row("oz", "customers", "~9"), {"credit_limit": "17000"}),
    )
    one = house.edit("ann", "customers", "~7", {"credit_limit": "18000.00"})
    bo, ann = house.visit("bo"), house.visit("ann")
    bo.get(f"/changes/{one.reference}")
    assert both.reference in bo.page.select_one("#also-open").text
    assert ann.get(f"/changes/{both.reference}").status_code == 404
    ann.get(f"/changes/{one.reference}")
    assert ann.answer.status_code == 200 and ann.page.select_one("#also-open") is None


def test_the_last_of_the_rows_history(house: House) -> None:
    """Its newest events, not this change's own; after the end the record's page tells."""
    house.edit("ann", "customers", "~7", {"notes": "by Ann"})
    one = house.edit("oz", "customers", "~7", {"credit_limit": "18000.00"})
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    lived = bo.page.select_one("#lived-1")
    assert "Ann Arbor changed 1 field: Notes" in " ".join(lived.text.split())
    assert one.reference not in lived.text
    assert lived.select("a")[-1]["href"] == "/tables/shop.customers/~7/history"
    assert bo.get("/tables/shop.customers/~7/history").status_code == 200
    bo.get(f"/changes/{one.reference}")
    house.decide("bo", one)
    bo.follow()
    assert house.state(one) == "applied" and bo.page.select_one("#lived-1") is None


def test_p14_history_keeps_masked_and_hidden_columns_back(house: House) -> None:
    house.sql("UPDATE shop.customers SET internal_risk_score = 47.1147 WHERE id = 7")
    one = house.edit("ann", "customers", "~7", {"credit_limit": "18000.00"})
    for sub in ("ann", "bo", "cy"):
        visitor = house.visit(sub)
        visitor.get(f"/changes/{one.reference}")
        assert "47.1147" not in visitor.answer.text and "Internal risk" not in visitor.answer.text


def test_the_page_asks_a_fixed_number_of_questions(house: House) -> None:
    """Round trips of the approver's page, with other open changes and a history beside it."""
    house.edit("ann", "customers", "~7", {"notes": "by Ann"})
    one = house.edit("ann", "customers", "~7", {"credit_limit": "18000.00"})
    for n in range(5):
        house.edit("oz", "customers", "~7", {"credit_limit": f"{19000 + n}.00"})
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    bo.get(f"/changes/{one.reference}")
    assert len(bo.page.select("#also-open li")) == 5 and statements() <= 16

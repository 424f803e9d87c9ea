"""A record's page: values, links, what belongs to it, what waits, what happened."""

from __future__ import annotations

from ops.db import statements
from tests.web.records.forms import House

CUSTOMER = "/tables/shop.customers/~8"


def facts(house: House, sub: str, path: str) -> dict[str, str]:
    """Label and value of the open record."""
    visitor = house.visit(sub)
    assert visitor.get(path).status_code == 200, path
    return {
        one.dt.text: one.dd.get_text(" ", strip=True)
        for one in visitor.page.select('[id^="facts"] .fields > div')
    }


def test_a_record_in_a_persons_order_with_its_state(house: House) -> None:
    house.sql("UPDATE shop.customers SET status = 'on_hold', name = 'Havfisk' WHERE id = 8")
    labels = list(facts(house, "ann", CUSTOMER))
    assert labels[:2] == ["Number", "Name"]
    assert "Status" not in labels  # it stands beside the title, and once is enough
    assert {"ID", "Created", "Updated"} <= set(labels)
    head = house.visit("ann").page.select_one(".head")
    assert head.h1.text == "Havfisk"
    assert "Status: On hold" in head.get_text(" ", strip=True)
    assert head.select_one(".badge")["data-tone"] == "warn"


def test_what_refers_to_it_is_a_small_table(house: House) -> None:
    house.sql("UPDATE shop.orders SET customer_id = 8, status = 'shipped', total = 1234.5 WHERE id = 40")
    ann = house.visit("ann")
    ann.get(CUSTOMER)
    panel = next(one for one in ann.page.select(".panel") if one.h2.text == "Orders")
    assert [head.text for head in panel.select("thead th")] == ["Order", "Status", "Total", "Currency"]
    house.sql(
        "DELETE FROM shop.orders WHERE customer_id = 8 AND id <> 40 AND id NOT IN (SELECT order_id FROM shop.payments)"
    )
    ann.get("/tables/shop.orders/~40")
    assert "Shipped" in ann.page.select_one(".head").text
    lines = next(one for one in ann.page.select(".panel") if one.h2.text == "Order lines")
    first = lines.select_one("tbody th")
    assert first.text.startswith("Line ")  # without the order's own name, which stands above
    assert first.a["title"].startswith("SO-")
    for row in lines.select("tbody tr"):
        assert ann.get(str(row.select_one("th a")["href"])).status_code == 200
    ann.get("/tables/shop.orders/~40")
    ann.get(str(ann.page.select_one("#related-1 header a")["href"]))
    assert ann.answer.status_code == 200
    assert "Order is SO-" in ann.page.select_one(".chip").get_text(" ", strip=True)


def test_a_record_costs_a_bounded_number_of_round_trips(house: House) -> None:
    """P45."""
    ann = house.visit("ann")
    for path in (
        CUSTOMER,
        "/tables/shop.orders/~40",
        "/tables/shop.products/~4",
        "/tables/shop.warehouses/~1",
    ):
        ann.get(path)
        ann.get(path)
        assert statements() <= 5, path
    for path in (f"{CUSTOMER}/edit", "/tables/shop.orders/~40/edit", "/tables/shop.orders/new"):
        ann.get(path)
        ann.get(path)
        assert statements() <= 7, path


def test_the_history_tells_who_changed_what(house: House) -> None:
    house.fill("ann", f"{CUSTOMER}/edit", {"v.city": "Alkmaar", "reason": "They moved"})
    ann = house.visit("ann")
    ann.follow()
    for path in (CUSTOMER, f"{CUSTOMER}/history"):
        ann.get(path)
        timeline = ann.page.select_one(".timeline").get_text(" ", strip=True)
        assert "Ann Arbor changed 1 field" in timeline
        assert "They moved" in timeline
        assert ann.page.select_one(".timeline ins").text == "Alkmaar"


def test_masked_values_stay_masked_in_the_history(house: House) -> None:
    """P14: a manager's view shows what the operator's masks."""
    house.sql("UPDATE shop.suppliers SET iban = 'DE89370400440532013000' WHERE id = 3")
    oz, ann = house.visit("oz"), house.visit("ann")
    house.fill("oz", "/tables/shop.suppliers/~3/edit", {"v.rating": "2"})
    for visitor in (oz, ann):
        for path in (
            "/tables/shop.suppliers/~3",
            "/tables/shop.suppliers/~3/history",
            "/tables/shop.suppliers/~3/edit",
        ):
            visitor.get(path)
            assert "DE89370400440532013000" not in visitor.answer.text


def test_values_python_cannot_hold_are_shown(house: House) -> None:
    house.sql(
        "UPDATE shop.payouts SET value_date = 'infinity', sent_at = '0044-03-15 12:00:00+00 BC', "
        "amount = 999999999999.99 WHERE id = 3"
    )
    shown = facts(house, "ann", "/tables/shop.payouts/~3")
    assert shown["Value date"] == "infinity"
    assert "BC" in shown["Sent"]
    assert shown["Amount"] == "999,999,999,999.99"
    house.sql("UPDATE shop.warehouses SET closes_at = '24:00' WHERE id = 1")
    assert facts(house, "ann", "/tables/shop.warehouses/~1")["Closes"] == "24:00:00"
    assert house.visit("ann").get("/tables/shop.payouts/?sort=value_date").status_code == 200
    assert house.visit("ann").get("/tables/shop.warehouses/").status_code == 200

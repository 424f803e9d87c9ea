"""The page of a change: what it tells to whom, and the ladder of who may see and decide it."""

from __future__ import annotations

import pytest

from ops.changes import Operation
from ops.db import statements
from tests.web.shop_house import House

HOSTILE = "<img src=x onerror=alert(1)>\u202e\"'&"


def test_the_maker_sees_what_it_does_and_why_she_cannot_decide(house: House) -> None:
    """P27."""
    house.visit("bo")
    one = house.delete("ann", "tickets", "~7", title="Delete T-000007", reason="Twice the same")
    ann = house.visit("ann")
    assert ann.get(f"/changes/{one.reference}").status_code == 200
    page = ann.page
    assert page.h1.text == "Delete T-000007"
    assert "Waiting for managers" in page.select_one(".head").text
    assert "Twice the same" in page.select_one("blockquote.lead").text
    assert "had a hand in this change" in page.select_one("#why-not").text
    assert page.select_one("#decision") is None
    assert "Bo Marsh" in page.select_one("#stage-1").text
    assert "Deleting needs a manager" in page.select_one("aside").text
    assert page.select_one("#row-1 header a")["href"] == "/tables/shop.tickets/~7"
    digest = house.one("SELECT digest FROM ops.change_set WHERE id = :id", id=one.change_id)
    assert digest[:4] in page.select_one("aside .mono").text
    assert digest == page.select_one("aside .mono")["title"]


def test_the_difference_shows_was_will_be_and_live(house: House) -> None:
    """P34."""
    house.sql("UPDATE shop.customers SET credit_limit = 5000, notes = 'old' WHERE id = 7")
    one = house.edit("ann", "customers", "~7", {"credit_limit": "18000.00", "notes": "new\u202e\u200b"})
    house.sql("UPDATE shop.customers SET credit_limit = 6579.50 WHERE id = 7")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    rows = {
        row.th.text: [cell.get_text(" ", strip=True) for cell in row.select("td")]
        for row in bo.page.select("#row-1 tbody tr")
    }
    assert rows["Credit limit"] == [
        "5,000.00",
        "18,000.00 +13,000.00 (+260\N{NO-BREAK SPACE}%)",
        "6,579.50 moved since",
    ]
    assert rows["Notes"] == ["old", "new ⟨U+202E⟩ ⟨U+200B⟩", "old, as it was"]
    assert "One value moved after Ann Arbor looked." in bo.page.select_one("main").text
    assert "\u202e" not in bo.answer.text


def test_nothing_people_type_becomes_markup(house: House) -> None:
    """P19."""
    one = house.edit(
        "ann", "customers", "~7", {"notes": HOSTILE, "credit_limit": "18000"}, title=HOSTILE, reason=HOSTILE
    )
    bo = house.visit("bo")
    for path in (f"/changes/{one.reference}", "/changes/", "/approvals/", "/"):
        bo.get(path)
        assert "<img" not in bo.answer.text, path
        assert "\u202e" not in bo.page.select_one("main").text.replace("U+202E", "") or path == "/"
    bo.get(f"/changes/{one.reference}")
    house.decide("bo", one, "reject", comment=HOSTILE)
    bo.follow()
    assert "<img" not in bo.answer.text


@pytest.mark.parametrize("ref", ["CH-999999", "CH-x", "nonsense", "CH-99999999999999999999", "CH--1", "CH-"])
def test_an_unknown_change_is_not_there(house: House, ref: str) -> None:
    assert house.visit("bo").get(f"/changes/{ref}").status_code == 404


def test_a_reference_as_people_type_it_leads_to_the_page(house: House) -> None:
    one = house.delete("ann", "tickets", "~7")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference.lower()}")
    assert bo.follow().status_code == 200


def test_a_stranger_finds_nothing(house: House) -> None:
    """P14: not 403, which would tell that there is one."""
    one = house.delete("ann", "tickets", "~7", title="MARKER-4711")
    dee = house.visit("dee")
    assert dee.get(f"/changes/{one.reference}").status_code == 404
    assert "MARKER-4711" not in dee.answer.text
    assert dee.post(f"/changes/{one.reference}/decision", {"verdict": "approve"}).status_code == 404
    assert house.state(one) == "in_review"


def test_a_row_out_of_ones_sight_is_not_there(house: House) -> None:
    """P14: an operator does not see customers in Iceland, so not a change of one either."""
    house.sql("UPDATE shop.customers SET country = 'IS' WHERE id = 7")
    customers = house.platform.catalog.by_name("shop", "customers")
    one = house.propose(
        "oz",
        Operation("update", customers, "~7", house.row("oz", "customers", "~7"), {"credit_limit": "18000"}),
    )
    assert house.visit("bo").get(f"/changes/{one.reference}").status_code == 200
    assert house.visit("ann").get(f"/changes/{one.reference}").status_code == 404


def test_masked_and_hidden_values_never_leave(house: House) -> None:
    """P14: `iban` is masked but for managers, `internal_risk_score` is hidden from everybody."""
    key = house.one(  # a customer nothing refers to: others cannot be deleted
        "INSERT INTO shop.customers (name, country, credit_limit, iban, internal_risk_score) "
        "VALUES ('Alone', 'DE', 100, 'DE89370400440532013000', 47.1147) RETURNING '~' || id"
    )
    one = house.delete("ann", "customers", key)
    for sub in ("ann", "cy", "bo"):
        visitor = house.visit(sub)
        visitor.get(f"/changes/{one.reference}")
        assert "DE89370400440532013000" not in visitor.answer.text
        assert "47.1147" not in visitor.answer.text


def test_a_change_of_several_rows_shows_each(house: House) -> None:
    catalog = house.platform.catalog
    tickets, customers = catalog.by_name("shop", "tickets"), catalog.by_name("shop", "customers")
    one = house.propose(
        "ann",
        Operation("delete", tickets, "~11", house.row("ann", "tickets", "~11")),
        Operation(
            "create", customers, None, {}, {"name": "Bakklandet", "country": "NO", "credit_limit": "12000"}
        ),
    )
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    heads = [head.text for head in bo.page.select(".panel h2") if head.text[:1].isdigit()]
    assert heads == ["1. Delete from Tickets", "2. New row in Customers"]
    assert [head.text for head in bo.page.select("#row-2 thead th")] == ["Field", "Value"]
    house.decide("bo", one)
    assert house.state(one) == "applied"


def test_the_page_costs_a_few_round_trips(house: House) -> None:
    """P44: session and rights included."""
    one = house.edit("ann", "customers", "~7", {"credit_limit": "18000"})
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    bo.get(f"/changes/{one.reference}")
    assert statements() <= 15  # one of them for what is said about it and hangs on it
    bo.get("/changes/")
    assert statements() <= 5  # one of them for what the rows are called


def test_values_that_name_other_rows_say_what_these_are_called(house: House) -> None:
    """P14: through the reader's own view of the other table."""
    house.sql("UPDATE shop.customers SET name = 'Havfisk' WHERE id = 5")
    one = house.delete("ann", "tickets", "~7")
    house.sql("UPDATE ops.operation SET base = jsonb_set(base, '{customer_id}', '\"5\"')")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    row = next(row for row in bo.page.select("#row-1 tbody tr") if row.th.text == "Customer")
    assert row.select_one("td").get_text(" ", strip=True) == "5 Havfisk"


def test_a_masked_value_is_revealed_on_its_record(house: House) -> None:
    """A difference shows the mask and no way around it; who may reveal is led to the record."""
    house.gives_role("ann", "manager")
    one = house.edit("ann", "customers", "~20", {"iban": "DE89370400440532013000"})
    for sub, told in (("oz", True), ("cy", False)):
        visitor = house.visit(sub)
        visitor.get(f"/changes/{one.reference}")
        assert "DE89370400440532013000" not in visitor.answer.text
        links = [link.text for link in visitor.page.select('.under a[href="/tables/shop.customers/~20"]')]
        assert bool(links) == told, (sub, links)


def test_who_is_asked_stands_before_what_was_said(house: House) -> None:
    """On a phone everything is one column: difference and rehearsal, then the stages, then discussion and history."""
    one = house.edit("ann", "customers", "~7", {"credit_limit": "18000.00"})
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    places = [
        bo.answer.text.index(f'id="{name}"') for name in ("row-1", "stage-1", "discussion", "history-title")
    ]
    assert places == sorted(places)


def test_what_to_do_about_a_moved_row_is_said_to_each(house: House) -> None:
    """Who decides sends it back, who asked revises it, and who may do neither is told who can."""
    one = house.edit("ann", "customers", "~7", {"credit_limit": "18000.00"})
    house.sql("UPDATE shop.customers SET credit_limit = 4711 WHERE id = 7")
    for sub, said in (("bo", "Send it back"), ("ann", "Revise it"), ("cy", "Ann Arbor can revise it")):
        visitor = house.visit(sub)
        visitor.get(f"/changes/{one.reference}")
        assert said in visitor.page.select_one("main .note").text, sub

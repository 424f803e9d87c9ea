"""The trail explorer: everything that happened, filtered, paged, redacted; and reading it is an event."""

from __future__ import annotations

import json

import pytest

from ops.db import statements
from tests.web.shop_house import House


def rows(house: House, query: str = "", sub: str = "cy") -> list[str]:
    """The words of each event on the page."""
    visitor = house.visit(sub)
    assert visitor.get(f"/audit/{query}").status_code == 200
    return [row.get_text(" ", strip=True) for row in visitor.page.select("tbody tr")]


def test_each_event_tells_who_did_what_on_what_and_why(house: House) -> None:
    one = house.edit("ann", "tickets", "~7", {"assigned_to": "Ann"}, reason="She rang")
    (found,) = rows(house, "?action=row.updated")
    for words in ("Ann Arbor", "edited a row", "“She rang”", "Ticket 7", one.reference, "K. Mäkelä", "Ann"):
        assert words in found
    page = house.visit("cy").page
    links = [link["href"] for link in page.select("tbody a")]
    assert "/tables/shop.tickets/~7" in links
    assert f"/changes/{one.reference}" in links
    assert page.select_one("tbody time")["title"].endswith("UTC")
    assert page.select_one("tbody del").text == "K. Mäkelä"


def test_reading_the_trail_is_an_event(house: House) -> None:
    """P35: one for each page shown, with what was asked for; committed before the page is sent."""
    rows(house, "?action=sign_in")
    bodies = house.sql(
        "SELECT p.body FROM ops.event e JOIN ops.event_payload p USING (uid) WHERE action = 'trail.read'"
    )
    assert [json.loads(row.body)["facts"] for row in bodies] == [{"action": "sign_in"}]
    cy = house.visit("cy")
    cy.get(cy.page.select_one("tbody a[data-row]")["href"])
    assert house.events("trail.read") == 2


def test_no_event_no_page(house: House) -> None:
    """P21: if the event cannot be written, nothing is shown."""
    house.edit("ann", "tickets", "~7", {"assigned_to": "MARKER-4711"})
    cy = house.visit("cy")
    house.sql("ALTER TABLE ops.event ADD CONSTRAINT full_disk CHECK (action <> 'trail.read') NOT VALID")
    answer = cy.get("/audit/")
    assert answer.status_code >= 500
    assert "MARKER-4711" not in answer.text


def test_only_readers_of_the_trail(house: House) -> None:
    for sub in ("ann", "bo", "dee"):
        assert house.visit(sub).get("/audit/").status_code == 403
    uid = house.one("SELECT uid FROM ops.event LIMIT 1")
    assert house.visit("bo").get(f"/audit/{uid}").status_code == 403
    assert house.events("access", "refused") == 4
    assert rows(house, "?outcome=refused")


def test_filters_narrow_and_show_as_chips(house: House) -> None:
    one = house.delete("ann", "tickets", "~7")
    house.edit("oz", "orders", "~12", {"delivery_note": "Dock 4"})
    oz = house.actor("oz").person_id
    assert len(rows(house, f"?person={oz}&action=row.updated")) == 1
    assert len(rows(house, "?table=shop.orders")) == 1
    assert len(rows(house, "?table=shop.tickets&key=~7")) == 1
    assert len(rows(house, f"?change={one.reference}")) == 1
    assert rows(house, "?from=2020-01-01&to=2020-12-31") == []
    assert "No event matches" in house.visit("cy").page.select_one("main").text
    assert len(rows(house, "?from=2020-01-01&table=shop.orders&to=2999-12-31")) == 1
    chips = [chip.get_text(" ", strip=True) for chip in house.visit("cy").page.select(".chip")]
    assert chips == ["Table Orders", "From day 2020-01-01", "To day 2999-12-31"]
    assert house.visit("cy").page.select_one(".chip a")["href"] == "/audit/?from=2020-01-01&to=2999-12-31"
    assert house.visit("cy").page.select_one("#f-from")["value"] == "2020-01-01"


@pytest.mark.parametrize(
    "query",
    [
        "person=abc",
        "table=shop.nothing",
        "key=~7",
        "change=x",
        "from=yesterday",
        "outcome=maybe",
        "to=9999-12-31",
    ],
)
def test_what_is_not_understood_is_told(house: House, query: str) -> None:
    assert rows(house, f"?{query}")
    assert "Not every filter was used" in house.visit("cy").page.select_one("[role=alert]").text


def test_pages_by_key_both_ways(house: House) -> None:
    """P45."""
    house.sql(
        "WITH n AS (SELECT gen_random_uuid() AS uid, n FROM generate_series(1, 119) n) "
        "INSERT INTO ops.event (at, uid, action, line) SELECT now(), uid, 'test.made', "
        '\'{"source":"web"}\' FROM n ORDER BY n'
    )
    house.visit("cy").get("/audit/?action=test.made")
    seen: list[str] = []
    while True:
        page = house.visit("cy").page
        seen += [link["href"] for link in page.select("tbody a[data-row]")]
        older = page.select_one("a[rel=next]")
        if older is None:
            break
        house.visit("cy").get(older["href"])
    assert len(seen) == len(set(seen)) == 119
    house.visit("cy").get(house.visit("cy").page.select_one("a[rel=prev]")["href"])
    assert [link["href"] for link in house.visit("cy").page.select("tbody a[data-row]")] == seen[50:100]


def test_masked_and_hidden_values_never_leave(house: House) -> None:
    """P14: in the list, on the event's page, nor in its line."""
    key = house.one(
        "INSERT INTO shop.customers (name, country, iban, internal_risk_score) "
        "VALUES ('New', 'DE', 'DE89370400440532013000', 47.1147) RETURNING id"
    )
    one = house.delete("ann", "customers", f"~{key}")
    house.visit("bo").get(f"/changes/{one.reference}")
    house.decide("bo", one)
    assert house.state(one) == "applied"
    cy = house.visit("cy")
    cy.get("/audit/?action=row.deleted")
    for path in ("/audit/?action=row.deleted", cy.page.select_one("tbody a[data-row]")["href"]):
        cy.get(path)
        assert "DE89370400440532013000" not in cy.answer.text
        assert "47.1147" not in cy.answer.text
        assert "Values you may not see" in cy.page.text


def test_nothing_in_an_event_becomes_markup(house: House) -> None:
    """P19, P34."""
    hostile = "<img src=x onerror=alert(1)>\u202e"
    house.edit("ann", "tickets", "~7", {"assigned_to": hostile}, reason=hostile)
    cy = house.visit("cy")
    cy.get("/audit/?action=row.updated")
    for path in ("/audit/?action=row.updated", cy.page.select_one("tbody a[data-row]")["href"]):
        cy.get(path)
        assert "<img" not in cy.answer.text
        assert "\u202e" not in cy.answer.text
        assert "⟨U+202E⟩" in cy.page.text
    rows(house, "?action=%3Cimg%3E&table=%3Cimg%3E&from=%3Cimg%3E")
    assert "<img" not in cy.answer.text


def test_the_level_of_protection_is_stated(house: House) -> None:
    """P37: these tests run with one role for all."""
    rows(house)
    said = house.visit("cy").page.select_one(".protection").text
    assert "Protection level B" in said and "owns its tables" in said


def test_the_page_costs_a_few_round_trips(house: House) -> None:
    """P44: session and rights included, and the event with its COMMIT."""
    rows(house)
    rows(house)
    assert statements() <= 9

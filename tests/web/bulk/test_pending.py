"""A change of many rows that waits is marked on its rows, in lists and on records; who decides on others is told."""

from __future__ import annotations

from ops.changes import Operation
from ops.db import statements
from tests.web.bulk.conftest import ManyHouse

TICKETS = "/tables/shop.tickets/"


def asks_everybody(house: ManyHouse) -> None:
    house.sql("DELETE FROM ops.approval_rule")
    house.rule("all", tables=["shop.tickets"], kinds=["update", "delete"])


def waits(house: ManyHouse, sub: str, *keys: str, column: str = "subject", text: str = "Later") -> str:
    """A change of these tickets that waits; its reference."""
    who = house.ticked(sub, "shop.tickets", *keys)
    house.send(who, "shop.tickets", "add", add=column)
    house.send(who, "shop.tickets", "apply", **{f"v.{column}": text})
    assert who.answer.status_code == 303, who.page.text
    return str(who.answer.location.rpartition("/")[2])


def test_its_rows_are_marked_in_the_list_s_own_statement(house: ManyHouse) -> None:
    """The newest change of a row is named, of many rows or of one; no further round trip, and only while it waits."""
    asks_everybody(house)
    ann = house.visit("ann")
    ann.get(f"{TICKETS}?f.id.lt=12")
    ann.get(f"{TICKETS}?f.id.lt=12")
    cost = statements()
    assert not ann.page.select("tbody a.pending")
    first = waits(house, "ann", "~7", "~8", "~9")
    second = waits(house, "oz", "~9")
    ann.get(f"{TICKETS}?f.id.lt=12")
    assert statements() <= cost + 3, "who sees not every row: are the changes theirs to see?"
    oz = house.visit("oz")
    oz.get(f"{TICKETS}?f.id.lt=12")
    oz.get(f"{TICKETS}?f.id.lt=12")
    assert len(oz.page.select("tbody a.pending")) == 3
    assert statements() <= cost, "who sees all: no further round trip"
    marks = {
        str(one.find_parent("tr").select_one("a[data-row]")["href"]).rpartition("/")[2]: one["href"]
        for one in ann.page.select("tbody a.pending")
    }
    assert marks == {
        "~7": f"/changes/{first}",
        "~8": f"/changes/{first}",
        "~9": f"/changes/{second}",
    }
    ann.get(f"{TICKETS}~7")
    assert first in ann.page.select_one("main").text
    house.sql("UPDATE ops.change_set SET state = 'withdrawn'")
    ann.get(f"{TICKETS}?f.id.lt=12")
    assert not ann.page.select("tbody a.pending")


def test_a_row_that_has_its_result_is_not_marked(house: ManyHouse) -> None:
    asks_everybody(house)
    first = waits(house, "ann", "~7", "~8")
    house.sql("UPDATE ops.change_target SET state = 'applied' WHERE row_key = '[\"7\"]'")
    ann = house.visit("ann")
    ann.get(f"{TICKETS}?f.id.lt=12")
    marks = [str(one.find_parent("tr")["id"]) for one in ann.page.select("tbody a.pending")]
    assert len(marks) == 1
    assert [one["href"] for one in ann.page.select("tbody a.pending")] == [f"/changes/{first}"]


def test_who_decides_on_many_rows_knows_what_else_is_open_on_them(house: ManyHouse) -> None:
    """Of one row and of many, newest first, each with how many rows they share; in one statement."""
    asks_everybody(house)
    mine = waits(house, "ann", "~7", "~8", "~9")
    many = waits(house, "oz", "~8", "~9", "~10")
    other = waits(house, "oz", "~11")
    one = house.edit("oz", "tickets", "~7", {"body": "Another text"})
    bo = house.visit("bo")
    bo.get(f"/changes/{mine}")
    told = bo.page.select_one("#also-open")
    assert [a.text for a in told.select("a")] == [one.reference, many]
    lines = [" ".join(li.text.split()) for li in told.select("li")]
    assert "One row in common" in lines[0] and "Body" in lines[0] and "as well" not in lines[0]
    assert "2 rows in common" in lines[1] and "It sets Subject as well" in lines[1]
    assert other not in told.text
    assert statements() <= 23


def test_p14_of_a_table_whose_rows_are_limited_nothing_is_told(house: ManyHouse) -> None:
    """Ann sees no customer in Iceland: how many rows two changes share would tell her of rows that are not hers."""
    house.sql("DELETE FROM ops.approval_rule")
    house.rule("all")
    found: list[str] = []
    for sub in ("ann", "oz"):
        who = house.ticked(sub, "shop.customers", "~7", "~8")
        house.send(who, "shop.customers", "add", add="notes")
        house.send(who, "shop.customers", "apply", **{"v.notes": "x"})
        found.append(str(who.answer.location))
    ann, bo = house.visit("ann"), house.visit("bo")
    ann.get(found[0])
    assert ann.answer.status_code == 200 and ann.page.select_one("#also-open") is None
    bo.get(found[0])
    assert bo.page.select_one("#also-open") is not None


def test_p14_a_change_out_of_sight_is_marked_and_leads_nowhere(house: ManyHouse) -> None:
    """Ann sees no customer in Iceland: of a change of such a one and of this ticket she reads that one waits."""
    asks_everybody(house)
    house.rule("both", tables=["shop.customers"], kinds=["update"])
    house.sql("UPDATE shop.customers SET country = 'IS' WHERE id = 40")
    house.sql("UPDATE shop.customers SET country = 'DE' WHERE id = 41")
    catalog = house.platform.catalog
    tickets, customers = catalog.by_name("shop", "tickets"), catalog.by_name("shop", "customers")

    def asked(ticket: str, customer: str) -> str:
        subject = house.one("SELECT subject FROM shop.tickets WHERE id = :id", id=int(ticket[1:]))
        city = house.one("SELECT city FROM shop.customers WHERE id = :id", id=int(customer[1:]))
        return house.propose(
            "oz",
            Operation("update", tickets, ticket, {"subject": subject}, {"subject": "Later"}),
            Operation("update", customers, customer, {"city": city}, {"city": "Elsewhere"}),
        ).reference

    hidden, seen = asked("~7", "~40"), asked("~8", "~41")
    ann = house.visit("ann")
    ann.get(f"/changes/{hidden}")
    assert ann.answer.status_code == 404
    ann.get(f"{TICKETS}?f.id.lt=12")
    assert [str(one["href"]) for one in ann.page.select("tbody a.pending")] == [f"/changes/{seen}"]
    (mark,) = ann.page.select("tbody span.pending")
    assert mark.find_parent("tr").select_one("a[data-row]")["href"].endswith("~7")
    for address in (f"{TICKETS}?f.id.lt=12", f"{TICKETS}~7", f"{TICKETS}~7/edit"):
        ann.get(address)
        assert "Another change of this row waits" in ann.page.select_one("main").text
        told = str(ann.page.select("#waiting, .pending"))
        assert hidden not in told and "Oz Park" not in told
        assert hidden not in ann.page.select_one("main").text, "nor does its history name the change"
    ann.get(f"{TICKETS}~7/history")
    assert ann.page.select(".timeline > li") and hidden not in ann.answer.text
    ann.get(f"{TICKETS}~8/history")
    assert ann.page.select_one(f".timeline a[href='/changes/{seen}']") is not None
    bo = house.visit("oz")
    bo.get(f"{TICKETS}~7")
    assert ann.page and hidden in bo.page.select_one("#waiting").text

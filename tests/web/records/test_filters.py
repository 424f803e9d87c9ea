"""The filter panel: what it offers to whom, what it makes of what was typed; chips; what a large table is asked."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from ops.records import facts, gathering, reading, searching, serving, subject, windows
from tests.web.records.forms import House
from tests.web.visiting import Visitor

ORDERS = "/tables/shop.orders/"
CUSTOMERS = "/tables/shop.customers/"
AUCKLAND = "Pacific/Auckland"


def operations(visitor: Visitor) -> list[str]:
    """The operations that are offered."""
    return [str(one["value"]) for one in visitor.page.select("[name='add.op'] option")]


def chips(visitor: Visitor) -> list[str]:
    """The filters that are on, as they are read."""
    return [one.get_text(" ", strip=True) for one in visitor.page.select(".chip .edit")]


def asked(visitor: Visitor) -> dict[str, list[str]]:
    """The query string that the panel's form was answered with."""
    assert visitor.answer.status_code == 303, visitor.page.select_one("#problem")
    return parse_qs(urlsplit(visitor.answer.headers["Location"]).query)


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ("status", ["is", "not", "in", "notin"]),
        ("placed_at", ["is", "during", "last", "next", "lt", "le", "gt", "ge", "between", "not"]),
        ("total", ["is", "not", "gt", "ge", "lt", "le", "between", "in", "notin"]),
        ("customer_id", ["is", "not", "in", "notin"]),
        ("number", ["contains", "is", "starts", "in", "not", "lacks", "notin"]),
        ("customer.country", ["contains", "is", "starts"]),
    ],
)
def test_operations_are_offered_by_type(house: House, path: str, offered: list[str]) -> None:
    ann = house.visit("ann")
    assert ann.get(f"{ORDERS}filter?path={path}").status_code == 200
    assert operations(ann)[: len(offered)] == offered
    assert ann.get(
        f"{ORDERS}filter?path={path}&panel=1", **{"HX-Request": "true", "HX-Request-Type": "partial"}
    )
    assert ann.page.select_one("html, #rail-inside, h1") is None  # a fragment, small


def test_p14_the_panel_offers_what_one_may_read(house: House) -> None:
    """P14: hidden and masked columns are not offered, here or across a foreign key, nor taken."""
    ann, bo, dee = house.visit("ann"), house.visit("bo"), house.visit("dee")
    ann.get(f"{ORDERS}filter")
    assert any("path=customer.name" in str(one["href"]) for one in ann.page.select("#filter-columns a"))
    said = ann.answer.text
    assert "iban" not in said and "risk_score" not in said
    assert ann.get(f"{ORDERS}filter?path=customer.iban").status_code == 404
    assert ann.get(f"{ORDERS}filter?path=customer.internal_risk_score").status_code == 404
    assert ann.get(f"{ORDERS}?f.customer.internal_risk_score.gt=1").status_code == 404
    assert ann.get(f"{ORDERS}?f.customer.iban.starts=DE").status_code == 422
    bo.get(f"{ORDERS}filter")
    assert "customer.iban" in bo.answer.text and "risk_score" not in bo.answer.text
    assert bo.get(f"{ORDERS}?f.customer.iban.starts=DE").status_code == 200
    assert dee.get(f"{ORDERS}filter").status_code in (403, 404)


def test_p14_rows_out_of_sight_fit_nothing_across_a_foreign_key(house: House) -> None:
    """P14: what an operator may not see in customers cannot be asked about from orders either."""
    house.sql("UPDATE shop.customers SET country = 'IS' WHERE id = 7")
    house.sql("UPDATE shop.orders SET customer_id = 7 WHERE id = 40")
    ann, bo = house.visit("ann"), house.visit("bo")
    for state in ("f.customer.country.is=IS", "f.customer.id.is=7", "f.customer.country.in=IS,is"):
        ann.get(f"{ORDERS}?{state}")
        assert ann.page.select("tbody tr") == []
        bo.get(f"{ORDERS}?{state}")
        assert len(bo.page.select("tbody tr")) >= 1


def test_what_is_typed_means_the_zone_of_who_types_it(house: House) -> None:
    """A time gets its zone into the address; a day stays a day, everybody's own; the chip says it on one's clock."""
    house.sql("UPDATE shop.orders SET placed_at = timestamptz '2020-05-05 10:15:20Z' WHERE id = 40")
    house.sql("UPDATE shop.orders SET placed_at = timestamptz '2020-05-04 12:30Z' WHERE id = 41")
    ann = house.visit("ann")
    house.sql(f"UPDATE ops.person SET timezone = '{AUCKLAND}' WHERE sub = 'ann'")
    typed = {"add.path": "placed_at", "add.op": "is", "add.value": "2020-05-05"}
    ann.get(f"{ORDERS}?{urlencode({**typed, 'add.value_time': '22:15'})}")
    assert asked(ann) == {"f.placed_at.is": ["2020-05-05T22:15+12:00"]}
    ann.follow()
    assert [row["href"] for row in ann.page.select("a[data-row]")] == [f"{ORDERS}~40"]
    assert chips(ann)[0].startswith("Placed is on May 5, 2020")
    ann.get(f"{ORDERS}?{urlencode(typed)}")
    assert asked(ann) == {"f.placed_at.is": ["2020-05-05"]}
    ann.follow()
    shown = {row["href"] for row in ann.page.select("a[data-row]")}
    assert {f"{ORDERS}~40", f"{ORDERS}~41"} <= shown  # half past midnight there
    ann.get(str(ann.page.select_one(".chip .edit")["href"]))
    assert ann.page.select_one("[name='add.value']")["value"] == "2020-05-05"
    ann.get(f"{ORDERS}?f.placed_at.is=2020-05-05T10:15Z")
    ann.get(str(ann.page.select_one(".chip .edit")["href"]))
    assert ann.page.select_one("[name='add.value_time']")["value"] == "22:15"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"add.op": "between", "add.from": "1", "add.to": ""}, "Give both ends."),
        ({"add.op": "gt", "add.value": ""}, "Give a value."),
        ({"add.op": "gt", "add.value": "lots"}, "lots"),
        ({"add.op": "in", "add.many": "1\nx"}, "x"),
        ({"add.op": "last", "add.days": "3"}, "not a date"),
    ],
)
def test_what_cannot_be_meant_is_said_and_kept(house: House, typed: dict[str, str], told: str) -> None:
    ann = house.visit("ann")
    assert (
        ann.get(f"{ORDERS}?{urlencode({'f.status.is': 'shipped', 'add.path': 'total', **typed})}").status_code
        == 422
    )
    assert told in ann.page.select_one("#problem").text
    assert ann.page.select_one("[name='f.status.is']")["value"] == "shipped"
    name, text = list(typed.items())[-1]
    field = ann.page.select_one(f"[name='{name}']")
    assert field is None or (field.get("value") or field.get_text().strip()) in (text, "7")


def test_inside_json_and_lists(house: House) -> None:
    """A path into JSON, values with commas and line breaks between them."""
    house.sql("""UPDATE shop.orders SET metadata = '{"campaign": {"name": "a, b"}}' WHERE id = 40""")
    ann = house.visit("ann")
    typed = {"add.path": "metadata", "add.inside": "campaign.name", "add.op": "in", "add.many": "a, b\nc"}
    ann.get(f"{ORDERS}?{urlencode(typed)}")
    assert asked(ann) == {"f.metadata.campaign.name.in": ["a\\, b,c"]}
    ann.follow()
    assert [row["href"] for row in ann.page.select("a[data-row]")] == [f"{ORDERS}~40"]
    assert chips(ann) == ["Metadata · campaign · name is one of a, b, c"]
    ann.get(str(ann.page.select_one(".chip .edit")["href"]))
    assert ann.page.select_one("[name='add.inside']")["value"] == "campaign.name"
    assert ann.page.select_one("textarea[name='add.many']").get_text().strip() == "a, b\nc"
    typed = {"add.path": "metadata", "add.inside": "", "add.op": "is", "add.value": "x"}
    assert ann.get(f"{ORDERS}?{urlencode(typed)}").status_code == 422


def test_a_customer_is_picked_and_called_by_name(house: House) -> None:
    """A foreign key into a table of many rows: the picker that searches, several of them for "is one of"."""
    house.sql("UPDATE shop.customers SET name = 'Ørtensiæ & Co' WHERE id = 8")
    ann = house.visit("ann")
    ann.get(f"{ORDERS}filter?path=customer_id")
    fields = ann.page.select("[data-picker]")
    assert {str(one["data-picker"]) for one in fields} == {f"{CUSTOMERS}pick"}
    ann.get(
        f"{ORDERS}?{urlencode({'add.path': 'customer_id', 'add.op': 'in', 'add.many.1': '8', 'add.many.2': ''})}"
    )
    ann.follow()
    assert chips(ann) == ["Customer is one of Ørtensiæ & Co"]


def test_a_customer_is_found_by_name_without_scripts(house: House) -> None:
    """The button beside the field finds, the one beside a row found takes it; what else was typed stays."""
    house.sql("UPDATE shop.customers SET name = 'Ørtensiæ & Co' WHERE id = 8")
    ann = house.visit("ann")
    kept = {"f.status.is": "shipped", "add.path": "customer_id"}
    typed = {**kept, "add.op": "in", "add.many.1": "9", "add.many.2": "rtensiæ"}
    ann.get(f"{ORDERS}filter?path=customer_id")
    find = ann.page.select_one("[name='add.many.2'] ~ button[name=find]")
    assert (find["value"], find["formaction"]) == ("add.many.2", f"{ORDERS}filter")
    assert ann.get(f"{ORDERS}filter?{urlencode({**typed, 'find': 'add.many.2'})}").status_code == 200
    assert ann.page.select_one("[name='add.many.2']")["value"] == "rtensiæ"
    take = ann.page.select_one("button[name=take]")
    assert "Ørtensiæ & Co" in take.text
    ann.get(f"{ORDERS}filter?{urlencode({**typed, 'take': str(take['value'])})}")
    assert ann.page.select_one("#filter-op option[selected]")["value"] == "in"
    assert [one["value"] for one in ann.page.select("[name^='add.many']")][:2] == ["9", "8"]
    assert "Ørtensiæ & Co" in [one.text for one in ann.page.select("output.picked")]
    ann.get(f"{ORDERS}?{urlencode({**kept, 'add.op': 'in', 'add.many.1': '9', 'add.many.2': '8'})}")
    ann.follow()
    assert "Ørtensiæ & Co" in chips(ann)[1]
    ann.get(
        f"{ORDERS}filter?{urlencode({**typed, 'find': 'add.value', 'add.value': 'nobody at all', 'take': '[[1'})}"
    )
    assert ann.page.select_one("[role=status]") is not None


def test_a_filter_is_edited_in_its_place(house: House) -> None:
    ann = house.visit("ann")
    ann.get(
        f"{ORDERS}?f.status.is=shipped&f.currency.is=EUR&q=SO&all=1&after=x&edit=0&add.path=status&add.op=not&add.value=draft&add.edit=0"
    )
    assert asked(ann) == {"f.status.not": ["draft"], "f.currency.is": ["EUR"], "q": ["SO"]}
    ann.follow()
    assert chips(ann) == ["Status is not Draft", "Currency is EUR"]


def test_relative_days_are_said_in_words(house: House) -> None:
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?f.placed_at.last=7&f.requested_for.during=next-month&f.placed_at.next=1")
    assert chips(ann) == [
        "Placed in the last 7 days", "Requested for is next month", "Placed in the next 1 day",
    ]  # fmt: skip


def test_a_jump_stands_in_the_foot(house: House) -> None:
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?f.currency.is=EUR")
    form = ann.page.select_one("form.jump")
    assert form.select_one("[name=at]")["type"] == "date"
    assert form.select_one("[name='f.currency.is']")["value"] == "EUR"
    ann.get(f"{ORDERS}?sort=id&at=100")
    assert ann.page.select_one("a[data-row]")["href"] == f"{ORDERS}~100"
    assert ann.page.select_one("a[rel=prev]") is not None


def test_a_search_that_shows_only_the_first_found_says_so_plainly(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning, not small print: the row one looks for may not be in the list, and what to do about it."""
    for module in (facts, searching, serving, subject):
        monkeypatch.setattr(module, "SMALL", 0)
    monkeypatch.setattr(windows, "LEAST", 10)
    monkeypatch.setattr(windows, "MOST", 10)
    for module in (gathering, reading):
        monkeypatch.setattr(module, "CAP", 3)
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?q=SO-0000")
    told = ann.page.select_one("#capped[data-tone=warn]")
    assert "only part of what matches" in told.text and "may not be among them" in told.text
    assert ann.page.select_one("a[data-slow]") is not None
    ann.get(f"{ORDERS}?q=SO-000012")
    assert ann.page.select_one("#capped") is None


def test_a_large_table_says_what_it_looked_through_and_what_would_help(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page stays alive, offers the slow way as a step of its own, and gives SQL to hand on."""
    for module in (facts, searching, serving, subject):
        monkeypatch.setattr(module, "SMALL", 0)
    monkeypatch.setattr(windows, "LEAST", 10)
    monkeypatch.setattr(windows, "MOST", 10)
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?f.sales_rep.is=nobody&sort=-placed_at")
    assert ann.answer.status_code == 200
    assert "Looked through 10 rows" in ann.page.select_one(".notes").text
    assert "CREATE INDEX CONCURRENTLY ON shop.orders (sales_rep)" in ann.page.select_one(".advice pre").text
    assert ann.page.select_one(".advice [data-copy]")["data-copy"].endswith("(sales_rep);")
    assert "Nothing yet" in ann.page.select_one(".empty").text
    slow = ann.page.select_one("a[data-slow]")
    ann.get(str(slow["href"]))
    assert "Nothing matches" in ann.page.select_one(".empty").text
    monkeypatch.setattr(reading, "EVERYTHING", 10.0)
    ann.get(f"{ORDERS}?sort=-sales_rep")
    assert "(sales_rep, id)" in ann.page.select_one(".advice pre").text
    ann.get(f"{ORDERS}?f.sales_rep.is=nobody")
    ann.get(str(ann.page.select_one(".empty a")["href"]))  # go on
    assert ann.answer.status_code == 200

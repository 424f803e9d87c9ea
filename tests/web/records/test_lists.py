"""Lists: the ladder, what a page costs, and that what one may not see shows nowhere."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from ops.db import statements
from tests.web.records.forms import House
from tests.web.visiting import Visitor

PAYLOAD = "<img src=x onerror=alert(1)>\"'&"
ORDERS = "/tables/shop.orders/"
CUSTOMERS = "/tables/shop.customers/"
MARKER = "47.1147"
SECRET = "DE89370400440532013000"


def names(visitor: Visitor) -> list[str]:
    """What the rows of the open list are called."""
    return [row.get_text(strip=True) for row in visitor.page.select("tbody th")]


@pytest.fixture
def hidden_row(house: House) -> House:
    """Customer 7 with an order and a ticket, in Iceland: an operator does not see such customers."""
    house.sql("UPDATE shop.customers SET country = 'IS', name = 'Havfisk Geheim' WHERE id = 7")
    house.sql("UPDATE shop.orders SET customer_id = 7 WHERE id = 40")
    house.sql("UPDATE shop.tickets SET customer_id = 7 WHERE id = 3")
    house.sql("UPDATE shop.customers SET parent_id = 7 WHERE id = 9")
    return house


def test_a_list_works(house: House) -> None:
    ann = house.visit("ann")
    assert ann.get(ORDERS).status_code == 200
    assert len(names(ann)) == 50
    assert ann.page.select_one("thead th[aria-sort]").text.strip() == "Placed"
    links = [str(link["href"]) for link in ann.page.select("a[data-row]")]
    assert all(link.startswith("/tables/shop.orders/~") for link in links)
    assert ann.get(links[0]).status_code == 200


def test_pages_walk_forth_and_back(house: House) -> None:
    ann = house.visit("ann")
    ann.get(ORDERS)
    first = names(ann)
    ann.get(str(ann.page.select_one("a[rel=next]")["href"]))
    second = names(ann)
    assert not set(first) & set(second)
    ann.get(str(ann.page.select_one("a[rel=prev]")["href"]))
    assert names(ann) == first


def test_a_page_is_light_and_costs_few_round_trips(house: House) -> None:
    """P45: session and rights included; the titles of its rows are one query."""
    ann = house.visit("ann")
    ann.get(ORDERS)
    assert len(ann.get(ORDERS).data) <= 45_000
    assert statements() <= 6
    ann.get(ORDERS + "?f.status.is=shipped&sort=total")
    assert statements() <= 6
    ann.get(CUSTOMERS)
    assert statements() <= 6


@pytest.mark.parametrize("sub", ["ann", "bo", "cy", "oz"])
def test_who_may_read_sees_the_list(house: House, sub: str) -> None:
    visitor = house.visit(sub)
    assert visitor.get(ORDERS).status_code == 200
    may_write = sub in ("ann", "oz")
    assert bool(visitor.page.select(f"a[href='{ORDERS}new']")) is may_write


@pytest.mark.parametrize(
    "path",
    [
        "/tables/",
        ORDERS,
        f"{ORDERS}~40",
        f"{ORDERS}~40/edit",
        f"{ORDERS}new",
        f"{ORDERS}pick",
        f"{ORDERS}~40/history",
    ],
)
def test_p13_a_stranger_sees_nothing(house: House, path: str) -> None:
    """P13, P14: closed by default."""
    dee = house.visit("dee")
    assert dee.get(path).status_code in (403, 404) or path == "/tables/"
    assert "SO-0000" not in dee.answer.text
    assert "shop." not in dee.page.select_one("main").text


@pytest.mark.parametrize(
    "path",
    [
        "/tables/shop.nothing/", "/tables/nonsense/", "/tables/ops.event/", "/tables/pg_catalog.pg_class/",
        f"{ORDERS}~99999999", f"{ORDERS}~x", f"{ORDERS}40", f"{ORDERS}~1,2", f"{ORDERS}~99999999999999999999999",
        f"{ORDERS}~", f"{ORDERS}?f.nothing.is=1", f"{ORDERS}?sort=nothing",
        f"{CUSTOMERS}?f.internal_risk_score.gt=1", f"{CUSTOMERS}?sort=internal_risk_score",
        f"{CUSTOMERS}pick?by=internal_risk_score", f"{CUSTOMERS}pick?by=iban", f"{ORDERS}~40%00",
    ],
)  # fmt: skip
def test_what_is_not_there_is_404(house: House, path: str) -> None:
    """P14: a hidden column answers like one that does not exist."""
    assert house.visit("ann").get(path).status_code == 404
    assert house.visit("bo").get(path).status_code == 404 or "iban" in path


@pytest.mark.parametrize(
    "state", ["f.iban.is=x", "f.iban.starts=D", "sort=iban", "sort=-iban", "f.iban.filled=", "f.iban.empty="]
)
def test_p14_a_masked_column_cannot_be_asked_about(house: House, state: str) -> None:
    """P14: one may filter and sort only by what one may read in full."""
    house.sql(f"UPDATE shop.customers SET iban = '{SECRET}' WHERE id = 20")
    ann = house.visit("ann")
    assert ann.get(f"{CUSTOMERS}?{state}").status_code == 422
    assert SECRET not in ann.answer.text
    assert house.visit("bo").get(f"{CUSTOMERS}?{state}").status_code == 200
    ann.get(f"{CUSTOMERS}?q={SECRET}")
    assert names(ann) == []
    ann.get(f"{CUSTOMERS}~20")
    assert SECRET not in ann.answer.text
    ann.get(f"{CUSTOMERS}filter")
    ways = [str(one["href"]) for one in ann.page.select("#filter-columns a")]
    assert ways and not any("path=iban" in way for way in ways)
    assert ann.get(f"{CUSTOMERS}filter?path=iban").status_code == 404


def test_p14_a_hidden_column_shows_nowhere(house: House) -> None:
    """P14, P26: its marker is in no page, its name in no form."""
    house.sql(f"UPDATE shop.customers SET internal_risk_score = {MARKER}")
    for sub in ("ann", "bo", "cy", "oz"):
        visitor = house.visit(sub)
        visitor.get(CUSTOMERS)
        first = str(visitor.page.select_one("a[data-row]")["href"])
        for path in (
            CUSTOMERS, f"{CUSTOMERS}?q={MARKER}", first, f"{first}/history", f"{first}/edit", f"{first}/delete",
            f"{CUSTOMERS}new", f"{CUSTOMERS}pick?q={MARKER}", f"{ORDERS}~40",
        ):  # fmt: skip
            visitor.get(path)
            page = visitor.answer.text.replace(f"q={MARKER}", "").replace(f'value="{MARKER}"', "")
            assert MARKER not in page, (sub, path)
            assert "risk_score" not in visitor.answer.text, (sub, path)


def test_p14_a_row_out_of_sight_shows_nowhere(hidden_row: House) -> None:
    """P14: list, search, filter, count, detail, forms, picker, related lists, titles in other tables."""
    ann, bo = hidden_row.visit("ann"), hidden_row.visit("bo")
    for path, there in (
        (f"{CUSTOMERS}?q=Havfisk", 1), (f"{CUSTOMERS}?f.id.is=7", 1), (f"{CUSTOMERS}?f.country.is=IS", 1),
        (f"{ORDERS}?q=Havfisk", 1),
    ):  # fmt: skip
        ann.get(path)
        assert names(ann) == [], path
        assert "0 rows" in ann.page.select_one(".head").text
        assert "Havfisk Geheim" not in ann.answer.text
        bo.get(path)
        assert len(names(bo)) >= there, path
    for under in ("", "/edit", "/delete", "/history"):
        assert ann.get(f"{CUSTOMERS}~7{under}").status_code == 404
        assert bo.get(f"{CUSTOMERS}~7{under}").status_code in (200, 403)
    for path in (
        f"{CUSTOMERS}pick?q=Havfisk", f"{ORDERS}~40", f"{ORDERS}~40/edit", "/tables/shop.tickets/~3",
        f"{CUSTOMERS}~9", f"{CUSTOMERS}~9/edit", f"{ORDERS}?f.id.is=40", "/tables/shop.tickets/?f.id.is=3",
    ):  # fmt: skip
        assert ann.get(path).status_code == 200, path
        assert "Havfisk" not in ann.answer.text.replace("q=Havfisk", ""), path
        assert not ann.page.select("main a[href='/tables/shop.customers/~7']"), path
    bo.get(f"{ORDERS}~40")
    assert "Havfisk Geheim" in bo.page.h1.text


def test_p15_a_row_out_of_sight_cannot_be_written(hidden_row: House) -> None:
    """P15: its address leads nowhere, by any verb."""
    ann = hidden_row.visit("ann")
    ann.get(f"{CUSTOMERS}~8/edit")
    said = {"v.name": "Mine", "b.name": '"Havfisk Geheim"', "form_token": "t" * 30}
    answers = [ann.post(f"{CUSTOMERS}~{key}/edit", said) for key in (7, 99999999)]
    assert [one.status_code for one in answers] == [409, 409]  # gone, as far as this person can tell
    assert "Havfisk Geheim" not in ann.page.select_one("#problem").text
    ann.get(f"{CUSTOMERS}~8/delete")
    assert ann.post(f"{CUSTOMERS}~7/delete", {"form_token": "u" * 30}).status_code in (404, 409)
    assert hidden_row.one("SELECT name FROM shop.customers WHERE id = 7") == "Havfisk Geheim"
    assert hidden_row.changes() == 0


def test_p19_nothing_becomes_markup(house: House) -> None:
    """P19: values, labels of enums, titles, filters, searches."""
    house.sql("UPDATE shop.customers SET name = :it, city = :it, notes = :it WHERE id = 8", it=PAYLOAD)
    house.sql("UPDATE shop.orders SET customer_id = 8 WHERE id = 40")
    house.sql(
        "UPDATE shop.orders SET metadata = jsonb_build_object(CAST(:it AS text), CAST(:it AS text)), "
        "sales_rep = :it WHERE id = 40",
        it=PAYLOAD,
    )
    house.sql('UPDATE shop."LegacyPriceList" SET "List" = :it WHERE "Item No" = '
              '(SELECT min("Item No") FROM shop."LegacyPriceList")', it=PAYLOAD)  # fmt: skip
    ann = house.visit("ann")
    typed = quote(PAYLOAD)
    for path in (
        f"{CUSTOMERS}?q=onerror", f"{CUSTOMERS}?q={typed}", f"{CUSTOMERS}?f.name.is={typed}", f"{CUSTOMERS}~8",
        f"{CUSTOMERS}~8/edit", f"{CUSTOMERS}~8/delete", f"{ORDERS}~40", f"{ORDERS}?f.id.is=40",
        f"{ORDERS}~40/edit", f"{CUSTOMERS}pick?q=onerror", f"{ORDERS}?sort={typed}", f"{ORDERS}?f.total.gt={typed}",
        f"{ORDERS}?f.customer_id.is=8", "/tables/shop.LegacyPriceList/",
    ):  # fmt: skip
        ann.get(path)
        assert not ann.page.select("main img, [onerror]"), path
        assert "<img" not in ann.answer.text, path
    ann.get("/tables/shop.LegacyPriceList/")
    for link in [str(one["href"]) for one in ann.page.select("a[data-row]")]:
        assert ann.get(link).status_code == 200


def test_the_filter_form_leads_to_an_address(house: House) -> None:
    """Without JavaScript too: a plain form, answered with the address that has its parts together."""
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?f.currency.is=EUR&q=SO&sort=total")
    ann.get(str(ann.page.select_one("a[data-hotkey=f]")["href"]))
    assert ann.page.select_one("#filter-columns a").text in ("Number", "Status")  # the list's own come first
    way = next(one for one in ann.page.select("#filter-columns a") if one.text == "Status")
    ann.get(str(way["href"]))
    form = ann.page.select_one("form[data-filter-form]")
    assert form["method"] == "get"
    kept = "&".join(f"{one['name']}={quote(str(one['value']))}" for one in form.select("input[type=hidden]"))
    boxes = [str(one["value"]) for one in form.select("[name='add.many']")]
    assert {"shipped", "delivered"} <= set(boxes)
    ann.get(f"{ORDERS}?{kept}&add.op=in&add.many=shipped&add.many=delivered&add.value=")
    ann.follow()
    assert ann.answer.status_code == 200
    chips = [chip.get_text(" ", strip=True) for chip in ann.page.select(".chip")]
    assert chips == ["Currency is EUR", "Status is one of Shipped, Delivered"]
    states = {badge.text for badge in ann.page.select("tbody .badge")}
    assert states == {"Shipped", "Delivered"}
    ann.get(str(ann.page.select(".chip a.edit")[1]["href"]))
    assert [str(one["value"]) for one in ann.page.select("[name='add.many'][checked]")] == [
        "shipped",
        "delivered",
    ]
    ann.get(ORDERS + "?f.currency.is=EUR&f.status.in=shipped,delivered")
    ann.get(str(ann.page.select(".chip a:not(.edit)")[1]["href"]))
    assert len(ann.page.select(".chip")) == 1


def test_old_addresses_of_the_filter_form_still_lead_there(house: House) -> None:
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?add.column=status&add.op=in&add.value=shipped,delivered")
    ann.follow()
    assert {badge.text for badge in ann.page.select("tbody .badge")} == {"Shipped", "Delivered"}


@pytest.mark.parametrize("op", ["empty", "filled"])
def test_filters_without_a_value(house: House, op: str) -> None:
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?add.column=sales_rep&add.op={op}&add.value=")
    ann.follow()
    assert ann.answer.status_code == 200
    nulls = [bool(cell.select(".null")) for cell in ann.page.select("tbody td:nth-of-type(6)")]
    assert set(nulls) == {op == "empty"}


@pytest.mark.parametrize("state", ["f.total.gt=abc", "f.total.nonsense=1", "f.placed_at.ge=yesterdayish"])
def test_a_filter_that_cannot_be_meant_is_422(house: House, state: str) -> None:
    ann = house.visit("ann")
    assert ann.get(f"{ORDERS}?{state}&f.status.is=shipped").status_code == 422
    assert ann.answer.headers["HX-Push-Url"] == "false"
    assert ann.page.select_one(".notes [role=alert]") is not None
    assert {badge.text for badge in ann.page.select("tbody .badge")} == {"Shipped"}  # the rest was used


def test_an_empty_list_says_what_to_do(house: House) -> None:
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?q=zzzzqqq")
    assert "Nothing matches" in ann.page.select_one(".empty").text
    assert ann.page.select_one(".empty a")["href"] == ORDERS
    house.sql("DELETE FROM shop.refunds")
    ann.get("/tables/shop.refunds/")
    assert "No refunds yet" in ann.page.select_one(".empty").text


def test_the_picker_answers_a_fragment(house: House) -> None:
    house.sql("UPDATE shop.customers SET name = 'Ørtensiæ & Co' WHERE id = 8")
    ann = house.visit("ann")
    ann.get(f"{CUSTOMERS}pick?q=Ørtensiæ", **{"HX-Request": "true", "HX-Request-Type": "partial"})
    found = [
        (str(one["data-values"]), one.get_text(" ", strip=True)) for one in ann.page.select("[role=option]")
    ]
    assert found == [('["8"]', "Ørtensiæ & Co 8")]
    assert ann.page.select_one("html") is None


def test_a_row_for_which_a_change_waits_is_marked(house: House) -> None:
    """In the list's own statement, in few bytes, and only while it waits."""
    limited = 2  # Ann does not see every customer: two statements ask whether that change is there for her
    ann = house.visit("ann")
    ann.get(CUSTOMERS)
    plain, cost = len(ann.get(CUSTOMERS).data), statements()
    assert not ann.page.select("tbody a.pending")
    key = str(ann.page.select_one("tbody a[data-row]")["href"]).rpartition("/")[2]
    waits = house.edit("ann", "customers", key, {"credit_limit": "19001.00"}, reason="a good year")
    ann.get(CUSTOMERS)
    marked = len(ann.get(CUSTOMERS).data)
    assert statements() == cost + limited
    assert marked - plain < 400
    (mark,) = ann.page.select("tbody a.pending")
    assert mark["href"] == f"/changes/{waits.reference}"
    assert str(mark.find_parent("tr").select_one("a[data-row]")["href"]).endswith(key)
    assert ann.get(str(mark["href"])).status_code == 200
    house.sql("UPDATE ops.change_set SET state = 'withdrawn'")
    ann.get(CUSTOMERS)
    assert not ann.page.select("tbody a.pending")


def test_who_edits_what_waits_already_is_warned(house: House) -> None:
    """A second proposal on the same fields: said before it is sent, with the fields that the other would set."""
    ann = house.visit("ann")
    ann.get(CUSTOMERS)
    href = str(ann.page.select_one("tbody a[data-row]")["href"])
    ann.get(f"{href}/edit")
    assert ann.page.select_one("#waiting") is None
    cost = statements()
    waits = house.edit(
        "ann", "customers", href.rpartition("/")[2], {"credit_limit": "19001.00"}, reason="good"
    )
    ann.get(f"{href}/edit")
    assert statements() == cost + 2  # whether that change is there for Ann, who does not see every customer
    said = ann.page.select_one("#waiting").text
    assert waits.reference in said and "Ann" in said and "Credit limit" in said

"""A record beyond its facts: copying, its JSON, the quick look, the way through the list, its history's pages."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from ops.db import statements
from tests.web.records.forms import House

CUSTOMER = "/tables/shop.customers/~8"
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def walked(house: House, sub: str, table: str, first: str, state: str) -> list[str]:
    """The keys one comes by when going on from `first` until there is no next."""
    visitor, keys = house.visit(sub), [first]
    address = f"/tables/{table}/{first}?{urlencode({'list': state})}"
    for _ in range(60):
        visitor.get(address)
        following = visitor.page.select_one('.walk a[data-hotkey="j"]')
        if following is None:
            return keys
        address = str(following["href"])
        keys.append(address.partition("?")[0].rpartition("/")[2])
    return keys


@pytest.mark.parametrize(
    "state",
    [
        "f.status.is=shipped&sort=total",
        "f.customer_id.in=4,5,6&sort=-placed_at",
        "sort=-total&f.total.gt=9000",
        "q=SO-00&f.status.is=draft",
        "f.customer.country.is=NL&sort=id",
    ],
)
def test_going_on_from_record_to_record_is_the_list(house: House, state: str) -> None:
    """What `j` walks through is what the list shows, row by row and in its order, and `k` leads back."""
    ann = house.visit("ann")
    assert ann.get(f"/tables/shop.orders/?{state}&size=25").status_code == 200
    listed = [str(one["href"]).rpartition("/")[2] for one in ann.page.select("a[data-row]")]
    if not listed:
        pytest.skip("the demo has no such orders")
    keys = walked(house, "ann", "shop.orders", listed[0], state)
    assert keys[: len(listed)] == listed[: len(keys)]
    assert len(keys) >= min(len(listed), 2)
    ann.get(f"/tables/shop.orders/{listed[-1]}?{urlencode({'list': state})}")
    back = ann.page.select_one('.walk a[data-hotkey="k"]')
    if len(listed) > 1:
        assert str(back["href"]).partition("?")[0].endswith("/" + listed[-2])


def test_rows_out_of_sight_are_no_neighbours(house: House) -> None:
    """P14: a row condition holds for next and previous as it does for the list."""
    house.sql("UPDATE shop.customers SET country = 'IS' WHERE id = 9")
    house.sql("UPDATE shop.customers SET country = 'NL' WHERE id IN (8, 10)")
    assert walked(house, "ann", "shop.customers", "~8", "sort=id&f.id.between=8,10") == ["~8", "~10"]
    assert walked(house, "bo", "shop.customers", "~8", "sort=id&f.id.between=8,10") == ["~8", "~9", "~10"]


@pytest.mark.parametrize(
    "state",
    [
        "f.nothing.is=1",
        "f.id.is=x",
        "sort=nothing",
        "&" * 700,
        "x" * 5000,
        "view=99999",
        "after=%00",
        "f.iban.is=x",
    ],
)
def test_a_list_that_is_none_leads_nowhere_and_harms_nothing(house: House, state: str) -> None:
    ann = house.visit("ann")
    assert ann.get(f"{CUSTOMER}?{urlencode({'list': state})}").status_code == 200
    assert "javascript" not in str(ann.page.select_one("#crumbs"))


def test_without_a_list_there_is_no_way_on(house: House) -> None:
    ann = house.visit("ann")
    ann.get(CUSTOMER)
    assert ann.page.select_one(".walk") is None
    ann.get(f"{CUSTOMER}?list=q%3Da%26sort%3Dname")
    assert str(ann.page.select("#crumbs a")[1]["href"]) == "/tables/shop.customers/?q=a&sort=name"


def test_without_scripts_the_way_on_comes_from_where_the_browser_was(house: House) -> None:
    """A plain link of a list carries no state; Referer says it, of our own list of the same table alone."""
    ann = house.visit("ann")
    there = f"{ann.origin}/tables/shop.customers/?sort=name&after=x&q=a"
    ann.get(CUSTOMER, Referer=there)
    assert ann.page.select_one(".walk") is not None
    assert str(ann.page.select("#crumbs a")[1]["href"]) == "/tables/shop.customers/?sort=name&q=a"
    assert "list=sort%3Dname%26q%3Da" in str(ann.page.select_one("[data-hotkey=e]")["href"])
    for other in (
        "http://elsewhere.example/tables/shop.customers/?sort=name",
        f"{ann.origin}/tables/shop.orders/?sort=total",
        f"{ann.origin}{CUSTOMER}/edit",
        "http://[",
        f"{there}{'x' * 5000}",
    ):
        assert ann.get(CUSTOMER, Referer=other).status_code == 200
        assert ann.page.select_one(".walk") is None, other


def test_a_record_stays_within_its_round_trips(house: House) -> None:
    """Detail: who it is, the record, what points at it, the end; the way on costs two more, the quick look less."""
    ann = house.visit("ann")
    for table, key in (("customers", "~8"), ("orders", "~40"), ("products", "~4"), ("tickets", "~3")):
        path = f"/tables/shop.{table}/{key}"
        ann.get(path)
        ann.get(path)
        lists = len(ann.page.select('section[id^="related-"]'))
        assert statements() <= 4 + min(lists, 1), (path, statements(), lists)
        ann.get(f"{path}?list=sort%3Did")
        ann.get(f"{path}?list=sort%3Did")
        assert statements() <= 6 + min(lists, 1), (path, statements())
        ann.get(f"{path}/quick?in=list", **PART)
        assert statements() <= 4, (path, statements())


def test_values_are_copied_exactly_and_masked_ones_never(house: House) -> None:
    house.sql("UPDATE shop.customers SET credit_limit = 12345.60, iban = 'NL91ABNA0417164300' WHERE id = 8")
    for sub in ("ann", "bo"):
        visitor = house.visit(sub)
        visitor.get(CUSTOMER)
        copied = {
            str(one["aria-label"]): str(one["data-copy"]) for one in visitor.page.select("dd [data-copy]")
        }
        assert copied["Copy Credit limit"] == "12345.60"
        assert ("Copy IBAN" in copied) == (sub == "bo" and "NL91ABNA0417164300" in visitor.answer.text)
        assert visitor.page.select_one('.head [data-copy$="/tables/shop.customers/~8"]') is not None
    ann = house.visit("ann")
    ann.get(CUSTOMER)
    assert "NL91ABNA0417164300" not in ann.answer.text


def test_the_row_as_json(house: House) -> None:
    """Numbers keep their digits, documents are documents, unseen signs are escaped, masked stays masked (P14)."""
    house.sql(
        "UPDATE shop.customers SET credit_limit = 12345.60, notes = E'a\\u202eb\\n\"c\" </pre>', "
        "iban = 'NL91ABNA0417164300' WHERE id = 8"
    )
    ann = house.visit("ann")
    assert ann.get(f"{CUSTOMER}/raw").status_code == 200
    text = ann.page.select_one("#raw-json").text
    assert '"credit_limit": 12345.60' in text
    assert "\\u202e" in text
    assert "\u202e" not in text
    row = json.loads(text)
    assert row["notes"] == 'a\u202eb\n"c" </pre>'
    assert row["id"] == 8
    assert "internal_risk_score" not in row
    assert "NL91ABNA0417164300" not in ann.answer.text
    assert row["iban"]
    assert house.visit("ann").get("/tables/shop.customers/~99999/raw").status_code == 404


def test_a_quick_look_is_a_part_of_the_record(house: House) -> None:
    ann = house.visit("ann")
    answer = ann.get(f"{CUSTOMER}/quick?in=list", **PART)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert ann.page.select_one("#quick-title") is not None
    assert ann.page.select_one("[data-listed]")["href"] == CUSTOMER
    assert ann.get(f"{CUSTOMER}/quick").headers["Location"] == CUSTOMER  # without scripts: the record itself
    assert ann.get("/tables/shop.customers/~99999/quick?in=list", **PART).status_code == 404
    assert house.visit("dee").get(f"{CUSTOMER}/quick?in=list", **PART).status_code == 403


def test_what_waits_says_which_fields(house: House) -> None:
    house.fill("ann", f"{CUSTOMER}/edit", {"v.credit_limit": "90000", "reason": "More"})
    ann = house.visit("ann")
    for path in (CUSTOMER, f"{CUSTOMER}/quick?in=list"):
        ann.get(path, **PART)
        assert "by Ann Arbor: Credit limit" in ann.page.select_one("#waiting").get_text(" ", strip=True)
        marks = ann.page.select(".fields a.pending")  # and beside the field itself, nowhere else
        assert [one.find_parent("dd").find_previous("dt").text for one in marks] == ["Credit limit"]
        assert str(marks[0]["href"]).startswith("/changes/CH-")


def test_the_history_has_pages(house: House) -> None:
    house.sql("DELETE FROM ops.approval_rule")
    house.fill("ann", f"{CUSTOMER}/edit", {"v.city": "Alkmaar"})
    for number in range(54):
        house.sql(
            "INSERT INTO ops.event (uid, at, action, outcome, person_id, schema_name, table_name, row_key, line) "
            "SELECT gen_random_uuid(), at, action, outcome, person_id, schema_name, table_name, row_key, line "
            f"FROM ops.event WHERE row_key = '~8' AND action = 'row.updated' ORDER BY id LIMIT 1 -- {number}"
        )
    ann = house.visit("ann")
    ann.get(CUSTOMER)
    assert len(ann.page.select(".timeline > li")) == 8
    ann.get(f"{CUSTOMER}/history")
    assert len(ann.page.select(".timeline > li")) == 50
    ann.get(str(ann.page.select_one('.pager a[rel="next"]')["href"]))
    assert len(ann.page.select(".timeline > li")) == 5
    assert ann.page.select_one('.pager a[rel="next"]') is None
    assert ann.get(f"{CUSTOMER}/history?older=nothing").status_code == 200


def test_the_list_one_came_from_is_never_lost(house: House) -> None:
    """Saved, unchanged, refused, given up: each leads on with that list, and so do the pages under the record."""
    state = "f.status.is=active&sort=name"
    asked, back = urlencode({"list": state}), f"/tables/shop.customers/?{state}"
    ann = house.visit("ann")
    ann.get(f"{CUSTOMER}?{asked}")
    here = [
        str(one["href"]) for one in ann.page.select("#main .head .actions a") if "/act/" not in one["href"]
    ]
    assert len(here) >= 4, here
    assert all(href.endswith(asked) for href in here), here
    for under in ("edit", "delete", "history", "raw"):
        ann.get(f"{CUSTOMER}/{under}?{asked}")
        crumbs = [str(one["href"]) for one in ann.page.select("#crumbs a")]
        assert crumbs[1:] == [back, f"{CUSTOMER}?{asked}"], under
    edit = f"{CUSTOMER}/edit?{asked}"
    ann = house.fill("ann", edit, {"v.city": "Hoorn"})
    assert ann.answer.headers["Location"] == f"{CUSTOMER}?{asked}"
    ann.follow()
    assert ann.page.select_one(".walk") is not None
    assert house.fill("ann", edit).answer.headers["Location"] == f"{CUSTOMER}?{asked}"
    ann = house.fill("ann", edit, {"v.credit_limit": "much"})
    assert ann.answer.status_code == 422
    assert str(ann.page.select_one("form#record-form")["action"]) == edit
    assert str(ann.page.select_one("form#record-form [name=draft_of]")["value"]) == f"{CUSTOMER}/edit"
    assert str(ann.page.select("#record-form .decide a")[-1]["href"]) == f"{CUSTOMER}?{asked}"
    ann = house.fill(
        "ann", f"/tables/shop.customers/new?{asked}", {"v.name": "Hoornse Hop", "v.country": "NL"}
    )
    assert ann.answer.headers["Location"].endswith(f"?{asked}")


def test_what_is_deleted_leads_back_to_the_list_it_stood_in(house: House) -> None:
    house.sql("DELETE FROM ops.approval_rule")
    ann = house.fill("ann", "/tables/shop.tickets/~3/delete?list=sort%3Did", form="delete-form")
    assert ann.answer.headers["Location"] == "/tables/shop.tickets/?sort=id"

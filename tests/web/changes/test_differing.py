"""What a page says of a value that becomes another, by its type: always beside the values in full (P34)."""

from __future__ import annotations

import time

import pytest

from ops.changes import Operation
from ops.web.changes import paths
from ops.web.changes.differing import told
from ops.web.changes.words_apart import LONGEST, MOST, Patience, apart
from ops.web.formats import Formats
from tests.web.shop_house import House


def said(house: House, table: str, column: str, was: str, will_be: str) -> str | None:
    """The note beside the value of that column."""
    found = house.platform.catalog.by_name("shop", table)
    return told(found, found.columns[column], was, will_be, Formats(), Patience()).note


def test_words_that_went_and_came_are_marked_in_place() -> None:
    found = apart("Wall panel, oak, 20 mm", "Wall panel, <ash>, 20 mm", Patience())
    assert found is not None and (found.out, found.into) == (1, 3)
    assert found.was == 'Wall panel, <del><span class="sr">taken out: </span>oak</del>, 20 mm'
    assert "<ash>" not in found.will_be and "&lt;ash&gt;</ins>, 20 mm" in found.will_be


def test_p34_what_hides_is_written_out_inside_the_marks() -> None:
    found = apart("pay to Ann Arbor now", "pay to Ann\u200b Arbor\u202e now ", Patience())
    assert found is not None and "\u200b" not in found.will_be and "\u202e" not in found.will_be
    assert "⟨U+200B⟩" in found.will_be and "⟨U+202E⟩" in found.will_be and "␣" in found.will_be
    rtl = apart("shalom שלום world", "shalom שלום earth", Patience())
    assert rtl is not None and rtl.was.count("<bdi>") == rtl.was.count("</bdi>") > 1


@pytest.mark.parametrize(
    ("was", "will_be"), [("oak", "ash"), ("all of it", "nothing like that"), ("", "new")]
)
def test_texts_with_nothing_in_common_are_not_cut_up(was: str, will_be: str) -> None:
    assert apart(was, will_be, Patience()) is None


def test_marks_cost_little_whatever_the_texts_are() -> None:
    """A page answers in time for every text people can save."""
    one, two = " ".join("ab" * 4000), " ".join("abb" * 3000)
    begun = time.perf_counter()
    patience = Patience()
    for _ in range(50):
        apart(one, two, patience)
        apart("x" * LONGEST + "y", "x" * LONGEST, patience)
    assert time.perf_counter() - begun < 3
    spent = Patience()
    assert spent.takes(MOST) and spent.takes(MOST) and spent.takes(MOST) and not spent.takes(1)


def test_one_word_in_a_very_long_text_is_found() -> None:
    long = " ".join(f"word{n}" for n in range(4000))
    found = apart(long, long.replace("word2000", "other"), Patience())
    assert found is not None and (found.out, found.into) == (1, 1)


def test_json_differs_by_path() -> None:
    found = paths.of_json(
        '{"size": {"w": 1, "a b": [1, 2]}, "on": true}',
        '{"size": {"w": 1.0, "a b": [1]}, "on": 1, "n": null}',
    )
    assert found is not None
    assert [(one.what, one.path, one.was, one.will_be) for one in found.listed] == [
        ("changed", "size.w", "1", "1.0"),
        ("removed", 'size["a b"][1]', "2", None),
        ("changed", "on", "true", "1"),
        ("added", "n", None, "null"),
    ]


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', "{", "[" * 50_000, "[" + "0," * 200_000 + "0]"])
def test_json_that_cannot_be_read_whole_is_not_told_by_paths(text: str) -> None:
    """A member named twice would hide behind its twin."""
    assert paths.of_json(text, "{}") is None


def test_many_paths_are_counted_not_listed() -> None:
    found = paths.of_json("{}", "{" + ",".join(f'"k{n}": {n}' for n in range(100)) + "}")
    assert found is not None and len(found.listed) == paths.MOST and found.more == 100 - paths.MOST


def test_items_of_arrays() -> None:
    found = paths.of_array('{a,"c d",b}', '{b,"c d","e,f"}')
    assert found is not None
    assert [(one.what, one.was or one.will_be) for one in found.listed] == [
        ("removed", "a"),
        ("added", "e,f"),
    ]
    turned = paths.of_array("{a,b}", "{b,a}")
    assert turned is not None and turned.reordered
    for unclear in ("{NULL,a}", "{{a},{b}}", "[0:1]={a,b}"):
        assert paths.of_array(unclear, "{a}") is None


def test_distances_of_numbers_dates_and_moments(house: House) -> None:
    assert (
        said(house, "customers", "credit_limit", "5000.00", "18000.00")
        == "+13,000.00 (+260\N{NO-BREAK SPACE}%)"
    )
    assert (
        said(house, "customers", "credit_limit", "18000.00", "17999.99")
        == "−0.01 (−0.000056\N{NO-BREAK SPACE}%)"
    )
    assert said(house, "customers", "credit_limit", "0.00", "12.50") == "+12.50"
    assert said(house, "customers", "credit_limit", "5.0", "5.00") == "the same number, written otherwise"
    assert said(house, "customers", "credit_limit", "NaN", "5.00") is None
    assert said(house, "orders", "customer_id", "5", "7") is None, "the name of a row is no amount"
    assert said(house, "orders", "requested_for", "2026-03-01", "2026-03-04") == "3 days later"
    assert said(house, "orders", "requested_for", "2026-03-01", "2026-02-28") == "1 day earlier"
    assert said(house, "orders", "requested_for", "2026-03-01", "infinity") is None
    begun = "2026-03-01 10:00:00+00"
    assert (
        said(house, "orders", "placed_at", begun, "2026-03-02 12:00:01+01") == "1 day 1 hour 1 second later"
    )
    assert said(house, "orders", "placed_at", begun, "2026-03-01 11:00:00+01") == (
        "the same moment, written otherwise"
    )


def test_the_page_tells_each_field_by_its_type(house: House) -> None:
    """P34: the values in full, and beside them what their type lets one say."""
    house.sql(
        "UPDATE shop.products SET name = 'Wall panel, oak', tags = '{a,b}', "
        'attributes = \'{"size": {"w": 1}}\' WHERE id = 7'
    )
    products = house.platform.catalog.by_name("shop", "products")
    before = {
        name: house.row("ann", "products", "~7")[name] for name in ("name", "tags", "attributes", "price")
    }
    price = str(2 * float(before["price"] or 0))
    after = {"name": "Wall panel, ash", "tags": "{a,c}", "attributes": '{"size": {"w": 2}}', "price": price}
    one = house.propose("ann", Operation("update", products, "~7", before, after))
    page = house.visit("ann").get(f"/changes/{one.reference}") and house.visit("ann").page
    rows = {row.th.text: row for row in page.select("#row-1 tbody tr[id]")}
    name = rows["Name"]
    assert name.select_one("del").text == "taken out: oak" and name.select_one("ins").text == "put in: ash"
    assert "one word taken out, one word put in" in name.text
    assert "(+100\N{NO-BREAK SPACE}%)" in rows["Price"].text
    listed = [[one.get_text(" ", strip=True) for one in row.select("li")] for row in page.select("tr.parts")]
    assert sorted(listed) == [["Changed size.w 1 2"], ["Removed b", "Added c"]]
    assert '{"size": {"w": 2}}' in rows["Attributes"].text

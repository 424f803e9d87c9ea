"""A list on a phone: rows as cards that say what they are, sorted, ticked, edited and walked through like rows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import looked_at
from tests.browser.visitor import Visit

ORDERS = "/tables/shop.orders/"
# How many of a row's cells, its name included, are wholly inside the window, and its height.
_SHOWN = """(row) => [[...row.cells].filter((cell) => {
    const box = cell.getBoundingClientRect();
    return box.width > 8 && box.height > 8 && box.left >= 0 && box.right <= innerWidth;
}).length, row.getBoundingClientRect().height]"""


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("width", [390, 320])
def test_a_row_is_a_card_with_all_it_has(visit: Visit, width: int, javascript: bool) -> None:
    """Not two columns and the rest out of sight: every value that is there, in a card of a few lines."""
    for path in (ORDERS, f"{ORDERS}?pin=2&widths=number.l,customer_id.x", "/tables/shop.customers/"):
        ann = visit("ann", path=path, width=width, javascript=javascript)
        rows = ann.page.locator("table.records tbody tr")
        for n in range(5):
            row = rows.nth(n)
            empty = row.locator("td:has(> .null:only-child)").count()
            shown, height = row.evaluate(_SHOWN)
            assert shown == row.locator("th, td").count() - empty >= 5, (path, n)
            assert height < 150, (path, n)
        assert ann.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_card_says_what_its_figures_are_and_is_used_like_a_row(visit: Visit) -> None:
    ann = visit("ann", path="/tables/shop.warehouses/", width=390)
    found = looked_at(ann.page, "a list with short names")
    assert not found, "\n\n".join(found)
    ann.open(ORDERS)
    row = ann.page.locator("table.records tbody tr").first
    assert row.locator("td.num").get_attribute("data-label") == "Total"
    found = looked_at(ann.page, "a list on a phone")
    assert not found, "\n\n".join(found)
    ann.page.locator("thead").get_by_role("link", name="Total").click()
    ann.page.wait_for_url("**sort=*total*")
    expect(row.locator("td.num[data-label=Total]")).to_be_visible()
    row.get_by_role("checkbox").check()
    expect(ann.page.locator(".many output")).to_contain_text("1")
    row.locator("a[data-row]").focus()
    for _ in range(8):  # what is empty is walked onto as well: it can be filled in
        ann.page.keyboard.press("ArrowRight")
    assert row.locator("td").last.evaluate("(cell) => cell === document.activeElement")

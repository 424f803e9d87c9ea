"""A quick look beside the list, and the way from record to record: by keys, by mouse, on a phone, without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.test_pages import looked_at
from tests.browser.visitor import Visit

LIST = "/tables/shop.customers/?sort=name&f.status.is=active"


def test_by_keys(visit: Visit) -> None:
    """Space looks, j and the arrows go on, Escape closes and the focus is back in the list."""
    ann = visit("ann", path=LIST)
    page = ann.page
    names = page.locator("table.records a[data-row]")
    first, second = names.nth(0).inner_text(), names.nth(1).inner_text()
    page.keyboard.press("j")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press(" ")
    title = page.locator("#quick-title")
    expect(title).to_be_focused()
    expect(page.locator("#quick")).to_contain_text(first)
    page.keyboard.press("j")
    expect(page.locator("#quick")).to_contain_text(second)
    expect(title).to_be_focused()
    assert not looked_at(page, "quick look")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#quick")).to_contain_text(first)
    page.keyboard.press("Escape")
    expect(page.locator("#quick")).to_be_hidden()
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("[data-quick]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(title).to_be_focused()


def test_from_record_to_record(visit: Visit) -> None:
    """A row opened from a list leads to its neighbours there, and back to the list as it was."""
    ann = visit("ann", path=LIST)
    page = ann.page
    hrefs = page.locator("table.records a[data-row]").evaluate_all(
        "(all) => all.map((one) => one.getAttribute('href'))"
    )
    assert not any("list=" in href for href in hrefs), "nothing of this stands in the list's own HTML"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{hrefs[0]}?list=*")
    expect(page.locator('.walk [data-hotkey="k"]')).to_have_count(0)
    page.keyboard.press("j")
    page.wait_for_url(f"**{hrefs[1]}?list=*")
    page.keyboard.press("k")
    page.wait_for_url(f"**{hrefs[0]}?list=*")
    assert not looked_at(page, "record of a list")
    page.locator("#crumbs a").nth(1).click()
    page.wait_for_url(re.compile(r".*sort=name.*"))
    expect(page.locator(".chip")).to_contain_text("Active")


def test_copying_a_value_and_the_row(visit: Visit) -> None:
    ann = visit("ann", path="/tables/shop.customers/~8")
    page = ann.page
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="Copy ID", exact=True)
    button.focus()
    expect(button).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == "8"
    page.get_by_role("link", name="JSON").click()
    page.get_by_role("button", name="Copy the JSON").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert '"id": 8' in page.evaluate("() => navigator.clipboard.readText()")
    expect(page.get_by_role("button", name="Copied")).to_have_count(0)
    assert not looked_at(page, "JSON")


def test_before_deleting(visit: Visit) -> None:
    """What would go along is told, and reads well in every width and theme."""
    ann = visit("ann", path="/tables/shop.orders/~40/delete")
    expect(ann.page.locator("#refers")).to_contain_text("deleted along with it")
    assert not looked_at(ann.page, "before deleting")


def test_on_a_phone_it_is_a_sheet(visit: Visit) -> None:
    ann = visit("ann", path=LIST, width=390)
    page = ann.page
    page.locator("table.records a[data-row]").nth(0).focus()
    page.locator("[data-quick]").click()
    expect(page.locator("#quick-title")).to_be_focused()
    box = page.locator("#quick").bounding_box()
    assert box is not None
    assert (round(box["x"]), round(box["width"])) == (0, 390)
    before = page.locator("#quick-title").inner_text()
    page.get_by_role("button", name="Next row").click()
    expect(page.locator("#quick-title")).not_to_have_text(before)
    expect(page.locator("#quick-title")).to_be_focused()
    page.get_by_role("button", name="Close the quick look").click()
    expect(page.locator("#quick")).to_be_hidden()


def test_without_scripts_a_row_is_a_link(visit: Visit) -> None:
    ann = visit("ann", path=LIST, javascript=False)
    assert ann.page.locator("[data-quick]").count() == 0
    expect(ann.page.locator("#quick")).to_be_hidden()
    link = ann.page.locator("table.records a[data-row]").nth(0)
    href = link.get_attribute("href")
    link.click()
    ann.page.wait_for_url(f"**{href}")
    assert ann.open(f"{href}/quick").url.endswith(str(href))

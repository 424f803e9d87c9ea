"""A filter is built, edited and taken away: by mouse, by keys, and without scripts; and one jumps in a list."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.visitor import Visit, Visitor

ORDERS = "/tables/shop.orders/"


def chips(visitor: Visitor) -> list[str]:
    """The filters that are on, as they are read."""
    return [" ".join(text.split()) for text in visitor.main.locator(".chip a.edit").all_inner_texts()]


def test_a_filter_by_mouse_and_keys(visit: Visit) -> None:
    """Panel, chip, edit, remove; the page stays where it is, everything stands in the address."""
    ann = visit("ann", path=ORDERS)
    page, panel = ann.page, ann.page.locator("#filter")
    page.locator("a[data-hotkey=f]").click()
    expect(panel.get_by_placeholder("Find a column")).to_be_focused()
    page.keyboard.type("statu")
    expect(panel.locator("li:visible")).to_have_count(2)  # the order's own, then the customer's
    page.keyboard.press("Enter")
    expect(panel.get_by_label("Condition")).to_be_focused()
    panel.get_by_label("Condition").select_option("in")
    expect(panel.locator("[name='add.value']")).to_be_hidden()
    panel.get_by_label("Shipped").check()
    panel.get_by_label("Delivered").check()
    panel.get_by_role("button", name="Apply").click()
    expect(panel).to_be_hidden()
    expect(ann.main.locator(".chip")).to_have_count(1)
    assert chips(ann) == ["Status is one of Shipped, Delivered"]
    assert "f.status.in=shipped%2Cdelivered" in page.url
    ann.main.locator(".chip a.edit").click()
    expect(panel.get_by_label("Shipped")).to_be_checked()
    panel.get_by_label("Delivered").uncheck()
    panel.get_by_role("button", name="Apply").click()
    expect(ann.main.locator(".chip b")).to_have_text("Shipped")
    # By keys alone: f opens, the field finds, Enter chooses, typing picks the condition, Tab goes on.
    page.locator("h1").click()
    page.keyboard.press("f")
    expect(panel.get_by_placeholder("Find a column")).to_be_focused()
    page.keyboard.type("customer country")  # the other table's name counts as well
    expect(panel.locator("li:visible")).to_have_text(["Country"])
    page.keyboard.press("Enter")
    expect(panel.get_by_label("Condition")).to_be_focused()
    page.keyboard.type("is")
    page.keyboard.press("Tab")
    page.keyboard.type("DE")
    page.keyboard.press("Enter")
    expect(ann.main.locator(".chip")).to_have_count(2)
    assert chips(ann)[1] == "Customer: Country is DE"
    assert "f.customer.country.is=DE" in page.url
    ann.main.locator(".chip").first.get_by_role("link", name=re.compile("^Remove")).focus()
    page.keyboard.press("Enter")
    expect(ann.main.locator(".chip")).to_have_count(1)
    page.go_back()
    expect(ann.main.locator(".chip")).to_have_count(2)
    assert not ann.complaints


def test_a_wrong_value_stays_where_it_was_typed(visit: Visit) -> None:
    ann = visit("ann", path=f"{ORDERS}filter?path=total")
    page = ann.page
    page.get_by_label("Condition").select_option("gt")
    page.get_by_label("Value", exact=True).fill("lots")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("lots")
    expect(page.get_by_label("Value", exact=True)).to_have_value("lots")
    page.get_by_label("Value", exact=True).fill("500")
    page.get_by_role("button", name="Apply").click()
    expect(ann.main.locator(".chip")).to_have_count(1)


def test_a_filter_without_scripts(visit: Visit) -> None:
    """The panel is a page of its own, twice: a column, then what is asked of it."""
    ann = visit("ann", javascript=False, path=ORDERS)
    page = ann.page
    ann.main.get_by_role("link", name="Filter", exact=True).click()
    page.get_by_role("link", name="Placed", exact=True).click()
    page.get_by_label("Condition").select_option("last")
    page.get_by_label("Days").fill("30000")
    page.get_by_role("button", name="Apply").click()
    expect(ann.main.locator(".chip")).to_have_count(1)
    assert chips(ann) == ["Placed in the last 30000 days"]
    assert ann.main.locator("tbody tr").count() == 50
    ann.main.locator(".chip a.edit").click()
    page.get_by_label("Condition").select_option("during")
    page.get_by_label("Period").select_option("tomorrow")
    page.get_by_role("button", name="Apply").click()
    expect(ann.main.locator(".chip b")).to_have_text("tomorrow")
    assert chips(ann) == ["Placed is tomorrow"]
    ann.main.get_by_role("link", name=re.compile("^Remove")).click()
    expect(ann.main.locator(".chip")).to_have_count(0)


def test_jumping_in_a_list(visit: Visit) -> None:
    """A day is jumped to, backwards leads to what is newer."""
    ann = visit("ann", path=ORDERS)
    newest = ann.main.locator("tbody time").first.get_attribute("datetime") or ""
    last = ann.main.locator("tbody time").last.get_attribute("datetime") or ""
    assert newest > last
    ann.page.get_by_label(re.compile("^Jump to")).fill(last[:10])
    ann.page.get_by_role("button", name="Jump", exact=True).click()
    ann.page.wait_for_url(f"**at={last[:10]}*")
    days = [one.get_attribute("datetime") or "" for one in ann.main.locator("tbody time").all()]
    assert days == sorted(days, reverse=True)
    ann.page.get_by_role("link", name="Newer").click()
    ann.page.wait_for_url("**before=*")
    expect(ann.main.locator("tbody time").last).not_to_have_attribute("datetime", days[0])

"""Saved views and the palette by hand: a view saved, columns moved, Ctrl-K by keyboard, without scripts, on a phone."""

from __future__ import annotations

import os
import re

from playwright.sync_api import Page, expect

from tests.browser.test_pages import looked_at
from tests.browser.visitor import Visit

ORDERS = "/tables/shop.orders/"


def picture(page: Page, name: str) -> None:
    """Keep what it looks like, where OPS_TEST_PICTURES says where."""
    folder = os.environ.get("OPS_TEST_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png")


def heads(page: Page) -> list[str]:
    """The heads of the list, in order."""
    return [text.strip() for text in page.locator("table.records thead th").all_inner_texts()]


def test_a_view_is_saved_changed_and_discarded(visit: Visit) -> None:
    """With scripts: the panels open in place, the rail gets the pin with its count."""
    ann = visit("ann", path=f"{ORDERS}?f.status.not=draft")
    page = ann.page
    page.get_by_role("link", name="Views", exact=True).click()
    panel = page.locator("#views")
    expect(panel).to_be_visible()
    picture(page, "views-panel")
    panel.get_by_role("link", name="Save as a view").click()
    ann.heading("Save as a view")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_label("Name", exact=True).fill("Under way")
    page.get_by_label("On the rail").check()
    page.get_by_role("button", name="Save", exact=True).click()
    ann.heading("Orders")
    expect(page).to_have_url(re.compile(r"\?view=\d+$"))
    expect(page.locator("#flashes")).to_contain_text("“Under way” is saved")
    pin = page.locator("#pinned a")
    expect(pin).to_have_attribute("aria-current", "page")
    expect(pin.locator("span")).to_have_text(re.compile(r"^[\d,]+$"))
    picture(page, "view-on")
    page.locator("thead").get_by_role("link", name="Total").click()
    expect(page).to_have_url(re.compile(r"\?view=\d+&sort=-?total$"))
    bar = page.locator(".filters")
    expect(bar).to_contain_text("changed")
    picture(page, "view-changed")
    assert looked_at(page, "a changed view") == []
    bar.get_by_role("link", name="Discard").click()
    expect(bar).not_to_contain_text("changed")
    page.locator("thead").get_by_role("link", name="Total").click()
    expect(bar).to_contain_text("changed")
    bar.get_by_role("button", name="Save", exact=True).click()
    expect(bar).not_to_contain_text("changed")
    expect(page.locator("thead th[aria-sort]")).to_contain_text("Total")


def test_columns_are_moved_by_keyboard_and_by_mouse(visit: Visit) -> None:
    ann = visit("bo", path=ORDERS)
    page = ann.page
    page.get_by_role("link", name="Columns", exact=True).click()
    form = page.locator("#columns-form")
    expect(form).to_be_visible()
    names = lambda: [str(one.get_attribute("value")) for one in form.locator("input[name=col]").all()]  # noqa: E731  # read again and again
    assert names()[:2] == ["number", "customer_id"]
    down = form.get_by_role("button", name="Move Number down")
    down.focus()
    page.keyboard.press("Enter")
    expect(form.locator("input[name=col]").first).to_have_value("customer_id")
    expect(form).to_be_visible()
    expect(form.get_by_role("button", name="Move Number down")).to_be_focused()
    page.keyboard.press("Enter")
    expect(form.locator("input[name=col]").nth(2)).to_have_value("number")
    picture(page, "columns-panel")
    assert looked_at(page, "the panel of columns") == []
    form.locator("li").nth(2).drag_to(form.locator("li").nth(0), target_position={"x": 120, "y": 3})
    assert names()[0] == "number"
    form.get_by_label("Width of Number").select_option("m")
    form.get_by_label("Stays in sight").select_option("2")
    form.get_by_label("Currency", exact=True).uncheck()
    form.get_by_role("button", name="Show the list so").click()
    expect(page.locator("table.records")).to_have_attribute("data-pin", re.compile(r"[23]"))
    assert "Currency" not in heads(page) and heads(page).index("Number") < heads(page).index("Customer")
    page.set_viewport_size({"width": 700, "height": 860})
    picture(page, "columns-pinned")
    assert looked_at(page, "a list with columns in sight") == []


def test_the_palette_by_keyboard(visit: Visit) -> None:
    """Ctrl-K from anywhere, arrow keys, Enter, Esc; a mouse is not touched."""
    ann = visit("ann", path=ORDERS)
    page = ann.page
    page.keyboard.press("Control+k")
    field = page.locator("#palette-field")
    expect(field).to_be_focused()
    picture(page, "palette-empty")
    page.keyboard.type("so-00001")
    first = page.locator("#palette-results a[data-item]").first
    expect(first).to_contain_text("SO-00001")
    expect(page.locator("#palette-said")).to_contain_text("found")
    picture(page, "palette")
    assert looked_at(page, "the palette") == []
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("7")
    expect(field).to_have_value("so-000017")
    page.keyboard.press("Enter")
    ann.heading(re.compile("SO-000017"))
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    page.keyboard.type("suppl")
    page.keyboard.press("Enter")
    ann.heading("Suppliers")
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    ann.heading("Suppliers")


def test_all_of_it_without_scripts(visit: Visit) -> None:
    """P21: pages and plain forms alone, on a phone's width."""
    ann = visit("ann", path=f"{ORDERS}?f.status.not=draft", javascript=False, width=390)
    page = ann.page
    page.get_by_role("link", name="Columns", exact=True).click()
    page.get_by_role("button", name="Move Customer up").click()
    page.get_by_label("Rows on a page").select_option("25")
    page.get_by_role("button", name="Show the list so").last.click()
    expect(page.locator("table.records tbody tr")).to_have_count(25)
    assert heads(page).index("Customer") < heads(page).index("Number")
    page.get_by_role("link", name="Views", exact=True).click()
    page.get_by_role("link", name="Save as a view").click()
    page.get_by_label("Name", exact=True).fill("By customer")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?view=\d+$"))
    ann.open("/")
    page.get_by_role("link", name="Search everywhere").click()
    page.get_by_role("searchbox", name="Search everywhere").fill("By cust")
    page.keyboard.press("Enter")
    page.locator(".offers").get_by_role("link", name="By customer").click()
    expect(page).to_have_url(re.compile(r"\?view=\d+$"))
    ann.open("/views/")
    page.get_by_role("link", name="Edit “By customer”").click()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete…").click()
    expect(page.locator("#flashes")).to_contain_text("is deleted")


def test_pages_of_views_are_clean(visit: Visit) -> None:
    ann = visit("ann", path="/views/")
    found = []
    for path in (
        "/views/",
        f"{ORDERS}views",
        f"{ORDERS}columns",
        f"{ORDERS}views/new",
        "/search?q=order",
        f"{ORDERS}?view=9999",
    ):
        ann.open(path)
        found += looked_at(ann.page, path)
    assert found == [], "\n".join(sorted(set(found)))

"""Many rows by mouse, keys and without scripts: tick, set, preview, change, follow, undo; axe finds nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import looked_at
from tests.browser.visitor import Visit, Visitor

TICKETS = "/tables/shop.tickets/"
PICTURES = os.environ.get("OPS_TEST_PICTURES")


def picture(visitor: Visitor, name: str) -> None:
    """For a person to look at, where somebody asked for pictures."""
    if PICTURES:
        visitor.page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def test_ticking_by_keys_and_with_shift(visit: Visit) -> None:
    """`j` and `x`, a range with Shift, the box of the head; the bar tells how many."""
    ann = visit("ann", path=TICKETS)
    page = ann.page
    bar, boxes = page.locator("#many"), page.locator("table.records tbody input[name=k]")
    expect(bar).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar).to_be_visible()
    expect(bar.locator("output")).to_have_text("1 chosen")
    boxes.nth(2).click()
    boxes.nth(6).click(modifiers=["Shift"])
    expect(bar.locator("output")).to_have_text("6 chosen")
    every = page.locator("[data-tick-all]")
    every.check()
    expect(bar.locator("output")).to_have_text("50 chosen")
    every.uncheck()
    expect(bar).to_be_hidden()
    # So few rows that the bar lies over none: what scrolls under it is cut off for axe, as for the eye.
    ann.open(f"{TICKETS}?f.id.lt=6")
    boxes.nth(0).check()
    expect(bar).to_be_visible()
    assert not looked_at(page, "list with ticked rows")
    picture(ann, "many-bar")


@pytest.mark.parametrize("width", [1280, 390])
def test_changing_rows(visit: Visit, width: int) -> None:
    """From the bar to the change and back by undo; axe finds nothing on the way."""
    start = 10 if width > 500 else 20
    ann = visit("ann", path=f"{TICKETS}?sort=id", width=width)
    page = ann.page
    for number in (start, start + 1):
        page.locator("table.records tbody input[name=k]").nth(number).check()
    page.get_by_role("button", name="Edit…").click()
    page.wait_for_url("**/many?**")
    page.get_by_label("Column", exact=True).select_option("subject")
    page.get_by_role("button", name="Add column").click()
    field = page.locator("[name='v.subject']")
    field.fill(f"Seen by all {width}")
    page.get_by_role("button", name="Preview").last.click()
    expect(page.locator("#preview tbody tr")).to_have_count(2)
    assert not looked_at(page, "the form")
    picture(ann, f"many-form-{width}")
    page.get_by_role("button", name="Change the rows").click()
    page.wait_for_url("**/changes/CH-*")
    expect(page.locator("#progress")).to_contain_text("Written 2")
    assert not looked_at(page, "the change")
    picture(ann, f"many-change-{width}")
    page.get_by_role("link", name="All rows").click()
    expect(page.locator("main table tbody tr")).to_have_count(2)
    assert not looked_at(page, "its rows")
    picture(ann, f"many-rows-{width}")
    page.go_back()
    page.get_by_role("button", name="Undo…").first.click()
    page.locator("#undo-ask").get_by_role("button", name="Undo…").click()
    expect(page.locator("h1")).to_contain_text("Undo CH-")
    # A worker freezes and writes; the page follows by itself.
    expect(page.locator("#progress")).to_contain_text("Written 2", timeout=30_000)


def test_without_scripts(visit: Visit) -> None:
    """Every step is a page: boxes, column, preview, button."""
    ann = visit("ann", path=f"{TICKETS}?sort=id", javascript=False)
    page = ann.page
    page.locator("table.records tbody input[name=k]").nth(30).check()
    page.get_by_role("button", name="Edit…").click()
    page.get_by_label("Column", exact=True).select_option("subject")
    page.get_by_role("button", name="Add column").click()
    page.locator("[name='v.subject']").fill("Without scripts")
    page.get_by_role("button", name="Preview").last.click()
    expect(page.locator("#preview tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Change the rows").click()
    expect(page.locator("#progress")).to_contain_text("Written 1")


def test_what_is_typed_stays_while_the_page_follows(visit: Visit) -> None:
    """Its state changes by itself: nobody is asked whether to leave, and what stands in the discussion stays there."""
    ann = visit("ann", path="/tables/shop.shipments/?sort=id")
    page = ann.page
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("table.records tbody input[name=k]").first.check()
    page.locator("#many").get_by_label("All that match").check()
    page.get_by_role("button", name="Edit…").click()
    page.get_by_label("Column", exact=True).select_option("parcels")
    page.get_by_role("button", name="Add column").click()
    page.locator("[name='v.parcels']").fill("3")
    page.get_by_role("button", name="Change the rows").click()
    page.wait_for_url("**/changes/CH-*")
    said = page.get_by_label("What you want to say")
    said.fill("They were counted twice.")
    said.evaluate("(field) => field.setSelectionRange(5, 5)")
    expect(page.locator("#progress")).to_contain_text("Written", timeout=30_000)
    ann.badge("Applied")
    expect(said).to_have_value("They were counted twice.")
    expect(said).to_be_focused()
    assert said.evaluate("(field) => field.selectionStart") == 5
    assert not asked
    page.get_by_role("button", name="Say it").click()
    expect(page.locator("#discussion blockquote")).to_have_text("They were counted twice.")

"""An action in a browser: its form, its effect, what is done; looked at by axe; with keys alone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.test_pages import looked_at
from tests.browser.test_walk import customer
from tests.browser.visitor import Visit
from tests.stage import Stage


def test_an_action_is_shown_first_and_done_with_keys(visit: Visit, stage: Stage) -> None:
    ann = visit("ann")
    key, _ = customer(stage, 6)
    ann.open(f"/tables/shop.customers/~{key}")
    found = looked_at(ann.page, "record")
    ann.page.get_by_role("link", name="Put on hold").click()
    expect(ann.page.get_by_role("heading", level=1)).to_contain_text("Put on hold")
    found += looked_at(ann.page, "form")
    ann.page.get_by_label("Why", exact=True).fill("Three invoices are open")
    ann.page.get_by_role("button", name="Show what it will do").press("Enter")
    expect(ann.page.locator("#effect")).to_contain_text("on_hold")
    found += looked_at(ann.page, "effect")
    ann.page.get_by_role("button", name="Put on hold").press("Enter")
    expect(ann.page.locator("#flashes, [role=status]").first).to_contain_text("Done")
    assert not found, "\n".join(found)

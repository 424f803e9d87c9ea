"""An import in Chromium: brought, read, judged and written by the real worker; by keys, on a phone, without scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import looked_at
from tests.browser.visitor import Visit

pytestmark = pytest.mark.slow
FILE = (
    "SKU;Name;Price;Active;category_id;Our note\n"
    "IMP-1;Anvil, large;12,50;ja;1;\nIMP-2;Bolt;0,05;nein;1;a\nIMP-3;=1+1;x;ja;1;\nIMP-1;Twice;1,00;ja;1;\n"
)


def brought(page: Page, tmp_path: Path, text: str = FILE) -> None:
    """Through the table's list to the page of the import."""
    file = tmp_path / "supplier.csv"
    file.write_text(text, encoding="utf-8-sig")
    page.goto("/tables/shop.products/")
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("File").set_input_files(str(file))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Import into"))


def test_the_whole_way(visit: Visit, tmp_path: Path) -> None:
    """From the list to written rows; the page follows the worker by itself."""
    ann = visit("ann")
    page = ann.page
    brought(page, tmp_path)
    assert looked_at(page, "imports-choices") == []
    page.get_by_role("button", name="Start the dry run").click()
    expect(page.locator("#result")).to_be_visible(timeout=20_000)
    expect(
        page.get_by_role("navigation", name="What it would do").get_by_role("link", name=re.compile("Bad"))
    ).to_contain_text("2")
    assert looked_at(page, "imports-bad") == []
    page.get_by_role("link", name=re.compile("^New")).click()
    expect(page.locator("#result")).to_contain_text("Anvil, large")
    assert looked_at(page, "imports-new") == []
    page.get_by_label("Reason").fill("the supplier's list")
    page.get_by_label("Reason").press("Control+Enter")
    page.wait_for_url("**/changes/CH-*")


def test_without_scripts_on_a_phone(visit: Visit, tmp_path: Path) -> None:
    """The same by plain forms, 390 pixels wide."""
    page = visit("ann", javascript=False, width=390).page
    brought(page, tmp_path, FILE.replace("IMP", "PHONE"))
    page.get_by_role("button", name="Start the dry run").click()
    for _ in range(40):
        if page.locator("#result").count():
            break
        page.wait_for_timeout(500)
        page.get_by_role("link", name="Look again").click()
    expect(page.locator("#result")).to_be_visible()
    page.get_by_label("Reason").fill("the supplier's list")
    page.get_by_role("button", name=re.compile("^Propose")).click()
    page.wait_for_url("**/changes/CH-*")

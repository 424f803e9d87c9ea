"""A masked value revealed in Chromium: only the field changes, by keys alone, and it hides itself again."""

from __future__ import annotations

import os
import re
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import looked_at
from tests.browser.visitor import Visit
from tests.stage import Stage

IBAN = "NL91ABNA0417164300"
PICTURES = os.environ.get("OPS_TEST_PICTURES")  # a folder: what was looked at is also kept as pictures


def record(stage: Stage) -> str:
    """A customer with an IBAN that owners see masked."""
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        row = connection.execute(
            "UPDATE shop.customers SET iban = %s WHERE id = (SELECT max(id) - 7 FROM shop.customers) RETURNING id",
            (IBAN,),
        ).fetchone()
    assert row is not None
    return f"/tables/shop.customers/~{row[0]}"


def seen(page: Page, name: str) -> list[str]:
    """What axe finds, and pictures where somebody wants them."""
    found = looked_at(page, name)
    if PICTURES:
        for width in (1280, 390):
            for theme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 860})
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{theme}.png".replace(" ", "-"))
        page.set_viewport_size({"width": 1280, "height": 860})
    return found


def test_a_field_is_revealed_in_its_place_by_keys(visit: Visit, stage: Stage) -> None:
    """The link, the form in the field, the value; nothing else of the page is touched, no address is added."""
    path = record(stage)
    oz = visit("oz", path=path)
    field = oz.page.locator("#fact-iban")
    found = seen(oz.page, "masked")
    expect(field).not_to_contain_text(IBAN)
    link = field.get_by_role("link", name="Reveal IBAN")
    link.focus()
    oz.page.keyboard.press("Enter")
    reason = field.get_by_label("Reason")
    expect(reason).to_be_focused()
    found += seen(oz.page, "asked")
    oz.page.keyboard.press("Escape")
    reason.fill("…")
    oz.page.keyboard.press("Enter")
    expect(field).to_contain_text("Without a reason nothing is shown")
    field.get_by_label("Reason").fill("Ticket 4711")
    oz.page.keyboard.press("Enter")
    expect(field).to_contain_text(IBAN)
    expect(field).to_contain_text("Revealed until")
    expect(field.locator(".revealed")).to_be_focused()
    found += seen(oz.page, "revealed")
    assert oz.page.url.endswith(path)
    assert not found, "\n\n".join(found)
    # Its time is over: the field asks for itself, and shows the mask.
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        connection.execute("UPDATE ops.reveal SET until = clock_timestamp() + interval '2 seconds'")
    oz.page.reload()
    expect(field).to_contain_text(IBAN)
    expect(field).not_to_contain_text(IBAN, timeout=8_000)
    expect(field.get_by_role("link", name="Reveal IBAN")).to_be_visible()


def test_giving_up_brings_the_mask_back(visit: Visit, stage: Stage) -> None:
    path = record(stage)
    oz = visit("oz", path=path)
    field = oz.page.locator("#fact-iban")
    field.get_by_role("link", name="Reveal IBAN").click()
    field.get_by_role("link", name="Cancel").click()
    expect(field.get_by_role("link", name="Reveal IBAN")).to_be_focused()
    assert oz.page.url.endswith(path)


@pytest.mark.parametrize("width", [1280, 390])
def test_without_scripts_it_is_a_page(visit: Visit, stage: Stage, width: int) -> None:
    path = record(stage)
    oz = visit("oz", path=path, javascript=False, width=width)
    oz.page.get_by_role("link", name="Reveal IBAN").click()
    oz.heading(re.compile("Reveal IBAN of"))
    oz.page.get_by_label("Reason").fill("Ticket 4711")
    oz.page.get_by_role("button", name="Show it").click()
    oz.page.wait_for_url(stage.origin + path)
    expect(oz.page.locator("#fact-iban")).to_contain_text(IBAN)


def test_the_page_that_asks_is_clean(visit: Visit, stage: Stage) -> None:
    oz = visit("oz", path=f"{record(stage)}/reveal?column=iban")
    expect(oz.page.get_by_label("Reason")).to_be_focused()
    assert not (found := seen(oz.page, "page")), "\n\n".join(found)


def test_a_file_says_what_stands_in_it_as_masks(visit: Visit, stage: Stage) -> None:
    record(stage)
    ann = visit("ann", path="/tables/shop.customers/?f.status.is=active")
    ann.page.get_by_role("button", name="Export this list").click()
    expect(ann.page.get_by_role("link", name="Download")).to_be_visible(timeout=60_000)
    expect(ann.page.locator("#facts")).to_contain_text("Masked in this file")
    expect(ann.page.locator("#facts")).to_contain_text("IBAN")
    assert not (found := seen(ann.page, "file")), "\n\n".join(found)

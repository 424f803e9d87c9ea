"""The approver's page in a browser: differences by type; by keys from the list to a decision; axe finds nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import expect

from ops import changes, identity
from ops.changes import Operation
from ops.platform import build
from ops.settings import load
from tests.browser.test_pages import looked_at
from tests.browser.visitor import Visitor
from tests.stage import Stage

PICTURES = os.environ.get("OPS_TEST_PICTURES")
BEFORE = {
    "name": "Wall panel, oak, brushed",
    "tags": "{wall,oak}",
    "attributes": '{"size": {"h": 20, "w": 60}, "finish": "oil"}',
}
AFTER = {
    "name": "Wall panel, oak, oiled and brushed",
    "tags": "{wall,oak,new}",
    "attributes": '{"size": {"h": 22, "w": 60}, "grade": "A"}',
    "price": "125.00",
}


def asked(stage: Stage) -> list[str]:
    """Two changes of one product that wait for a manager, the newer one last."""
    platform = build(load(stage.environ), "command")
    products = platform.catalog.by_name("shop", "products")
    with platform.db.transaction() as tx:
        tx.execute(
            sa.text(
                "UPDATE shop.products SET name = :name, tags = CAST(:tags AS text[]), price = 99.00, "
                "attributes = CAST(:attributes AS jsonb) WHERE id = 21"
            ),
            BEFORE,
        )
        tx.execute(
            sa.text(
                "INSERT INTO ops.approval_rule (name, tables, kinds, columns, condition) "
                "VALUES ('Products over 100', '{shop.products}', '{update}', '{price}', 'new.price > 100')"
            )
        )
        number = tx.scalar(sa.text("SELECT id FROM ops.person WHERE sub = 'ann'"))
        actor = identity.actor_for(tx, int(number), source="web")
    base = {**BEFORE, "price": "99.00"}
    found = [
        changes.propose(
            platform.db,
            platform.catalog,
            actor,
            [Operation("update", products, "~21", base, after)],
            reason=why,
        ).reference
        for after, why in ((AFTER, "The new range."), ({**AFTER, "price": "130.00"}, "Dearer still."))
    ]
    platform.close()
    return found


def test_from_the_list_to_a_decision_by_keys(visit: Callable[..., Visitor], stage: Stage) -> None:
    visit("ann")
    first, second = asked(stage)
    bo = visit("bo", path="/approvals/")
    page = bo.page
    page.keyboard.press("j")
    expect(page.locator(f"#{second} a[data-row]")).to_be_focused()
    page.keyboard.press("Enter")
    bo.heading("Edit Product: Wall panel, oak, brushed")
    expect(page.locator("#also-open")).to_contain_text(first)
    expect(page.locator("#row-1 tr.parts").first).to_contain_text("new")
    expect(page.locator("#row-1 ins").first).to_contain_text("oiled and")
    assert looked_at(page, "approver's page") == []
    if PICTURES:
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=str(Path(PICTURES) / f"approver-{width}-{theme}.png"), full_page=True)
        page.set_viewport_size({"width": 1280, "height": 860})
    page.keyboard.press("j")
    page.wait_for_url(f"**/changes/{first}")
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Send back")).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()
    page.keyboard.press("k")
    page.wait_for_url(f"**/changes/{second}")
    page.keyboard.press("r")
    page.locator("#f-comment").fill("Once is enough.")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Reject").press("Enter")
    expect(page.locator("#flashes")).to_contain_text("rejected")
    expect(page.locator("nav.walk a").nth(1)).to_be_visible()
    phone = page
    phone.set_viewport_size({"width": 390, "height": 700})
    bo.open(f"/changes/{first}")
    bar = phone.locator("#decision").bounding_box()
    assert bar is not None and bar["y"] + bar["height"] <= 701, "the bar stays in sight on a phone"
    phone.get_by_role("button", name="Approve").click()
    expect(phone.locator("#flashes")).to_contain_text(first)

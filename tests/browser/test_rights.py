"""An owner gives a role a right, by keyboard alone: the live check, the press that masks, where it leads."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.test_pages import looked_at
from tests.browser.visitor import Visit


def test_a_right_by_keyboard(visit: Visit) -> None:
    """From the role to the change that waits, without a mouse; what is typed survives every answer."""
    oz = visit("oz", path="/people/roles/auditor")
    page = oz.page
    page.keyboard.press("n")
    oz.heading("Auditor: a right on…")
    expect(page.locator("#find-place")).to_be_focused()
    page.keyboard.type("shop.tick")
    expect(page.locator("#places li:not([hidden])")).to_have_count(1)
    page.locator("#places li:not([hidden]) a").focus()
    page.keyboard.press("Enter")
    oz.heading("Auditor on Tickets")
    page.locator("#f-rows").focus()
    page.keyboard.type("nothing = 1")
    expect(page.locator("#rows-said")).to_contain_text("no column “nothing”")
    page.keyboard.press("Control+a")
    page.keyboard.type("state = 'open'")
    expect(page.locator("#rows-said")).to_contain_text("It would show you")
    expect(page.locator("#f-rows")).to_be_focused()
    found = looked_at(page, "right with a condition")
    # Column by column with the arrows, as radios go.
    page.locator("[name='c.body'][value=plain], [name='c.subject'][value=plain]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#f-reason:invalid")).to_be_focused()  # the browser says what lacks
    page.keyboard.type("Audits look at open tickets only.")
    page.keyboard.press("Control+Enter")
    oz.heading("Auditor: a right on Tickets")
    expect(page.locator(".diff")).to_contain_text("state = 'open'")
    expect(page.locator(".diff")).to_contain_text("Read-only columns")
    found += looked_at(page, "a change of rights")
    page.get_by_role("button", name="Withdraw…").click()
    page.locator("#withdraw").get_by_role("button", name="Withdraw", exact=True).click()
    expect(page.locator("#flashes")).to_contain_text("is withdrawn")
    assert not found, "\n\n".join(found)


def test_a_rule_without_scripts(visit: Visit) -> None:
    """The columns of another table by a press, then the question is sent: no script anywhere."""
    oz = visit("oz", path="/rules/new", javascript=False)
    page = oz.page
    page.get_by_label("Name", exact=True).fill("Cheap refunds")
    page.get_by_label("About").select_option("shop.refunds")
    page.get_by_label("Only if", exact=True).fill("new.amount < 5")
    page.get_by_role("button", name="Show its columns").click()
    expect(page.locator("#condition-said")).to_contain_text("the new Amount is under 5")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Cheap refunds")
    page.get_by_label("Amount").check()
    page.get_by_role("textbox", name="Reason").fill("They are not worth it.")
    page.get_by_role("button", name=re.compile("Send")).click()
    oz.heading("New rule “Cheap refunds”")
    expect(page.locator(".diff")).to_contain_text("Amount")
    page.get_by_role("button", name="Withdraw…").click()
    page.locator("#withdraw").get_by_role("button", name="Withdraw", exact=True).click()
    expect(page.locator("#flashes")).to_contain_text("is withdrawn")


def test_a_rule_s_form_stays_where_its_button_is(visit: Visit) -> None:
    """What a button adds has the focus and is in sight; with keys alone one goes on from there."""
    oz = visit("oz", path="/rules/new")
    page = oz.page
    page.get_by_label("Name", exact=True).fill("Tickets need a look")
    page.get_by_label("About", exact=True).select_option(label="Service · Tickets")
    page.get_by_role("button", name="Show its columns").press("Enter")
    expect(page.locator("#f-columns input").first).to_be_focused()
    page.get_by_role("button", name="Add a stage").press("Enter")
    second = page.locator("#stage-2 select").first
    expect(second).to_be_focused()
    expect(second).to_be_in_viewport()
    page.get_by_role("button", name="Try it on what was").press("Enter")
    expect(page.locator("#tried")).to_be_in_viewport()
    expect(page.locator("[data-focus]")).to_be_focused()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Tickets need a look")
    assert page.url.split("#")[0].endswith("/rules/new")

"""Every kind of page, looked at by axe: light and dark, on a desk and on a phone, down to 320 pixels."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_walk import customer
from tests.browser.visitor import Visit, Visitor
from tests.stage import Stage

AXE = Path(__file__).parents[2] / "static" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async (rules) => {
    const only = {type: 'tag', values: rules};
    const found = await axe.run(document, {runOnly: only, preload: false});
    return found.violations.flatMap((rule) => rule.nodes.map((node) =>
        `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}"""
_WIDE = """() => {
    const edge = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= edge) return [];
    const scrolls = (found) => found && found !== document.body &&
        (/(auto|scroll|hidden|clip)/.test(getComputedStyle(found).overflowX) || scrolls(found.parentElement));
    const found = [...document.body.querySelectorAll('*')].filter((one) =>
        one.getBoundingClientRect().right > edge + 1);
    const loose = found.filter((one) => !scrolls(one.parentElement));
    return (loose.length ? loose : found).map((one) => one.outerHTML.slice(0, 120));
}"""


def looked_at(page: Page, name: str) -> list[str]:
    """What axe finds on the page as it stands, in every theme and width; and what is wider than the window."""
    found = []
    page.wait_for_load_state()  # what a click led to may be there before its style is
    size = page.viewport_size
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 860})
        wide = page.evaluate(_WIDE)
        found += [f"{name} at {width}: wider than the window: {what}" for what in wide]
        for theme in ("light", "dark") if width != 320 else ():
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            if not page.evaluate("() => 'axe' in window"):
                page.evaluate(AXE.read_text(encoding="utf-8"))
            found += [f"{name} at {width} {theme}: {words}" for words in page.evaluate(_RUN, RULES)]
    assert size is not None
    page.set_viewport_size(size)
    return found


def waiting_change(ann: Visitor, stage: Stage, number: int) -> str:
    """Ask for a credit limit that a manager must agree to; the address of the change."""
    key, _ = customer(stage, number)
    ann.open(f"/tables/shop.customers/~{key}/edit")
    ann.page.get_by_label("Credit limit", exact=True).fill("13000")
    ann.page.get_by_label("Reason").fill("A reason of some length, as people write them.")
    ann.page.locator("#record-form button.primary").click()
    flashes = ann.page.locator("#flashes")
    expect(flashes).to_contain_text("waits for approval")
    found = re.search(r"CH-\d+", flashes.inner_text())
    assert found
    return f"/changes/{found[0]}"


PLAIN = {
    "desk": ("ann", "/"),
    "desk of a manager": ("bo", "/"),
    "tables": ("ann", "/tables/"),
    "list": ("ann", "/tables/shop.orders/"),
    "list with filters": ("ann", "/tables/shop.customers/?f.status.is=active&q=a&sort=name"),
    "list without a find": ("ann", "/tables/shop.customers/?q=zzzzzzzz"),
    "list of a view": ("ann", "/tables/shop.monthly_revenue/"),
    "list with an address that is wrong": ("ann", "/tables/shop.orders/?f.nothing.is=1"),
    "new": ("ann", "/tables/shop.products/new"),
    "changes": ("ann", "/changes/"),
    "approvals": ("bo", "/approvals/"),
    "audit": ("cy", "/audit/"),
    "exports": ("ann", "/exports/"),
    "me": ("ann", "/people/me"),
    "not there": ("ann", "/tables/shop.nothing/"),
    "not allowed": ("ann", "/audit/"),
    "no role": ("dee", "/"),
}
RIGHTS = {
    "roles": ("oz", "/people/roles/"),
    "role": ("oz", "/people/roles/operator"),
    "one's own role": ("oz", "/people/roles/owner"),
    "new role": ("oz", "/people/roles/new"),
    "a table for a right": ("oz", "/people/roles/operator/tables/"),
    "right": ("oz", "/people/roles/operator/tables/shop.customers"),
    "right on everything": ("oz", "/people/roles/operator/tables/*"),
    "groups": ("oz", "/people/groups/"),
    "map a group": ("oz", "/people/groups/new?group_name=owners"),
    "rules": ("oz", "/rules/"),
    "rule": ("oz", "/rules/1"),
    "edit a rule": ("oz", "/rules/2/edit"),
    "switch a rule off": ("oz", "/rules/1/switch"),
    "settings": ("cy", "/settings/"),
}
REFUSED = {"list with an address that is wrong", "not there", "not allowed"}


def test_pages_as_they_open(visit: Visit) -> None:
    """No violation on any page that an address opens."""
    people: dict[str, Visitor] = {}
    found = []
    for name, (sub, path) in PLAIN.items():
        if sub not in people:
            people[sub] = visit(sub)
        answer = people[sub].open(path)
        assert (answer.status < 400) == (name not in REFUSED), (name, answer.status)
        found += looked_at(people[sub].page, name)
    assert not found, "\n\n".join(found)


def test_pages_of_roles_groups_rules_and_settings(visit: Visit) -> None:
    """The owner's screens, as they open."""
    people = {sub: visit(sub) for sub in ("oz", "cy")}
    found = []
    for name, (sub, path) in RIGHTS.items():
        answer = people[sub].open(path)
        assert answer.status == 200, (name, answer.status)
        found += looked_at(people[sub].page, name)
    assert not found, "\n\n".join(found)


def test_sign_in(visit: Visit, stage: Stage) -> None:
    """Before anybody is known: sign-in, its failures, a page that is not there."""
    somebody = visit()
    found = []
    for name, path in (
        ("sign-in", "/sign-in"),
        ("failed", "/auth/callback?state=x"),
        ("not there", "/nothing"),
    ):
        somebody.open(path)
        found += looked_at(somebody.page, name)
    assert not found, "\n\n".join(found)


def test_a_record_and_its_forms(visit: Visit, stage: Stage) -> None:
    """A record, its history, its form, the form with an error, the conflict, the question before deleting."""
    key, _ = customer(stage, 30)
    address = f"/tables/shop.customers/~{key}"
    ann = visit("ann", path=address)
    found = looked_at(ann.page, "record")
    for name in ("edit", "delete", "history"):
        ann.open(f"{address}/{name}")
        found += looked_at(ann.page, name)
    ann.open(f"{address}/edit")
    ann.page.get_by_label("Credit limit", exact=True).fill("much")
    ann.page.locator("#record-form button.primary").click()
    expect(ann.main.locator("#errors")).to_be_focused()
    found += looked_at(ann.page, "form with an error")
    ann.open(f"{address}/edit")
    with psycopg.connect(stage.database_url) as connection:
        connection.execute("UPDATE shop.customers SET city = 'Elsewhere' WHERE id = %s", (key,))
    ann.page.get_by_label("City", exact=True).fill("Here")
    ann.page.locator("#record-form button.primary").click()
    expect(ann.main.locator("#conflict")).to_be_visible()
    found += looked_at(ann.page, "conflict")
    ann.page.evaluate(
        "() => document.querySelectorAll('[data-typed]').forEach((form) => delete form.dataset.typed)"
    )
    assert not found, "\n\n".join(found)


def test_a_change_on_its_way(visit: Visit, stage: Stage) -> None:
    """A change that waits, as its proposer and as its approver see it; withdrawn; applied; its events."""
    ann, bo, cy = visit("ann"), visit("bo"), visit("cy")
    address = waiting_change(ann, stage, 31)
    ann.open(address)
    found = looked_at(ann.page, "change waiting")
    ann.page.get_by_role("button", name=re.compile("^Withdraw")).first.click()
    found += looked_at(ann.page, "change about to be withdrawn")
    bo.open(address)
    found += looked_at(bo.page, "change to decide")
    bo.page.get_by_role("button", name="Reject").click()
    expect(bo.page.locator("#f-comment-error")).to_be_visible()
    found += looked_at(bo.page, "change not rejected without a comment")
    bo.page.get_by_role("button", name="Approve").click()
    expect(bo.page.locator("#flashes")).to_contain_text("is applied")
    found += looked_at(bo.page, "change applied")
    cy.open(f"/audit/?change={address.rpartition('/')[2]}")
    found += looked_at(cy.page, "audit of one change")
    cy.main.locator("a[data-row]").first.click()
    expect(cy.page).to_have_url(re.compile(r"/audit/[^?]+$"))
    found += looked_at(cy.page, "one event")
    assert not found, "\n\n".join(found)


def test_an_export(visit: Visit) -> None:
    """An export that is ready, and the list of them."""
    ann = visit("ann", path="/tables/shop.products/")
    ann.page.get_by_role("button", name="Export this list").click()
    expect(ann.page.get_by_role("link", name="Download")).to_be_visible(timeout=40_000)
    found = looked_at(ann.page, "export")
    ann.open("/exports/")
    found += looked_at(ann.page, "exports")
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize("opener", ["button.person", "a[data-hotkey=f]", "?"])
def test_what_opens_over_a_page(visit: Visit, opener: str) -> None:
    """Menus and the list of keys."""
    ann = visit("ann", path="/tables/shop.customers/")
    if opener == "?":
        ann.page.keyboard.press("?")
    else:
        ann.page.locator(opener).click()
    found = looked_at(ann.page, opener)
    assert not found, "\n\n".join(found)

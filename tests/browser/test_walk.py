"""One change from proposal to proof, as people do it: once with scripts, once without, once by keys alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import Visit, Visitor
from tests.stage import Stage

LIMIT = "Credit limit"


def customer(stage: Stage, number: int) -> tuple[int, str]:
    """The key and the name of a customer of this test's own."""
    with psycopg.connect(stage.database_url) as connection:
        found = connection.execute(
            "SELECT id, name FROM shop.customers WHERE country <> 'IS' AND credit_limit < 10000"
            " AND name IN (SELECT name FROM shop.customers GROUP BY name HAVING count(*) = 1)"
            " ORDER BY id OFFSET %s LIMIT 1",
            (number,),
        ).fetchone()
    assert found is not None
    return found


def live(stage: Stage, key: int) -> str:
    """The credit limit as the database has it."""
    with psycopg.connect(stage.database_url) as connection:
        found = connection.execute("SELECT credit_limit::text FROM shop.customers WHERE id = %s", (key,))
        return str(found.fetchone()[0])  # type: ignore[index]  # there is such a row


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_from_proposal_to_proof(visit: Visit, stage: Stage, tmp_path: Path, javascript: bool) -> None:
    """Ann asks, cannot approve herself; Bo approves; Cy reads the trail; Ann has the list as a file."""
    key, name = customer(stage, 10 + javascript)
    before = live(stage, key)
    bo = visit("bo", javascript=javascript)  # the platform tells whom it knows
    ann = visit("ann", javascript=javascript)
    reference = asks_for_12000(ann, name)
    assert live(stage, key) == before, "nothing is written before somebody agrees"
    cannot_decide(ann)
    sees_it_waiting_at_the_record(ann, key, reference)
    ann.sign_out()
    approves(bo, reference, before)
    assert live(stage, key) == "12000.00"
    cy = visit("cy", javascript=javascript)
    finds_it_in_the_trail(cy, reference, before)
    ann.sign_in("ann")
    until(ann, lambda: reference in ann.main.locator("#notices").inner_text())
    exports_and_downloads(ann, name, stage, tmp_path)


def asks_for_12000(ann: Visitor, name: str) -> str:
    """Search, open, edit, send; the reference of the change that waits."""
    page = ann.page
    ann.open("/tables/")
    ann.main.get_by_role("link", name="Customers", exact=True).click()
    ann.heading("Customers")
    page.get_by_role("searchbox", name=re.compile("^Search ")).fill(name)
    page.keyboard.press("Enter")
    row = ann.main.locator("tbody tr", has_text=name)
    expect(ann.main.locator("tbody tr")).to_have_count(1)
    row.locator("a[data-row]").click()
    ann.heading(name)
    ann.main.get_by_role("link", name="Edit").first.click()
    page.get_by_label(LIMIT, exact=True).fill("12000")
    page.get_by_label("Reason").fill("Good payer for years.")
    page.locator("#record-form button.primary").click()
    expect(page.locator("#flashes")).to_contain_text("waits for approval")
    expect(page.locator("#flashes")).to_contain_text(re.compile("manager", re.I))
    found = re.search(r"CH-\d+", page.locator("#flashes").inner_text())
    assert found
    return found[0]


def until(person: Visitor, good: Callable[[], object], path: str = "/") -> None:
    """Look at a page again and again: what is told to people is told within seconds, not at once."""
    for _ in range(20):
        person.open(path)
        if good():
            return
        person.page.wait_for_timeout(500)
    raise AssertionError(person.main.inner_text())


def cannot_decide(ann: Visitor) -> None:
    """The change is hers to see and to withdraw, not to decide."""
    ann.open("/changes/?who=mine")
    ann.main.locator("a[data-row]").first.click()
    expect(ann.main).to_contain_text("Waiting")
    expect(ann.main.get_by_role("button", name="Approve")).to_have_count(0)
    expect(ann.main.get_by_role("button", name=re.compile("^Withdraw")).first).to_be_visible()
    answer = ann.page.request.get("/approvals/")
    assert answer.status == 403


def sees_it_waiting_at_the_record(ann: Visitor, key: int, reference: str) -> None:
    ann.open(f"/tables/shop.customers/~{key}")
    expect(ann.main).to_contain_text("is waiting")
    ann.main.get_by_role("link", name=reference).first.click()
    expect(ann.main).to_contain_text(reference)


def approves(bo: Visitor, reference: str, before: str) -> None:
    """From the desk to the difference to the button."""
    until(bo, lambda: reference in bo.main.locator("#notices").inner_text())
    expect(bo.page.locator("#bell")).to_contain_text(re.compile(r"\d"))
    bo.main.locator("#waiting li", has_text=reference).locator("a").click()
    expect(bo.page.locator("#main")).to_contain_text(reference)
    difference = bo.main.locator("table", has_text=LIMIT)
    expect(difference.locator("ins")).to_have_text(re.compile(r"^12,000\.00"))
    expect(difference).to_contain_text(f"{Decimal(before):,.2f}")
    expect(bo.main).to_contain_text("Good payer for years.")
    expect(bo.main).to_contain_text("Credit limits over 10,000 need a manager")
    bo.page.get_by_label("Comment").fill("Agreed.")
    bo.main.get_by_role("button", name="Approve").click()
    expect(bo.page.locator("#flashes")).to_contain_text(f"Approved, and {reference} is applied")
    expect(bo.main).to_contain_text("Applied")


def finds_it_in_the_trail(cy: Visitor, reference: str, before: str) -> None:
    """Submitted, approved, updated, with the value before and after."""
    cy.open(f"/audit/?change={reference}")
    events = cy.main.locator("tbody")
    for name in ("Ann Arbor", "Bo Marsh"):
        expect(events).to_contain_text(name)
    for action in ("asked for a change", "approved a change", "edited a row"):
        expect(events.locator("tr", has_text=action)).to_have_count(1)
    events.locator("tr", has_text="edited a row").locator("a[data-row]").click()
    expect(cy.main).to_contain_text(before)
    expect(cy.main).to_contain_text("12000.00")


def exports_and_downloads(ann: Visitor, name: str, stage: Stage, folder: Path) -> None:
    """The list as it stands, with its filters, as a file."""
    page = ann.page
    ann.open("/tables/shop.customers/?f.credit_limit.ge=12000&sort=name")
    page.get_by_role("button", name="Export this list").click()
    ann.heading(re.compile("Customers"))
    ready = page.get_by_role("link", name="Download")
    for _ in range(120):  # the clock rings again after 20 s if the first bell was not heard
        if ready.is_visible():
            break
        if page.get_by_role("link", name="Look again").is_visible():
            page.get_by_role("link", name="Look again").click()
        page.wait_for_timeout(500)
    with page.expect_download() as coming:
        ready.click()
    file = folder / "customers.csv"
    coming.value.save_as(file)
    assert re.fullmatch(r"customers-\d{8}-\d{4}\.csv", coming.value.suggested_filename)
    found = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    with psycopg.connect(stage.database_url) as connection:
        expected = connection.execute(
            "SELECT number, name, credit_limit::text FROM shop.customers"
            " WHERE credit_limit >= 12000 AND country <> 'IS' ORDER BY name"
        ).fetchall()
    assert sorted((one["number"], one["name"], one["credit_limit"]) for one in found) == sorted(expected)
    assert name in [one["name"] for one in found]
    assert "internal_risk_score" not in found[0]
    assert all(not one.get("iban") or "•" in one["iban"] for one in found)


def test_by_keys_alone(visit: Visit, stage: Stage) -> None:
    """/ searches, j and Enter open, e edits, Control+Enter sends; the manager's a and Enter approve."""
    key, name = customer(stage, 14)
    ann = visit("ann")
    page = ann.page
    keys(page, "g", "t")
    expect(page.locator("#find-table")).to_be_focused()
    page.keyboard.type("customers")
    keys(page, "Enter")
    ann.heading("Customers")
    keys(page, "/")
    expect(page.get_by_role("searchbox", name=re.compile("^Search "))).to_be_focused()
    page.keyboard.type(name)
    keys(page, "Enter")
    expect(ann.main.locator("tbody tr")).to_have_count(1)
    keys(page, "j", "k")  # Enter has left the field
    expect(ann.main.locator("a[data-row]:focus")).to_have_count(1)
    keys(page, "Enter")
    ann.heading(name)
    keys(page, "e")
    limit = page.get_by_label(LIMIT, exact=True)
    expect(limit).to_be_visible()
    for _ in range(40):
        if limit.evaluate("(field) => field === document.activeElement"):
            break
        keys(page, "Tab")
    keys(page, "Control+a")
    page.keyboard.type("12500")
    keys(page, "Control+Enter")
    expect(page.locator("#flashes")).to_contain_text("waits for approval")
    bo = visit("bo")
    bo.open("/approvals/")
    keys(bo.page, "j")
    keys(bo.page, "Enter")
    expect(bo.main).to_contain_text("12,500")
    keys(bo.page, "a")
    expect(bo.main.get_by_role("button", name="Approve")).to_be_focused()
    keys(bo.page, "Enter")
    expect(bo.page.locator("#flashes")).to_contain_text("is applied")
    assert live(stage, key) == "12500.00"
    keys(bo.page, "?")
    expect(bo.page.locator("#keys-help")).to_be_visible()


def keys(page: Page, *names: str) -> None:
    """Press one after the other."""
    for name in names:
        page.keyboard.press(name)

"""The boosted frame: sessions that end, two browsers that edit at once, the way back."""

from __future__ import annotations

import re

import psycopg
from playwright.sync_api import expect

from tests.browser.test_walk import customer
from tests.browser.visitor import Visit
from tests.stage import Stage


def forget_sessions(stage: Stage) -> None:
    """What the database's clock would do after half an hour."""
    with psycopg.connect(stage.database_url) as connection:
        connection.execute("UPDATE ops.session SET seen_at = now() - interval '1 day'")


def test_p8_an_expired_session_comes_back_to_the_same_place(visit: Visit, stage: Stage) -> None:
    """P8: a boosted request after the end leads to sign-in, a whole page, and then to where one wanted."""
    ann = visit("ann", path="/tables/shop.orders/")
    ann.heading("Orders")
    forget_sessions(stage)
    ann.page.get_by_role("link", name="Total", exact=True).click()
    expect(ann.page.get_by_role("button", name="Sign in with")).to_be_visible()
    assert ann.page.locator(".rail").count() == 0, "the sign-in page stands alone"
    ann.through_provider("ann")
    ann.page.wait_for_url(re.compile(r"/tables/shop\.orders/\?.*sort=-?total"))
    ann.heading("Orders")


def test_p8_a_form_sent_after_the_end_loses_nothing_silently(visit: Visit, stage: Stage) -> None:
    """P8: sent too late, the form leads to sign-in and back to the form; nothing was written."""
    key, name = customer(stage, 20)
    ann = visit("ann", path=f"/tables/shop.customers/~{key}/edit")
    ann.page.get_by_label("City", exact=True).fill("Too late")
    forget_sessions(stage)
    ann.page.locator("#record-form button.primary").click()
    expect(ann.page.get_by_role("button", name="Sign in with")).to_be_visible()
    ann.through_provider("ann")
    ann.page.wait_for_url(f"**/tables/shop.customers/~{key}/edit")
    ann.heading(re.compile(re.escape(name)))
    with psycopg.connect(stage.database_url) as connection:
        row = connection.execute("SELECT city FROM shop.customers WHERE id = %s", (key,)).fetchone()
    assert row != ("Too late",)


def test_two_browsers_edit_other_fields(visit: Visit, stage: Stage) -> None:
    """Other columns merge: both edits are kept."""
    key, _ = customer(stage, 21)
    address = f"/tables/shop.customers/~{key}/edit"
    ann, other = visit("ann", path=address), visit("ann", path=address)
    ann.page.get_by_label("City", exact=True).fill("Delft")
    other.page.get_by_label("Phone", exact=True).fill("+31 15 000 00 00")
    for one in (ann, other):
        one.page.locator("#record-form button.primary").click()
        expect(one.page.locator("#flashes")).to_contain_text("Saved")
    with psycopg.connect(stage.database_url) as connection:
        row = connection.execute("SELECT city, phone FROM shop.customers WHERE id = %s", (key,)).fetchone()
    assert row == ("Delft", "+31 15 000 00 00")


def test_two_browsers_edit_the_same_field(visit: Visit, stage: Stage) -> None:
    """The same column conflicts: three values are shown, what was typed is kept, one choice saves it."""
    key, _ = customer(stage, 22)
    address = f"/tables/shop.customers/~{key}/edit"
    ann, other = visit("ann", path=address), visit("ann", path=address)
    other.page.get_by_label("City", exact=True).fill("Breda")
    other.page.locator("#record-form button.primary").click()
    expect(other.page.locator("#flashes")).to_contain_text("Saved")
    ann.page.get_by_label("City", exact=True).fill("Assen")
    ann.page.get_by_label("Phone", exact=True).fill("+31 592 00 00")
    ann.page.get_by_label("Reason").fill("They moved.")
    ann.page.locator("#record-form button.primary").click()
    conflict = ann.main.locator("#conflict")
    expect(conflict).to_contain_text("Breda")
    expect(conflict).to_contain_text("Assen")
    expect(ann.page.get_by_label("City", exact=True)).to_have_value("Assen")
    expect(ann.page.get_by_label("Phone", exact=True)).to_have_value("+31 592 00 00")
    expect(ann.page.get_by_label("Reason")).to_have_value("They moved.")
    conflict.get_by_role("radio", name="City: keep mine").check()
    ann.page.locator("#record-form button.primary").click()
    expect(ann.page.locator("#flashes")).to_contain_text("Saved")
    with psycopg.connect(stage.database_url) as connection:
        row = connection.execute("SELECT city, phone FROM shop.customers WHERE id = %s", (key,)).fetchone()
    assert row == ("Assen", "+31 592 00 00")


def test_p26_back_after_sign_out_shows_nobodys_page(visit: Visit, stage: Stage) -> None:
    """P6, P26: the Back button after signing out leads to sign-in, not into the last person's pages."""
    key, name = customer(stage, 23)
    ann = visit("ann", path="/tables/shop.customers/")
    ann.page.locator(".rail a[href='/tables/shop.orders/']").click()
    ann.heading("Orders")
    ann.open(f"/tables/shop.customers/~{key}")
    ann.page.locator(".rail a[href='/tables/shop.customers/']").click()
    ann.heading("Customers")
    ann.sign_out()
    for _ in range(6):
        ann.page.go_back(wait_until="load")
        ann.page.wait_for_timeout(300)
        if not ann.page.url.startswith(stage.origin + "/"):
            continue
        assert ann.page.locator(".rail, .person, tbody, table").count() == 0, ann.page.url
        assert name not in ann.page.content()


def test_the_back_button_within_a_session(visit: Visit) -> None:
    """Back after boosted links shows the page before, with the frame right."""
    ann = visit("ann", path="/tables/shop.customers/")
    ann.page.locator(".rail a[href='/tables/shop.orders/']").click()
    ann.heading("Orders")
    ann.page.go_back()
    ann.heading("Customers")
    expect(ann.page.locator(".rail [aria-current=page]")).to_have_text(re.compile("^Customers"))
    ann.page.go_forward()
    ann.heading("Orders")
    expect(ann.page).to_have_title(re.compile("^Orders"))


def test_searching_while_typing_keeps_the_caret(visit: Visit) -> None:
    """The answer arrives while one types; no letter is lost."""
    ann = visit("ann", path="/tables/")
    field = ann.main.get_by_role("searchbox")
    field.press_sequentially("shop.stock", delay=90)
    expect(ann.page).to_have_url(re.compile("q=shop.stock"))
    expect(ann.main.locator("a[data-row]")).to_have_text(["Stock levels", "Stock movements"])
    expect(field).to_have_value("shop.stock")
    expect(field).to_be_focused()


def test_appearance_is_kept(visit: Visit) -> None:
    """The theme chosen in the menu holds on the next page, from the first paint."""
    ann = visit("ann")
    ann.page.locator("button.person").click()
    ann.page.get_by_label("Dark").check()
    expect(ann.page.locator("html")).to_have_attribute("data-theme", "dark")
    ann.open("/tables/")
    expect(ann.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_stranger_sees_nothing(visit: Visit) -> None:
    """Dee has no role: she is told so, and no table is offered."""
    dee = visit("dee")
    expect(dee.main).to_contain_text("no role")
    assert dee.page.locator("#rail-tables li").count() == 0
    answer = dee.open("/tables/shop.customers/")
    assert answer.status in (403, 404)


def test_p14_no_estimate_tells_of_hidden_rows(visit: Visit) -> None:
    """P14: Ann does not see every customer, so the rail and the overview tell no number; a view has none."""
    ann = visit("ann", path="/tables/")
    for table in ("Customers", "Open orders"):
        expect(ann.page.locator("#rail-tables li", has_text=table)).to_have_text(table)
        expect(ann.main.locator("tbody tr", has_text=table).locator("td").last).to_have_text("")
    expect(ann.page.locator("#rail-tables li", has_text=re.compile("^Orders"))).to_have_text("Orders 400")

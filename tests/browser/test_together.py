"""Forms and cells in a real browser: by keys alone, two people on one record, a session lost, a tab closed, a phone."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_drafts import _lunch as lunch
from tests.browser.test_pages import looked_at
from tests.browser.test_walk import customer
from tests.browser.visitor import Visit
from tests.stage import Stage


def picture(page: Page, name: str) -> None:
    """For whoever wants to look."""
    folder = os.environ.get("OPS_TEST_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def ask(stage: Stage, text: str, *values: Any) -> Any:
    """What the database has."""
    with psycopg.connect(stage.database_url) as connection:
        row = connection.execute(text.encode(), values).fetchone()
        return None if row is None else row[0]


def do(stage: Stage, text: str, *values: Any) -> None:
    """What somebody else's service does."""
    with psycopg.connect(stage.database_url) as connection:
        connection.execute(text.encode(), values)


def an_order(stage: Stage, number: int) -> int:
    """An order of this test's own, small and with two lines at least, that no rule asks about."""
    return int(
        ask(
            stage,
            "SELECT o.id FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id "
            "WHERE c.country <> 'IS' "
            "AND (SELECT count(*) FROM shop.order_lines l WHERE l.order_id = o.id) BETWEEN 2 AND 6 "
            "ORDER BY o.id OFFSET %s LIMIT 1",
            number,
        )
    )


def settle(page: Page) -> None:
    """Nothing of this page is unsaved: it may be left."""
    page.evaluate(
        "() => document.querySelectorAll('[data-typed]').forEach((one) => delete one.dataset.typed)"
    )


def test_a_cell_is_edited_in_its_list_by_keys_alone(visit: Visit, stage: Stage) -> None:
    """j to the row, arrows to the cell, Enter, type, Enter; Escape gives up; the list stays where it is."""
    key, _ = customer(stage, 70)
    ann = visit("ann", path=f"/tables/shop.customers/?f.id.is={key}")
    ann.page.keyboard.press("j")
    expect(ann.page.locator("a[data-row]").first).to_be_focused()
    ann.page.keyboard.press("e")
    first = ann.page.locator("form[data-cell]")
    expect(first).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(first).to_have_count(0)
    city = ann.page.locator("thead th[data-edit=city]")
    at = city.evaluate("(one) => one.cellIndex")
    cell = ann.page.locator(f"tbody tr:first-child > :nth-child({at + 1})")
    for _ in range(12):
        if cell.evaluate("(one) => one === document.activeElement"):
            break
        ann.page.keyboard.press("ArrowRight")
    expect(cell).to_be_focused()
    ann.page.keyboard.press("Enter")
    field = cell.locator("input[name='v.city']")
    expect(field).to_be_focused()
    found = looked_at(ann.page, "a list with a cell open")
    assert not found, "\n\n".join(found)
    picture(ann.page, "cell-1280")
    field.fill("Edited in place")
    ann.page.keyboard.press("Enter")
    expect(cell).to_have_text("Edited in place")
    expect(cell).to_be_focused()
    assert ask(stage, "SELECT city FROM shop.customers WHERE id = %s", key) == "Edited in place"
    ann.page.keyboard.press("Enter")
    field.fill("Never")
    ann.page.keyboard.press("Escape")
    expect(cell).to_have_text("Edited in place")
    cell.dblclick()
    expect(field).to_be_focused()
    do(stage, "UPDATE shop.customers SET city = 'Somebody else' WHERE id = %s", key)
    field.fill("Mine")
    ann.page.keyboard.press("Enter")
    expect(cell).to_contain_text("Somebody else")
    expect(field).to_have_value("Mine")
    picture(ann.page, "cell-conflict")
    cell.get_by_label("Yours").check()
    cell.get_by_role("button", name="Save").click()
    expect(cell).to_have_text("Mine")


def test_a_reference_is_picked_by_typing(visit: Visit, stage: Stage) -> None:
    """Its name is typed, arrows choose, the key stands in the field and the name beside it."""
    _, name = customer(stage, 71)
    ann = visit("ann", path="/tables/shop.orders/new")
    field = ann.page.locator("input[name='v.customer_id']")
    field.press_sequentially(name[:12], delay=20)
    option = ann.page.get_by_role("option").filter(has_text=name).first
    expect(option).to_be_visible()
    found = looked_at(ann.page, "a picker that is open")
    assert not found, "\n\n".join(found)
    picture(ann.page, "picker-1280")
    ann.page.keyboard.press("ArrowDown")
    ann.page.keyboard.press("Enter")
    expect(field).to_have_value(re.compile(r"\d+"))
    expect(field).to_have_attribute("aria-expanded", "false")
    chosen = int(field.input_value())
    title = ask(stage, "SELECT name FROM shop.customers WHERE id = %s", chosen)
    expect(ann.page.locator("output.picked").first).to_have_text(title)
    settle(ann.page)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_an_order_is_saved_with_its_lines(visit: Visit, stage: Stage, javascript: bool) -> None:
    """A row is added and another changed, with scripts and without; at 390 pixels too."""
    key = an_order(stage, 5 + javascript)
    before = ask(stage, "SELECT count(*) FROM shop.order_lines WHERE order_id = %s", key)
    ann = visit("ann", path=f"/tables/shop.orders/~{key}/edit", javascript=javascript)
    ann.page.get_by_label("Delivery note", exact=True).fill("Typed before the row")
    ann.page.get_by_role("button", name="Add order line").click()
    expect(ann.page.locator("tr[id^=line-]")).to_have_count(before + 1)
    expect(ann.page.get_by_label("Delivery note", exact=True)).to_have_value("Typed before the row")
    row = ann.page.locator("tr[id^=line-]").last
    if javascript:
        expect(row.locator(":focus")).to_have_count(1)
        for width in (1280, 390):
            ann.page.set_viewport_size({"width": width, "height": 860})
            found = looked_at(ann.page, f"an order with its lines at {width}")
            assert not found, "\n\n".join(found)
            picture(ann.page, f"lines-{width}")
    row.locator("[name$='v.product_id']").fill("3")
    row.locator("[name$='v.quantity']").fill("2")
    row.locator("[name$='v.unit_price']").fill("1.25")
    ann.page.locator("#record-form button.primary").click()
    expect(ann.page.locator("#flashes")).to_contain_text("1 row that belongs to it")
    assert ask(stage, "SELECT count(*) FROM shop.order_lines WHERE order_id = %s", key) == before + 1
    assert ask(stage, "SELECT delivery_note FROM shop.orders WHERE id = %s", key) == "Typed before the row"


def test_two_people_on_one_record(visit: Visit, stage: Stage) -> None:
    """Each is told of the other; the second to save keeps what they typed and chooses."""
    key, _ = customer(stage, 72)
    address = f"/tables/shop.customers/~{key}/edit"
    ann, oz = visit("ann", path=address), visit("oz", path=address)
    names = {one: ask(stage, "SELECT name FROM ops.person WHERE sub = %s", one) for one in ("ann", "oz")}
    expect(oz.page.locator(".presence")).to_contain_text(f"{names['ann']} is editing this too.")
    ann.page.reload()
    expect(ann.page.locator(".presence")).to_contain_text(f"{names['oz']} is editing this too.")
    picture(ann.page, "presence-1280")
    oz.page.get_by_label("City", exact=True).fill("Oz was first")
    oz.page.get_by_label("Phone", exact=True).fill("+31 1")
    oz.page.locator("#record-form button.primary").click()
    expect(oz.page.locator("#flashes")).to_contain_text("Saved")
    ann.page.get_by_label("City", exact=True).fill("Ann was second")
    ann.page.get_by_label("Notes", exact=True).fill("Only Ann's")
    ann.page.locator("#record-form button.primary").click()
    expect(ann.page.locator("#conflict")).to_contain_text("Oz was first")
    expect(ann.page.get_by_label("City", exact=True)).to_have_value("Ann was second")
    ann.page.get_by_label("City: keep mine").check()
    ann.page.locator("#record-form button.primary").click()
    expect(ann.page.locator("#flashes")).to_contain_text("Saved")
    found = ask(stage, "SELECT city || '/' || phone || '/' || notes FROM shop.customers WHERE id = %s", key)
    assert found == "Ann was second/+31 1/Only Ann's"


def test_a_tab_is_closed_while_somebody_types(visit: Visit, stage: Stage) -> None:
    """At once, before any pause: the rows too, and what the picked row is called."""
    key = an_order(stage, 8)
    address = f"/tables/shop.orders/~{key}/edit"
    ann = visit("ann", path=address)
    line = ann.page.locator("tr[id^=line-]").first
    line.locator("[name$='v.quantity']").fill("77")
    ann.page.get_by_label("Delivery note", exact=True).fill("Half a sent")
    ann.page.close(run_before_unload=False)
    ann.page = ann.context.new_page()
    ann.open("/")
    ann.page.wait_for_timeout(300)
    ann.open(address)
    expect(ann.page.locator("#draft")).to_contain_text("We kept what you typed")
    expect(ann.page.get_by_label("Delivery note", exact=True)).to_have_value("Half a sent")
    expect(ann.page.locator("tr[id^=line-]").first.locator("[name$='v.quantity']")).to_have_value("77")
    settle(ann.page)


def test_the_session_ends_while_lines_are_typed(visit: Visit, stage: Stage) -> None:
    """Signed in again, the same form stands there with all of it."""
    key = an_order(stage, 9)
    address = f"/tables/shop.orders/~{key}/edit"
    ann = visit("ann", path=address)
    ann.page.locator("tr[id^=line-]").first.locator("[name$='v.quantity']").fill("3")
    ann.page.get_by_label("Reason").fill("They called.")
    lunch(stage, "ann")
    ann.page.locator("#record-form button.primary").click()
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    ann.through_provider("ann")
    ann.page.wait_for_url(stage.origin + address)
    expect(ann.page.locator("tr[id^=line-]").first.locator("[name$='v.quantity']")).to_have_value("3")
    ann.page.locator("#record-form button.primary").click()
    expect(ann.page.locator("#flashes")).to_contain_text(re.compile("saved|Saved|waits"))


def test_who_types_on_and_on_is_kept_all_the_same(visit: Visit, stage: Stage) -> None:
    """No pause of a second and a half is needed: every ten seconds what is there is kept."""
    key, _ = customer(stage, 73)
    ann = visit("ann", path=f"/tables/shop.customers/~{key}/edit")
    notes = ann.page.get_by_label("Notes", exact=True)
    kept: list[str] = []
    ann.page.on(
        "request", lambda request: kept.append(request.url) if request.url.endswith("/drafts/") else None
    )
    notes.focus()
    for _ in range(30):
        ann.page.keyboard.type("on and ")
        ann.page.wait_for_timeout(400)
        if kept:
            break
    assert kept
    settle(ann.page)


def test_a_reference_is_picked_in_a_cell(visit: Visit, stage: Stage) -> None:
    """The same picker, in a list: its name is typed, the title stands in the cell afterwards."""
    key = an_order(stage, 11)
    _, name = customer(stage, 74)
    ann = visit("ann", path=f"/tables/shop.orders/?f.id.is={key}")
    head = ann.page.locator("thead th[data-edit=customer_id]")
    at = head.evaluate("(one) => one.cellIndex")
    cell = ann.page.locator(f"tbody tr:first-child > :nth-child({at + 1})")
    cell.dblclick(position={"x": 4, "y": 4})
    field = cell.locator("input[name='v.customer_id']")
    expect(field).to_be_focused()
    field.fill("")
    field.press_sequentially(name[:12], delay=20)
    option = ann.page.get_by_role("option").filter(has_text=name).first
    expect(option).to_be_visible()
    picture(ann.page, "cell-picker")
    option.click()
    expect(field).to_have_value(re.compile(r"\d+"))
    ann.page.keyboard.press("Enter")
    expect(cell).to_contain_text(name)

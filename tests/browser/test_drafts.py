"""A session that ends while somebody types: signed in again, the same form stands there with all of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import looked_at
from tests.browser.test_walk import customer
from tests.browser.visitor import Visit
from tests.stage import Stage


def _lunch(stage: Stage, sub: str) -> None:
    """The person's sessions have idled too long."""
    with psycopg.connect(stage.database_url) as connection:
        connection.execute(
            "UPDATE ops.session s SET seen_at = now() - interval '2 hours' FROM ops.person p "
            "WHERE p.id = s.person_id AND p.sub = %s",
            (sub,),
        )


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_typed_sent_too_late_and_there_again(visit: Visit, stage: Stage, javascript: bool) -> None:
    """With and without scripts."""
    key, _ = customer(stage, 60 + javascript)
    address = f"/tables/shop.customers/~{key}/edit"
    ann = visit("ann", path=address, javascript=javascript)
    ann.page.get_by_label("City", exact=True).fill("Typed before lunch")
    ann.page.get_by_label("Reason").fill("They moved.")
    _lunch(stage, "ann")
    ann.page.locator("#record-form button.primary").click()
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    ann.through_provider("ann")
    ann.page.wait_for_url(stage.origin + address)
    expect(ann.page.get_by_label("City", exact=True)).to_have_value("Typed before lunch")
    expect(ann.page.get_by_label("Reason")).to_have_value("They moved.")
    expect(ann.page.locator("#draft")).to_contain_text("We kept what you typed at")
    if javascript:
        found = looked_at(ann.page, "form with a draft")
        assert not found, "\n\n".join(found)
    ann.page.locator("#record-form button.primary").click()
    expect(ann.page.locator("#flashes")).to_contain_text(re.compile("saved|Saved"))
    ann.open(address)
    expect(ann.page.locator("#draft")).to_have_count(0)


def test_typing_is_kept_without_being_sent(visit: Visit, stage: Stage) -> None:
    """While one types, by htmx; in another tab it is there; discarded, it is gone."""
    key, _ = customer(stage, 62)
    address = f"/tables/shop.customers/~{key}/edit"
    ann = visit("ann", path=address)
    field = ann.page.get_by_label("City", exact=True)
    was = field.input_value()
    with ann.page.expect_response(lambda answer: answer.url.endswith("/drafts/")) as kept:
        field.fill("Half a wo")
    assert kept.value.status == 204
    expect(field).to_have_value("Half a wo")  # nothing on the page moved
    other = ann.context.new_page()
    other.goto(address)
    expect(other.get_by_label("City", exact=True)).to_have_value("Half a wo")
    pictures = os.environ.get("OPS_TEST_PICTURES")
    for width, theme in ((1280, "light"), (390, "dark")) if pictures else ():
        other.set_viewport_size({"width": width, "height": 860})
        other.emulate_media(color_scheme=theme)
        other.screenshot(path=str(Path(pictures or ".") / f"draft-{width}-{theme}.png"))
    other.get_by_role("button", name="Discard it").click()
    expect(other.locator("#flashes")).to_contain_text("What you had typed is gone.")
    expect(other.get_by_label("City", exact=True)).to_have_value(was)
    ann.page.evaluate(
        "() => document.querySelectorAll('[data-typed]').forEach((one) => delete one.dataset.typed)"
    )


def test_the_page_one_types_in_stays_when_the_session_ends(visit: Visit, stage: Stage) -> None:
    """The form keeps its words for their person; nobody is torn away in mid-sentence."""
    key, _ = customer(stage, 63)
    address = f"/tables/shop.customers/~{key}/edit"
    ann = visit("ann", path=address)
    _lunch(stage, "ann")
    with ann.page.expect_response(lambda answer: answer.url.endswith("/drafts/")) as kept:
        ann.page.get_by_label("City", exact=True).fill("Still here")
    assert kept.value.status == 204
    assert ann.page.url == stage.origin + address
    ann.page.evaluate(
        "() => document.querySelectorAll('[data-typed]').forEach((one) => delete one.dataset.typed)"
    )
    ann.open(address)
    ann.through_provider("ann")
    ann.page.wait_for_url(stage.origin + address)
    expect(ann.page.get_by_label("City", exact=True)).to_have_value("Still here")

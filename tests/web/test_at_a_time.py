"""The moment to apply at on the forms of many rows, of actions and of imports: one control, the same words, kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from ops import work
from ops.changes import bulk, schedule
from ops.platform import Platform
from tests.web.actions.test_actions import HOLD, customer, form, send
from tests.web.bulk.conftest import ManyHouse
from tests.web.imports.test_pages import bring, check, do
from tests.web.shop_house import House, settings
from tests.web.visiting import Visitor

__all__ = ["house", "settings"]

LATER = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
OVER = "2020-02-02T02:02"


@pytest.fixture
def house(app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> ManyHouse:
    return ManyHouse(app, platform, visit)


def refused(visitor: Visitor, text: str) -> None:
    """The field says what is wrong with it, and holds what was typed, opened."""
    assert visitor.answer is not None and visitor.answer.status_code == 422
    field = visitor.page.select_one("details.later[open] input[name=apply_at]")
    assert field is not None and field["value"] == text and field["aria-invalid"] == "true"
    assert "This moment is over" in visitor.page.select_one("details.later").text
    assert visitor.page.select_one(f"a[href='#{field['id']}']") is not None, "the summary leads to it"


def waits(house: House, visitor: Visitor, where: str) -> str:
    """The page of the change says what it waits for; its reference."""
    found = re.search(r"CH-\d+", where)
    assert found, where
    visitor.get(f"/changes/{found[0]}")
    assert "It waits for its time" in visitor.page.select_one("#waits").text
    assert visitor.page.select_one("#apply-at time") is not None
    assert visitor.page.select_one("#withdraw") is not None
    assert visitor.page.select_one("#progress [hx-get]") is None, "nothing changes by itself until then"
    visitor.get("/changes/?who=mine")
    assert "Apply at" in visitor.page.select_one(f"tr[id='{found[0]}']").text
    visitor.get("/")
    assert f"{found[0]} · " in visitor.page.select_one("#mine").text
    assert "to be applied" in visitor.page.select_one("#mine").text
    return found[0]


def its_time_comes(house: House, reference: str) -> None:
    """The clock leaves work, and workers do it."""
    house.sql(
        "UPDATE ops.change_set SET apply_at = now() - interval '1 second' WHERE id = :id",
        id=int(reference[3:]),
    )
    for work_id in schedule.due(house.platform.db):
        claim = work.claim(house.platform.db, work_id, "test")
        assert claim is not None
        schedule.work_on(house.platform, claim)
    for row in house.sql("SELECT id FROM ops.work WHERE kind = 'bulk' AND state = 'due'"):
        claim = work.claim(house.platform.db, row.id, "test")
        assert claim is not None
        bulk.work_on(house.platform, claim)


def test_p29_many_rows_are_changed_at_a_time(house: ManyHouse) -> None:
    ann = house.ticked("ann", "shop.tickets", "~7", "~8")
    assert ann.page.select_one("details.later input[name=apply_at]")["type"] == "datetime-local"
    house.send(ann, "shop.tickets", "add", add="subject")
    house.send(ann, "shop.tickets", "apply", **{"v.subject": "Then"}, apply_at=OVER)
    refused(ann, OVER)
    assert not house.sql("SELECT FROM ops.change_set")
    house.send(ann, "shop.tickets", "preview", apply_at=LATER)
    assert ann.page.select_one("[name=apply_at]")["value"] == LATER, "a step of the form keeps it"
    house.send(ann, "shop.tickets", "apply", apply_at=LATER)
    assert ann.answer.status_code == 303, ann.page.select_one("main").text
    reference = waits(house, ann, ann.answer.location)
    assert not house.sql("SELECT FROM shop.tickets WHERE subject = 'Then'")
    its_time_comes(house, reference)
    assert house.one("SELECT count(*) FROM shop.tickets WHERE subject = 'Then'") == 2
    ann.get(f"/changes/{reference}")
    assert "Written 2" in ann.page.select_one("#progress").text


def test_p31_many_rows_that_shall_go_at_a_time_stay_when_it_is_withdrawn(house: ManyHouse) -> None:
    ann = house.ticked("ann", "shop.tickets", "~7", do="delete")
    house.send(ann, "shop.tickets", "apply", apply_at=LATER)
    reference = re.search(r"CH-\d+", ann.answer.location)[0]
    waited = house.one("SELECT state FROM ops.change_set")
    assert waited in ("approved", "in_review")
    ann.get(f"/changes/{reference}")
    assert ann.post(f"/changes/{reference}/withdrawal").status_code == 303
    its_time_comes(house, reference)
    assert house.one("SELECT state FROM ops.change_set") == "withdrawn"
    assert house.one("SELECT count(*) FROM shop.tickets WHERE id = 7") == 1


def test_p29_an_action_on_one_row_at_a_time(house: ManyHouse) -> None:
    key = customer(house)
    ann, path = house.visit("ann"), HOLD.format(key)
    ann.get(path)
    assert ann.page.select_one("details.later input[name=apply_at]") is not None
    send(ann, path, "look", why="Unpaid")
    said = {**form(ann), "step": "do", "apply_at": OVER}
    ann.post(path, said, csrf=said.pop("csrf_token"))
    refused(ann, OVER)
    send(ann, path, "look", why="Unpaid")
    said = {**form(ann), "step": "do", "apply_at": LATER}
    assert ann.post(path, said, csrf=said.pop("csrf_token")).status_code == 303
    reference = waits(house, ann, ann.answer.location)
    assert house.one("SELECT status FROM shop.customers WHERE id = :id", id=key) == "active"
    its_time_comes(house, reference)
    assert house.one("SELECT status FROM shop.customers WHERE id = :id", id=key) == "on_hold"


def test_p29_an_action_on_one_row_that_moved_meanwhile_is_a_conflict(house: ManyHouse) -> None:
    key = customer(house)
    ann, path = house.visit("ann"), HOLD.format(key)
    ann.get(path)
    send(ann, path, "look", why="Unpaid")
    said = {**form(ann), "step": "do", "apply_at": LATER}
    ann.post(path, said, csrf=said.pop("csrf_token"))
    reference = waits(house, ann, ann.answer.location)
    house.sql("UPDATE shop.customers SET status = 'closed' WHERE id = :id", id=key)
    its_time_comes(house, reference)
    assert house.one("SELECT state FROM ops.change_set") == "conflicted"
    assert house.one("SELECT status FROM shop.customers WHERE id = :id", id=key) == "closed"


def test_p29_an_action_on_many_rows_at_a_time(house: ManyHouse) -> None:
    found = house.sql("SELECT id FROM shop.customers WHERE status = 'active' AND country <> 'IS' LIMIT 3")
    keys = [f"~{row.id}" for row in found]
    ann, path = house.visit("ann"), "/tables/shop.customers/act/hold"
    ann.get(path + "?" + "&".join(f"k={key}" for key in keys))
    csrf, token = ann.token(), form(ann)["form_token"]
    fields = {"k": keys, "list": "", "a.why": "Unpaid", "form_token": token, "step": "do"}
    ann.post(path, {**fields, "apply_at": OVER}, csrf=csrf)
    refused(ann, OVER)
    assert ann.post(path, {**fields, "apply_at": LATER}, csrf=csrf).status_code == 303
    reference = waits(house, ann, ann.answer.location)
    assert house.one("SELECT count(*) FROM shop.customers WHERE notes LIKE '%On hold: Unpaid'") == 0
    its_time_comes(house, reference)
    assert house.one("SELECT count(*) FROM shop.customers WHERE notes LIKE '%On hold: Unpaid'") == 3


def test_p29_an_action_on_no_row_at_a_time(house: ManyHouse) -> None:
    ann, path = house.visit("ann"), "/tables/shop.tickets/act/report"
    ann.get(path)
    before = house.one("SELECT count(*) FROM shop.tickets")
    send(ann, path, "look", subject="No light", noticed_on="2026-11-21")
    said = {**form(ann), "step": "do", "apply_at": LATER}
    assert ann.post(path, said, csrf=said.pop("csrf_token")).status_code == 303
    reference = waits(house, ann, ann.answer.location)
    assert house.one("SELECT count(*) FROM shop.tickets") == before
    its_time_comes(house, reference)
    assert house.one("SELECT count(*) FROM shop.tickets") == before + 1


def test_p29_an_import_at_a_time(house: ManyHouse) -> None:
    ann = house.visit("ann")
    first = house.one("SELECT min(id) FROM shop.customers WHERE country <> 'IS'")
    address = bring(ann, f"id;name\n{first};A later name\n")
    check(house, ann, address)
    ann.get(address)
    assert ann.page.select_one("#proposal details.later input[name=apply_at]") is not None
    token = ann.page.select_one("#proposal [name=form_token]")["value"]
    said = {"reason": "the yearly list", "how": "chunks", "form_token": token}
    ann.post(f"{address}/proposal", {**said, "apply_at": OVER})
    assert ann.answer.status_code == 422
    field = ann.page.select_one("#proposal details.later[open] input[name=apply_at]")
    assert field["value"] == OVER and "This moment is over" in ann.page.select_one("#proposal").text
    assert ann.post(f"{address}/proposal", {**said, "apply_at": LATER}).status_code == 303
    where = ann.answer.location
    do(house, address)
    reference = waits(house, ann, where)
    assert not house.sql("SELECT FROM shop.customers WHERE name = 'A later name'")
    its_time_comes(house, reference)
    assert house.one("SELECT id FROM shop.customers WHERE name = 'A later name'") == first


def test_the_moment_is_of_the_person_s_own_zone(house: ManyHouse) -> None:
    """What is typed is of their clocks, and an hour that these skip is none."""
    ann = house.ticked("ann", "shop.tickets", "~7")
    house.sql("UPDATE ops.person SET timezone = 'America/New_York' WHERE sub = 'ann'")
    ann.get("/tables/shop.tickets/many?k=~7&do=edit")
    assert "America/New_York" in ann.page.select_one("details.later").text
    house.send(ann, "shop.tickets", "add", add="subject")
    house.send(ann, "shop.tickets", "apply", **{"v.subject": "Then"}, apply_at="2027-03-14T02:30")
    assert ann.answer.status_code == 422 and "skip this hour" in ann.page.select_one("details.later").text
    house.send(ann, "shop.tickets", "apply", apply_at="2027-03-14T03:30")
    at = house.one("SELECT apply_at FROM ops.change_set")
    assert at.astimezone(UTC).strftime("%H:%M") == "07:30"

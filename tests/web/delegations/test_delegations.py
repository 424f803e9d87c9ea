"""Lending one's seat by the page: for whole days of one's own, told to the other, ended by either, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ops import notices, outbox
from ops.platform import Platform
from tests.web.visiting import Visitor

Visit = Callable[..., Visitor]


def sql(platform: Platform, text: str, **values: object) -> list[Any]:
    with platform.db.transaction() as tx:
        done = tx.execute(sa.text(text), values)
        return list(done.all()) if done.returns_rows else []


def person(platform: Platform, sub: str) -> int:
    return int(sql(platform, "SELECT id FROM ops.person WHERE sub = :sub", sub=sub)[0][0])


def day(shift: int) -> str:
    return (datetime.now(UTC) + timedelta(days=shift)).date().isoformat()


def test_bo_lends_his_seat_and_takes_it_back(visit: Visit, platform: Platform) -> None:
    oz, bo = visit("oz"), visit("bo")
    bo.get("/delegations/")
    assert "Nobody decides for you" in bo.page.select_one("main").text
    offered = {one.text for one in bo.page.select("select[name=to] option") if one["value"]}
    assert len(offered) == 1  # the owner: nobody else here decides
    token = bo.page.select_one("#delegate input[name=form_token]")["value"]
    form = {
        "to": str(person(platform, "oz")),
        "starts": day(0),
        "ends": day(3),
        "reason": "<b>holiday</b>",
        "form_token": token,
    }
    bo.post("/delegations/", form)
    bo.follow()
    assert "decides for you from" in bo.page.select_one("#flashes").text
    assert "<b>holiday</b>" in bo.page.select_one("#given").text
    bo.post("/delegations/", form)  # the same form once more
    assert len(sql(platform, "SELECT FROM ops.delegation")) == 1
    row = sql(platform, "SELECT starts_at, ends_at FROM ops.delegation")[0]
    assert row.ends_at - row.starts_at in (
        timedelta(days=4),
        timedelta(days=4, hours=1),
        timedelta(days=3, hours=23),
    )
    while outbox.drain(platform.db, notices.HANDLERS):
        pass
    oz.get("/notices/")
    assert "has asked you to decide in their place" in oz.page.select_one("#inbox").text
    oz.get("/delegations/")
    assert "holiday" in oz.page.select_one("#taken").text
    bo.get("/delegations/")
    bo.post(bo.page.select_one("#given form")["action"])
    bo.follow()
    assert "It has ended" in bo.page.select_one("#flashes").text
    assert "taken back" in bo.page.select_one("#given").text
    actions = [
        row.action
        for row in sql(platform, "SELECT action FROM ops.event WHERE action LIKE 'delegation.%' ORDER BY id")
    ]
    assert actions == ["delegation.given", "delegation.ended"]


def test_what_was_typed_is_kept_with_what_is_wrong(visit: Visit, platform: Platform) -> None:
    visit("oz")
    bo = visit("bo")
    bo.get("/delegations/")
    answer = bo.post(
        "/delegations/",
        {"to": str(person(platform, "bo")), "starts": day(2), "ends": day(1), "reason": " why "},
    )
    assert answer.status_code == 422
    errors = bo.page.select_one("#errors").text
    assert "Choose somebody else than yourself" in errors and "must not be before the first" in errors
    assert bo.page.select_one("textarea[name=reason]").text.strip() == "why"
    assert bo.page.select_one("input[name=starts]")["value"] == day(2)
    for bad in ("yesterday", "9999-12-31", "\x00", ""):
        bo.get("/delegations/")
        assert (
            bo.post("/delegations/", {"to": "1", "starts": bad, "ends": bad, "reason": "x"}).status_code
            == 422
        )
    assert sql(platform, "SELECT FROM ops.delegation") == []


def test_who_decides_nothing_lends_nothing(visit: Visit, platform: Platform) -> None:
    """P13; and nobody ends what is others'."""
    visit("oz")
    ann, bo = visit("ann"), visit("bo")
    ann.get("/delegations/")
    assert ann.page.select_one("#delegate") is None
    form = {"to": str(person(platform, "oz")), "starts": day(0), "ends": day(1), "reason": "x"}
    ann.get("/people/me")
    assert ann.post("/delegations/", form).status_code == 403
    bo.get("/delegations/")
    bo.post("/delegations/", form)
    made = sql(platform, "SELECT id FROM ops.delegation")[0][0]
    ann.get("/people/me")
    ann.post(f"/delegations/{made}/end")
    assert sql(platform, "SELECT ended_at FROM ops.delegation")[0][0] is None

"""The inbox: one's own notices, a page at a time, marked as read by forms alone; choices that are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from ops.platform import Platform
from tests.web.visiting import Visitor

Visit = Callable[..., Visitor]


def sql(platform: Platform, text: str, **values: object) -> list[Any]:
    with platform.db.transaction() as tx:
        done = tx.execute(sa.text(text), values)
        return list(done.all()) if done.returns_rows else []


def told(platform: Platform, sub: str, many: int) -> None:
    sql(
        platform,
        "INSERT INTO ops.notice (outbox_id, person_id, text, href, kind) "
        "SELECT n, p.id, 'Notice <i>' || n || '</i>', '/changes/CH-' || n, 'outcomes' "
        "FROM ops.person p, generate_series(1, :many) AS n WHERE p.sub = :sub",
        many=many,
        sub=sub,
    )


def test_an_empty_inbox_says_so(visit: Visit) -> None:
    visitor = visit("ann")
    visitor.get("/notices/")
    assert "No notices" in visitor.page.select_one("main").text
    visitor.get("/notices/?show=unread")
    assert "You have read everything" in visitor.page.select_one("main").text


def test_pages_of_the_inbox_and_reading_them(visit: Visit, platform: Platform) -> None:
    """P19, P45: sixty notices are two pages; a mark is a POST, and only of what was on the page."""
    visitor, other = visit("ann"), visit("bo")
    told(platform, "ann", 60)
    told(platform, "bo", 1)
    visitor.get("/notices/")
    assert len(visitor.page.select("#inbox li")) == 50
    assert "Notice <i>60</i>" in visitor.page.select_one("#inbox").text
    older = visitor.page.select_one("a[rel=next]")["href"]
    mark = visitor.page.select_one("#inbox form")
    newest = visitor.page.select_one("#read-notices input[name=newest]")["value"]
    sql(platform, "UPDATE ops.notice SET outbox_id = outbox_id + 100")  # meanwhile …
    told(platform, "ann", 1)  # … another one comes
    visitor.post(mark["action"], {"next": "/notices/"})
    assert sql(platform, "SELECT count(*) FROM ops.notice WHERE read_at IS NOT NULL")[0][0] == 1
    visitor.get("/notices/")
    visitor.post("/notices/read", {"newest": newest, "next": "/notices/?show=unread"})
    visitor.follow()
    assert "All notices are read" in visitor.page.select_one("#flashes").text
    assert len(visitor.page.select("#inbox li")) == 1
    visitor.get(older)
    assert len(visitor.page.select("#inbox li")) == 10
    other.get("/notices/")
    assert len(other.page.select("#inbox b")) == 1  # nobody else's were touched
    theirs = other.page.select_one("#inbox form")["action"]
    visitor.get("/notices/")
    visitor.post(theirs, {"next": "https://evil.example/"})
    assert visitor.answer.headers["Location"] == "/"
    other.get("/notices/")
    assert len(other.page.select("#inbox b")) == 1


def test_a_burst_is_one_line_for_the_page_the_bell_and_the_desk(visit: Visit, platform: Platform) -> None:
    visitor = visit("ann")
    sql(
        platform,
        "INSERT INTO ops.notice (outbox_id, person_id, text, href, kind, many, bundle, read_at) "
        "SELECT n, p.id, 'Bo said something about CH-7', '/changes/CH-7?at=' || n, 'comments', "
        "CASE n WHEN 3 THEN 3 ELSE 0 END, 1, CASE WHEN n < 3 THEN now() END "
        "FROM ops.person p, generate_series(1, 3) AS n WHERE p.sub = 'ann'",
    )
    visitor.get("/notices/")
    (line,) = visitor.page.select("#inbox li")
    assert "Bo said something about CH-7 (3 new comments)" in line.text
    assert line.select_one("a")["href"] == "/changes/CH-7?at=3"
    assert visitor.page.select_one('a[href="/notices/"][aria-label="Notices, 1 unread"]') is not None
    visitor.get("/")
    assert "(3 new comments)" in visitor.page.select_one("#notices").text
    visitor.get("/notices/")
    visitor.post(visitor.page.select_one("#inbox form")["action"], {"next": "/notices/"})
    visitor.follow()
    (line,) = visitor.page.select("#inbox li")
    assert "Bo said something about CH-7 (3 comments)" in line.text and line.select("b") == []


def test_what_a_notice_is_about_is_named_to_who_may_see_it(visit: Visit, platform: Platform) -> None:
    """P14: the reference is told; the row's name only where it is theirs to see."""
    ann, dee = visit("ann"), visit("dee")
    sql(
        platform,
        "INSERT INTO public.thing VALUES (1, 'SECRET-4711');"
        "INSERT INTO ops.change_set (id, title, source, state, digest, proposer_id) "
        "SELECT 1042, 'Edit thing', 'form', 'applied', 'd', id FROM ops.person WHERE sub = 'ann';"
        "INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest, row_key) "
        "VALUES (1042, 0, 'update', 'public', 'thing', 'x', '[\"1\"]');"
        "INSERT INTO ops.notice (outbox_id, person_id, text, href, change_id) "
        "SELECT 7, id, 'CH-1042 was applied', '/changes/CH-1042', 1042 FROM ops.person",
    )
    ann.get("/notices/")
    assert "Edit thing" in ann.page.select_one("#inbox").text
    dee.get("/notices/")
    assert "CH-1042 was applied" in dee.page.select_one("#inbox").text
    assert "thing" not in dee.page.select_one("#inbox").text and "SECRET" not in dee.answer.text


def test_choices_are_kept_and_are_in_the_trail(visit: Visit, platform: Platform) -> None:
    """P35."""
    visitor = visit("ann")
    visitor.get("/notices/preferences")
    assert "No mail server is set up here" in visitor.page.select_one("main").text
    kinds = [one["name"] for one in visitor.page.select("#preferences select")]
    assert kinds == [
        "asks",
        "reminders",
        "outcomes",
        "mentions",
        "comments",
        "delegations",
        "handed_over",
        "alarms",
        "emergencies",
        "hour",
    ]
    assert {one["value"] for one in visitor.page.select("select[name=alarms] option")} == {"mail", "app"}
    visitor.post("/notices/preferences", {"asks": "digest", "outcomes": "none", "hour": "9"})
    visitor.follow()
    assert "Your choices are kept" in visitor.page.select_one("#flashes").text
    chosen = {
        one["name"]: one.select_one("option[selected]")["value"]
        for one in visitor.page.select("select.input")
    }
    assert (chosen["asks"], chosen["outcomes"], chosen["alarms"], chosen["hour"]) == (
        "digest",
        "none",
        "mail",
        "9",
    )
    assert sql(platform, "SELECT count(*) FROM ops.event WHERE action = 'notices.chosen'")[0][0] == 1


@pytest.mark.parametrize("bad", [{"asks": "loudly"}, {"alarms": "none"}, {"hour": "24"}])
def test_choices_that_do_not_exist_change_nothing(
    visit: Visit, platform: Platform, bad: dict[str, str]
) -> None:
    """P15."""
    visitor = visit("ann")
    visitor.get("/notices/preferences")
    assert visitor.post("/notices/preferences", {"outcomes": "none", **bad}).status_code == 422
    assert "Not kept" in visitor.page.select_one("main").text
    assert sql(platform, "SELECT count(*) FROM ops.notice_choice")[0][0] == 0

"""The log of signing in and out: who came, who was turned away and why; read under the trail's own rules."""

from __future__ import annotations

from ops.audit import Entry, record
from ops.db import statements
from tests.web.people.conftest import Town


def test_comings_goings_and_refusals(house: Town) -> None:
    """P35."""
    ann = house.visit("ann")
    ann.get("/people/me")
    ann.post("/sign-out")
    house.visit("dee")
    house.sql("UPDATE ops.person SET disabled_at = now(), disabled_by = 'hand' WHERE sub = 'dee'")
    again = house._visit()
    again.get(again.from_provider(again.to_provider(), "dee"))
    assert again.answer.status_code == 403
    oz = house.visit("oz")
    oz.get("/people/sign-ins/")
    lines = [row.get_text(" ", strip=True) for row in oz.page.select("tbody tr")]
    assert "Oz Park" in lines[0] and "Signed in" in lines[0]
    assert "Turned away" in lines[1] and "switched off here" in lines[1]
    assert "Dee Field" in lines[2] and "Some groups mean nothing here." in lines[2]
    assert "Ann Arbor" in lines[3] and "Signed out" in lines[3]
    assert "Ann Arbor" in lines[4] and "127.0.0.1" in lines[4]
    for kind, count in (("in", 3), ("refused", 1), ("out", 1), ("ended", 0), ("nonsense", 5)):
        oz.get(f"/people/sign-ins/?kind={kind}")
        assert len(oz.page.select("tbody tr")) == count, kind


def test_filters_are_kept_while_paging(house: Town) -> None:
    """P45."""
    oz = house.visit("oz")
    ann = house.id_of("ann")
    who = house.actor("ann")
    with house.platform.db.transaction() as tx:
        record(tx, who, [Entry("sign_in")] * 119)
    seen, path = [], f"/people/sign-ins/?who={ann}&kind=in"
    while path:
        oz.get(path)
        assert "Ann Arbor" in oz.page.select_one(".chip").text
        seen += [row["id"] for row in oz.page.select("tbody tr")]
        following = oz.page.select_one(".pager [rel=next]")
        path = following["href"] if following else ""
    assert len(seen) == len(set(seen)) == 120
    oz.get(oz.page.select_one(".pager [rel=prev]")["href"])
    assert [row["id"] for row in oz.page.select("tbody tr")] == seen[50:100]
    oz.get("/people/sign-ins/?from=2001-01-01&to=2001-01-02")
    assert "Nothing of this kind" in oz.page.text
    oz.get("/people/sign-ins/?from=9999-99-99&to=x&who=x&older=x")
    assert len(oz.page.select("tbody tr")) == 50


def test_it_is_for_readers_of_people_and_reading_is_an_event(house: Town) -> None:
    """P13, P35: few statements, one of them the event."""
    for sub, status in (("ann", 403), ("dee", 403), ("bo", 200), ("cy", 200), ("oz", 200)):
        assert house.visit(sub).get("/people/sign-ins/").status_code == status, sub
    before = house.events("trail.read"), statements()
    house.visit("cy").get("/people/sign-ins/?kind=refused")
    assert statements() - before[1] <= 12
    assert house.events("trail.read") == before[0] + 1
    assert house.last("trail.read")["facts"] == {"signings_of": "everybody", "kind": "refused"}

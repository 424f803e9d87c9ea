"""Open sessions: everybody's are seen by readers and ended by owners; people end their own."""

from __future__ import annotations

from ops.db import statements
from tests.web.people.conftest import Town


def test_an_owner_ends_anybody_s(house: Town) -> None:
    """P12: the copied cookie is dead at once; who did it stands in the trail."""
    ann, oz = house.id_of("ann"), house.visit("oz")
    oz.get("/people/sessions/")
    assert "this one" in oz.page.select_one("tbody").text
    row = next(one for one in oz.page.select("tbody tr") if "Ann Arbor" in one.text)
    oz.post(row.form["action"], {"back": "/people/sessions/"})
    oz.follow()
    assert "The session of Ann Arbor has ended" in oz.page.select_one("#flashes").text
    assert house.visit("ann").get("/tables/").status_code == 303
    told = house.last("session.ended")
    assert told["facts"]["person"] == str(ann) and told["person"] == house.id_of("oz")
    oz.post(row.form["action"])
    oz.follow()
    assert "No such session" in oz.page.select_one("#flashes").text


def test_all_of_one_person(house: Town) -> None:
    ann, oz = house.id_of("ann"), house.visit("oz")
    house._visit("ann")
    oz.get(f"/people/{ann}")
    assert oz.page.select_one("#end-all")
    oz.post(f"/people/{ann}/sessions/end")
    oz.follow()
    assert "2 sessions of Ann Arbor have ended" in oz.page.select_one("#flashes").text
    assert house.last("session.ended")["facts"]["sessions"] == "2"
    oz.get(f"/people/sign-ins/?who={ann}&kind=ended")
    assert (
        "By Oz Park" in oz.page.select_one("tbody").text and "Ann Arbor" in oz.page.select_one("tbody").text
    )


def test_readers_end_nobody_s_but_their_own(house: Town) -> None:
    """P12, P13."""
    ann, cy = house.id_of("ann"), house.visit("cy")
    cy.get("/people/sessions/")
    row = next(one for one in cy.page.select("tbody tr") if "Ann Arbor" in one.text)
    assert row.form is None
    assert cy.page.select("tbody form")
    assert cy.post(f"/people/{ann}/sessions/end").status_code == 403
    ref = house.one(
        "SELECT substr(encode(sha256(id), 'hex'), 1, 32) FROM ops.session WHERE person_id = :id", id=ann
    )
    cy.get("/people/sessions/")
    assert cy.post(f"/people/{ann}/sessions/{ref}/end").status_code == 403
    assert house.visit("ann").get("/tables/").status_code == 200
    assert house.visit("ann").get("/people/sessions/").status_code == 403


def test_a_session_is_named_without_its_key(house: Town) -> None:
    """P5: what the page holds signs nobody in, and finds no row by itself."""
    oz = house.visit("oz")
    oz.get("/people/sessions/")
    key = house.one("SELECT encode(id, 'hex') FROM ops.session LIMIT 1")
    assert key not in oz.answer.text and (oz.cookie or "-") not in oz.answer.text


def test_pages_of_sessions(house: Town) -> None:
    """P45: also where many began at the same moment."""
    ann, oz = house.id_of("ann"), house.visit("oz")
    house.sql(
        "INSERT INTO ops.session (id, person_id, expires_at) "
        "SELECT sha256(n::text::bytea), :id, now() + interval '1 hour' FROM generate_series(1, 130) n",
        id=ann,
    )
    seen, path = [], f"/people/sessions/?who={ann}"
    while path:
        oz.get(path)
        seen += [row["id"] for row in oz.page.select("tbody tr")]
        following = oz.page.select_one(".pager [rel=next]")
        path = following["href"] if following else ""
    assert len(seen) == len(set(seen)) == 131
    oz.get("/people/sessions/?after=nonsense")
    before = statements()
    assert oz.get("/people/sessions/").status_code == 200
    assert statements() - before <= 4
    assert oz.get("/people/sessions/?who=0").status_code == 404

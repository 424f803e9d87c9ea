"""Signing in and out through the demo provider, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from ops.identity import demo_provider, sessions
from ops.platform import Platform
from tests.web.visiting import Visitor

Visit = Callable[..., Visitor]


def run(platform: Platform, statement: str, **values: object) -> None:
    with platform.db.transaction() as tx:
        tx.execute(sa.text(statement), values)


def events(platform: Platform) -> list[tuple[str, str]]:
    with platform.db.reading() as tx:
        return [
            tuple(row) for row in tx.execute(sa.text("SELECT action, outcome FROM ops.event ORDER BY id"))
        ]


@pytest.mark.parametrize("person", demo_provider.CAST, ids=lambda person: person.sub)
def test_the_cast_signs_in(visit: Visit, platform: Platform, person: demo_provider.DemoPerson) -> None:
    visitor = visit()
    page = visitor.get("/sign-in")
    assert page.status_code == 200
    assert person.sub in visitor.page.select_one("#cast").text
    assert visitor.sign_in(person.sub).status_code == 200
    assert person.name in visitor.page.select_one("header.bar").text
    assert events(platform)[0] == ("sign_in", "done")


def test_after_signing_in_people_are_where_they_were_going(visit: Visit) -> None:
    visitor = visit()
    assert visitor.get("/tables/?q=x").status_code == 303
    assert visitor.answer.headers["Location"] == "/sign-in?next=%2Ftables%2F%3Fq%3Dx"
    visitor.sign_in("ann", back="/tables/?q=x")
    assert visitor.answer.request.full_path.startswith("/tables/?q=x")


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/sign-out",
        "/%0d%0a",
    ],
)
def test_next_is_only_ever_our_own_path(visit: Visit, back: str) -> None:
    """P25."""
    visitor = visit()
    visitor.get(visitor.from_provider(visitor.to_provider(back), "ann"))
    # An encoded line end stays encoded, and so is part of a path of ours.
    assert visitor.answer.headers["Location"] in ("/", "/%0d%0a")


def test_the_session_is_new_at_sign_in_and_the_cookie_is_closed(visit: Visit) -> None:
    """P5."""
    visitor = visit()
    visitor.get("/sign-in")
    before = visitor.cookie
    set_cookie = visitor.answer.headers["Set-Cookie"]
    visitor.sign_in("ann")
    assert visitor.cookie not in (None, before)
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    assert "Path=/" in set_cookie
    old = visit()
    old.client.set_cookie("countersign", before or "", domain="localhost")
    assert old.get("/").status_code == 303


def test_state_is_bound_to_the_browser_and_counts_once(visit: Visit, platform: Platform) -> None:
    """P1: another browser, a second time, or a made-up state sign nobody in."""
    first, second = visit(), visit()
    address = first.from_provider(first.to_provider(), "ann")
    second.get("/sign-in")
    assert second.get(address).status_code == 400
    assert second.get("/auth/callback?code=x&state=made-up").status_code == 400
    assert first.get(address).status_code == 303
    assert first.get(address).status_code == 400
    assert second.get("/").status_code == 303
    assert events(platform) == [("sign_in", "done"), ("roles.changed", "done")]


def test_a_made_up_code_is_refused_and_written_down(visit: Visit, platform: Platform) -> None:
    """P35: kindly to the person, with an id; the reason is in the trail."""
    visitor = visit()
    begun = visitor.to_provider()
    state = begun.partition("state=")[2].partition("&")[0]
    assert visitor.get(f"/auth/callback?code=made-up&state={state}").status_code == 403
    assert "Signing in did not work" in visitor.page.text
    assert visitor.answer.headers["X-Request-Id"] in visitor.page.text
    assert events(platform) == [("sign_in", "refused")]


def test_sign_out_ends_it_here_and_at_the_provider(visit: Visit, provider: str) -> None:
    """P6: a copied cookie is dead at once."""
    visitor, thief = visit("ann"), visit()
    thief.client.set_cookie("countersign", visitor.cookie or "", domain="localhost")
    assert thief.get("/").status_code == 200
    visitor.get("/")
    answer = visitor.post("/sign-out")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{provider}/oauth2/end_session?")
    assert "id_token_hint=" in answer.headers["Location"]
    assert visitor.cookie is None
    assert thief.get("/").status_code == 303


def test_sessions_end_by_the_databases_clock(visit: Visit, platform: Platform) -> None:
    """P8."""
    visitor = visit("ann")
    run(platform, "UPDATE ops.session SET seen_at = now() - interval '31 minutes'")
    assert visitor.get("/").status_code == 303
    run(platform, "UPDATE ops.session SET seen_at = now()")
    assert visitor.get("/").status_code == 200
    run(platform, "UPDATE ops.session SET expires_at = now()")
    assert visitor.get("/").status_code == 303


def test_being_there_is_noted_once_a_minute(visit: Visit, platform: Platform) -> None:
    """P8."""
    visitor = visit("ann")
    ago = "SELECT extract(epoch FROM now() - seen_at) FROM ops.session WHERE person_id IS NOT NULL"
    for seconds, left in ((30, 30), (90, 0)):
        run(platform, "UPDATE ops.session SET seen_at = now() - make_interval(secs => :s)", s=seconds)
        visitor.get("/")
        with platform.db.reading() as tx:
            assert abs(float(tx.scalar(sa.text(ago))) - left) < 5


def test_switching_somebody_off_ends_their_open_session(visit: Visit, platform: Platform) -> None:
    """P9."""
    visitor = visit("ann")
    run(platform, "UPDATE ops.person SET disabled_at = now()")
    assert visitor.get("/").status_code == 303
    fresh = visit()
    fresh.get(fresh.from_provider(fresh.to_provider(), "ann"))
    assert fresh.answer.status_code == 403
    assert "switched off" in fresh.page.text


def test_a_role_taken_away_counts_at_the_next_page(visit: Visit, platform: Platform) -> None:
    """P9."""
    visitor = visit("ann")
    assert "/tables/thing/" in {a["href"] for a in visitor.page.select("#rail a")}
    run(platform, "DELETE FROM ops.person_role")
    visitor.get("/")
    assert "/tables/thing/" not in {a["href"] for a in visitor.page.select("#rail a")}


def test_the_stranger_is_told_that_nothing_was_granted(visit: Visit) -> None:
    """P4: shown as a warning, once on arrival and always on the account page."""
    visitor = visit("dee")
    assert "You have no role here" in visitor.page.select_one("#flashes").text
    visitor.get("/")
    assert not visitor.page.select_one("#flashes").text.strip()
    visitor.get("/people/me")
    assert "mean nothing here" in visitor.page.select_one("main").text


def test_a_dead_provider_does_not_bother_those_signed_in(visit: Visit, app: Flask) -> None:
    """P10."""
    visitor = visit("ann")
    for client in app.extensions["countersign"].providers.values():
        object.__setattr__(client.provider, "issuer", "http://127.0.0.1:9")
        client._metadata = None
    assert visitor.get("/").status_code == 200
    other = visit()
    assert other.get("/sign-in").status_code == 200
    answer = other.post("/sign-in", {"provider": "1"})
    assert answer.status_code == 503
    assert "does not answer" in other.page.text


def test_people_see_and_end_their_own_sessions(visit: Visit, platform: Platform) -> None:
    """P12."""
    here, there = visit("ann"), visit("ann")
    here.get("/people/me")
    forms = here.page.select("#sessions form")
    assert len(forms) == 2
    with platform.db.reading() as tx:
        me = tx.scalar(sa.text("SELECT id FROM ops.person"))
        other = next(s for s in sessions.list_open(tx, me, here.cookie) if not s.current)
    assert here.post(f"/people/me/sessions/{other.ref}/end").status_code == 303
    assert there.get("/").status_code == 303
    assert here.get("/people/me").status_code == 200
    assert ("session.ended", "done") in events(platform)


def test_loopback_names_meet_at_the_public_one(visit: Visit) -> None:
    visitor = visit()
    answer = visitor.client.get("/sign-in", base_url="http://127.0.0.1:8000")
    assert answer.headers["Location"] == "http://localhost:8000/sign-in"

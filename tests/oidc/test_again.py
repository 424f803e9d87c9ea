"""Proving anew who one is, before something sensitive (P11)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from ops.platform import Platform
from ops.web.gate import needs, signed_in
from tests.oidc.conftest import Person
from tests.oidc.independent import AtTheProvider

Visit = Callable[..., Person]


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application with one sensitive address, as the pages of people and roles have them."""

    @needs(signed_in, fresh=300)
    def sensitive() -> str:
        return "done"

    app._got_first_request = False  # the server of the fixture has not answered yet
    app.add_url_rule("/sensitive", "sensitive", sensitive, methods=["GET", "POST"])
    return app


def age(platform: Platform, minutes: int | None) -> None:
    """Let the proof of every session be that old; None: never told."""
    with platform.db.transaction() as tx:
        tx.execute(
            sa.text("UPDATE ops.session SET auth_time = now() - make_interval(mins => :minutes)"),
            {"minutes": minutes},
        )


def test_a_fresh_sign_in_is_asked_and_leads_back(visit: Visit, platform: Platform) -> None:
    """P11: the provider asks although its own session lives, and says when; another session id (P5)."""
    ann = visit("ann")
    age(platform, 6)
    assert ann.get("/sensitive?x=1").headers["Location"] == "/sign-in/again?next=%2Fsensitive%3Fx%3D1"
    ann.follow()
    assert "Confirm that it is you" in ann.page.text
    before = ann.cookie
    answer = ann.post("/sign-in/again", {"next": "/sensitive?x=1"})
    address = answer.headers["Location"]
    assert "max_age=300" in address
    assert "prompt=login" in address
    assert ann.there.asks(address)
    ann.get(ann.from_provider(address, "ann"))
    assert ann.follow().text == "done"
    assert ann.answer is not None
    assert ann.answer.request.full_path == "/sensitive?x=1"
    assert ann.cookie != before


@pytest.mark.parametrize("minutes", [None, 6, 60])
def test_without_a_fresh_proof_nothing_happens(visit: Visit, platform: Platform, minutes: int | None) -> None:
    """P11: a form is not taken either; its sender goes to the page it was on after the proof."""
    ann = visit("ann")
    age(platform, minutes)
    ann.get("/people/me")
    answer = ann.post("/sensitive", Referer=f"{ann.origin}/people/me")
    assert answer.headers["Location"] == "/sign-in/again?next=%2Fpeople%2Fme"
    part = ann.get("/sensitive", **{"HX-Request": "true", "HX-Request-Type": "partial"})
    assert part.headers["HX-Redirect"].startswith("/sign-in/again?")


def test_somebody_else_confirms_nothing(visit: Visit, platform: Platform) -> None:
    """P11: the session stays whose it was, and as old."""
    ann = visit("ann")
    age(platform, 6)
    ann.get("/sign-in/again")
    address = ann.post("/sign-in/again").headers["Location"]
    ann.there = AtTheProvider()
    assert ann.get(ann.from_provider(address, "oz")).status_code == 403
    assert "Somebody else than you came back" in ann.page.text
    ann.get("/people/me")
    assert ann.page.select_one("h1").text == "Ann"
    assert ann.get("/sensitive").status_code == 303


def test_the_application_cannot_be_asked_by_others(visit: Visit, platform: Platform) -> None:
    """P21, P25: our own form alone, back to our own pages alone."""
    ann = visit("ann")
    age(platform, 6)
    ann.get("/sign-in/again?next=https://evil.example/")
    assert ann.page.select_one("input[name=next]")["value"] == "/"
    assert ann.post("/sign-in/again", site="cross-site").status_code == 403

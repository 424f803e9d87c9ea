"""The provider dead, slow, talking nonsense, with new keys: people signed in go on, sign-in fails kindly (P10)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask

from tests.oidc.conftest import Person
from tests.oidc.independent import Independent

Visit = Callable[..., Person]


@pytest.mark.parametrize("wish", [{"mode": "dead"}, {"mode": "garbage"}, {"mode": "slow", "seconds": 60}])
@pytest.mark.parametrize("known", [True, False], ids=["description known", "never reached"])
def test_people_signed_in_go_on_and_sign_in_says_so(
    visit: Visit, provider: Independent, app: Flask, wish: dict[str, object], known: bool
) -> None:
    """P10: whoever asks the provider is told within 15 s; whoever does not notices nothing, all the while."""
    ann, begun = visit("ann"), visit()
    address = begun.from_provider(begun.to_provider(), "oz")
    provider.control(**wish)
    client = app.extensions["countersign"].providers[1]
    if not known:
        client._metadata = None
    took: list[float] = []
    slowest = 0.0

    def finish() -> None:
        began = time.monotonic()
        assert begun.get(address).status_code == 503
        took.append(time.monotonic() - began)

    thread = threading.Thread(target=finish)
    thread.start()
    while thread.is_alive():
        began = time.monotonic()
        assert ann.get("/").status_code == 200
        slowest = max(slowest, time.monotonic() - began)
        thread.join(0.2)
    assert took[0] < 15
    assert slowest < 2
    assert "does not answer right now" in begun.page.text
    assert begun.answer is not None
    assert begun.answer.headers["X-Request-Id"] in begun.page.text
    provider.control(mode="well")
    client._failed_at = float("-inf")  # ten seconds later
    begun.sign_in("oz")
    assert begun.get("/").status_code == 200


def test_sign_out_works_while_the_provider_is_away(visit: Visit, provider: Independent) -> None:
    """P6, P10: here it is over at once, whatever the provider does."""
    ann = visit("ann")
    ann.get("/people/me")
    provider.control(mode="dead")
    cookie = ann.cookie
    assert ann.post("/sign-out").status_code in (200, 303)
    thief = visit()
    thief.client.set_cookie("countersign", cookie or "", domain="localhost")
    assert thief.get("/").status_code == 303


def test_rotated_keys_are_picked_up_at_the_next_sign_in(
    visit: Visit, provider: Independent, app: Flask
) -> None:
    """P10: asked for when a token names an unknown key, at most once a minute."""
    visit("ann")
    client = app.extensions["countersign"].providers[1]
    asked = provider.control()["asked"]["/jwks"]
    for _ in range(3):
        visit("ann")
    assert provider.control()["asked"]["/jwks"] == asked
    provider.control(rotate=True)
    early = visit()
    early.get(early.from_provider(early.to_provider(), "ann"))
    assert early.answer is not None
    assert early.answer.status_code == 403
    assert "Try again in a minute" in early.page.text
    assert provider.control()["asked"]["/jwks"] == asked
    client._asked_keys_at -= 60
    assert visit("ann").get("/").status_code == 200
    assert provider.control()["asked"]["/jwks"] == asked + 1

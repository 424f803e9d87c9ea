"""Back-channel logout by a provider nobody here wrote: it calls, and sessions here are over (P7)."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.oidc.conftest import Person
from tests.oidc.independent import Independent

Visit = Callable[..., Person]


def test_an_administrator_there_ends_sessions_here(visit: Visit, provider: Independent) -> None:
    """P7: every session of the person at the provider, within two seconds; others go on."""
    first, second, oz = visit("ann"), visit("ann"), visit("oz")
    began = time.monotonic()
    assert provider.control(end="ann")["sent"] == ["accepted", "accepted"]
    assert first.get("/").status_code == 303
    assert second.get("/").status_code == 303
    assert time.monotonic() - began < 2
    assert oz.get("/").status_code == 200
    first.sign_in("ann")
    assert first.get("/").status_code == 200


def test_signing_out_there_ends_the_session_here(visit: Visit, provider: Independent) -> None:
    """P6, P7: begun at the provider's own page; other browsers of the same person go on."""
    here, elsewhere = visit("ann"), visit("ann")
    here.there.sign_out(f"{provider.issuer}/session/end?client_id=countersign")
    assert here.get("/").status_code == 303
    assert elsewhere.get("/").status_code == 200


def test_keys_rotated_before_the_call_are_picked_up(visit: Visit, provider: Independent) -> None:
    """P7, P10: signed by a key that was never seen, at the first time of asking in this minute."""
    ann = visit("ann")
    for client in ann.client.application.extensions["countersign"].providers.values():
        client._asked_keys_at -= 60
    provider.control(rotate=True)
    assert provider.control(end="ann")["sent"] == ["accepted"]
    assert ann.get("/").status_code == 303

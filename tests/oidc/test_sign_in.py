"""Code and PKCE through our pages, groups and sign-out, against a provider nobody here wrote."""

from __future__ import annotations

from collections.abc import Callable

import requests
import sqlalchemy as sa

from ops.platform import Platform
from tests.oidc.conftest import Person
from tests.oidc.independent import Independent

Visit = Callable[..., Person]


def roles(platform: Platform, sub: str) -> set[tuple[str, str]]:
    """The roles of one person with where they come from."""
    with platform.db.reading() as tx:
        found = tx.execute(
            sa.text(
                "SELECT r.role, r.origin FROM ops.held_role r JOIN ops.person p ON p.id = r.person_id "
                "WHERE p.sub = :sub"
            ),
            {"sub": sub},
        )
        return {(row.role, row.origin) for row in found}


def test_people_sign_in_by_code_and_pkce_and_groups_become_roles(visit: Visit, platform: Platform) -> None:
    """P1, P4: the provider insists on PKCE, sends `iss` (RFC 9207) and tells groups by userinfo."""
    ann = visit("ann")
    assert ann.answer is not None
    assert ann.answer.status_code == 200
    assert roles(platform, "ann") == {("operator", "provider")}
    ann.get("/people/me")
    assert "operator" in ann.page.select_one("#roles").text


def test_who_declines_is_told_so(visit: Visit) -> None:
    person = visit()
    person.get(person.from_provider(person.to_provider(), None))
    assert person.answer is not None
    assert person.answer.status_code == 403
    assert "did not let you in" in person.page.text


def test_sign_out_ends_the_providers_session_too(visit: Visit) -> None:
    """P6: and the way back says so."""
    ann = visit("ann")
    begun = visit()
    begun.there = ann.there
    assert not ann.there.asks(begun.to_provider())
    ann.get("/people/me")
    answer = ann.post("/sign-out")
    back = ann.there.sign_out(answer.headers["Location"])
    assert back.startswith(f"{ann.origin}/sign-in")
    ann.get(back.removeprefix(ann.origin))
    assert "You are signed out" in ann.page.text
    assert ann.there.asks(begun.to_provider())


def test_the_metadata_is_that_of_a_certified_provider(provider: Independent) -> None:
    """What the tests lean on: it announces PKCE, RFC 9207 and both kinds of logout."""
    found = requests.get(f"{provider.issuer}/.well-known/openid-configuration", timeout=10).json()
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["backchannel_logout_supported"] is True
    assert found["end_session_endpoint"]

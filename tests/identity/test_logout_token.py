"""Back-channel logout by a provider that lies in every way: a wrong token is 400 and changes nothing (P7)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from ops.identity import discovery
from ops.identity.logout_token import EVENT
from tests.identity import twisted_provider as tp
from tests.identity.house import House, opened
from tests.web.visiting import ORIGIN

WHERE = "/auth/backchannel-logout"


@pytest.fixture
def house(ops_url: str, redis_url: str, tmp_path: Path) -> Iterator[House]:
    with tp.running() as twisted, opened(ops_url, redis_url, tmp_path, twisted) as house:
        yield house


def claims_of(house: House, **changed: Any) -> dict[str, Any]:
    """A good logout token's claims for Ann's session s1, with changes; `...` leaves one out."""
    now = int(time.time())
    claims = {
        "iss": house.twisted.issuer, "aud": tp.CLIENT_ID, "iat": now, "exp": now + 120, "jti": uuid4().hex,
        "sub": "ann", "sid": "s1", "events": {EVENT: {}},
    }  # fmt: skip
    return {k: v for k, v in {**claims, **changed}.items() if v is not ...}


def signed(house: House, claims: dict[str, Any], **header: Any) -> str:
    """The claims, signed by the provider's key."""
    key = house.twisted.key
    given = {"alg": "RS256", "kid": key.kid, "typ": "logout+jwt", **header}
    return jwt.encode({k: v for k, v in given.items() if v is not ...}, claims, key)


def send(house: House, token: str | None, where: str = WHERE, **options: Any) -> TestResponse:
    """As a provider's server does: no cookie, no token of a form, no Fetch Metadata."""
    data = {} if token is None else {"logout_token": token}
    return house.app.test_client().post(where, base_url=ORIGIN, data=data, **options)


def written(house: House) -> list[tuple[str, str]]:
    """What the trail says of ended sessions."""
    with house.platform.db.reading() as tx:
        found = tx.execute(
            sa.text("SELECT action, outcome FROM ops.event WHERE action = 'session.ended' ORDER BY id")
        )
        return [tuple(row) for row in found]


def test_the_sessions_of_a_sid_end_at_once(house: House) -> None:
    """P7: well within two seconds; other sessions of the same person stay."""
    ended, other = house.visit("ann", sid="s1"), house.visit("ann", sid="s2")
    began = time.monotonic()
    answer = send(house, signed(house, claims_of(house)))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert ended.get("/").status_code == 303
    assert time.monotonic() - began < 2
    assert other.get("/").status_code == 200
    assert written(house) == [("session.ended", "done")]


def test_without_a_sid_all_sessions_of_the_person_end(house: House) -> None:
    """P7."""
    first, second, bo = house.visit("ann", sid="s1"), house.visit("ann"), house.visit("bo", sid="s3")
    assert send(house, signed(house, claims_of(house, sid=...))).status_code == 200
    assert [one.get("/").status_code for one in (first, second, bo)] == [303, 303, 200]


def test_a_sid_alone_is_enough_and_must_fit_a_sub_beside_it(house: House) -> None:
    ann = house.visit("ann", sid="s1")
    assert send(house, signed(house, claims_of(house, sub="bo"))).status_code == 200
    assert ann.get("/").status_code == 200
    assert send(house, signed(house, claims_of(house, sub=...))).status_code == 200
    assert ann.get("/").status_code == 303


@pytest.mark.parametrize("typ", ["logout+jwt", "application/logout+jwt", "JWT", ...])
def test_types_of_providers_old_and_new_are_taken(house: House, typ: object) -> None:
    ann = house.visit("ann", sid="s1")
    assert send(house, signed(house, claims_of(house), typ=typ)).status_code == 200
    assert ann.get("/").status_code == 303


def _shown(name: str, value: object) -> str:
    """A name of a test without the clock in it: every process of a run must collect the same tests."""
    return "a-time" if name in ("exp", "iat") and isinstance(value, int) else repr(value)[:40]


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"}, {"iss": ...},
        {"aud": "another"}, {"aud": ...}, {"aud": []}, {"aud": {"countersign": 1}},
        {"events": ...}, {"events": {}}, {"events": [EVENT]}, {"events": {EVENT: "yes"}},
        {"events": {"urn:other": {}}},
        {"nonce": "n"}, {"nonce": None},
        {"jti": ...}, {"jti": ""}, {"jti": 7}, {"jti": "x" * 300}, {"jti": "a\x00b"},
        {"sub": ..., "sid": ...}, {"sub": 7}, {"sub": ""}, {"sid": 7}, {"sid": ["s1"]}, {"sid": ""},
        {"exp": ...}, {"exp": int(time.time()) - 3600}, {"exp": "soon"}, {"exp": True}, {"exp": 1e300},
        {"iat": ...}, {"iat": int(time.time()) + 3600}, {"iat": int(time.time()) - 3600}, {"iat": "now"},
    ],
    ids=lambda changed: "-".join(f"{k}={_shown(k, v)}" for k, v in changed.items()),
)  # fmt: skip
def test_a_wrong_claim_changes_nothing(house: House, changed: dict[str, Any]) -> None:
    """P7."""
    ann = house.visit("ann", sid="s1")
    answer = send(house, signed(house, claims_of(house, **changed)))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store")
    assert ann.get("/").status_code == 200
    assert written(house) == []
    with house.platform.db.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.logout_token")) == 0


@pytest.mark.parametrize("typ", ["at+jwt", "id_token", "dpop+jwt"])
def test_a_wrong_type_changes_nothing(house: House, typ: object) -> None:
    """P7."""
    ann = house.visit("ann", sid="s1")
    assert send(house, signed(house, claims_of(house), typ=typ)).status_code == 400
    assert ann.get("/").status_code == 200


@pytest.mark.parametrize(
    "sign",
    [
        tp.unsigned, tp.with_client_secret, tp.with_public_key_as_secret, tp.with_embedded_key,
        tp.with_strangers_key, lambda _provider, _claims: "not.a.token", lambda _provider, _claims: "\x00",
    ],
)  # fmt: skip
def test_a_wrong_signature_changes_nothing(house: House, sign: Callable[..., str]) -> None:
    """P7: none, HS256, keys inside the token, strangers' keys."""
    ann = house.visit("ann", sid="s1")
    assert send(house, sign(house.twisted, claims_of(house))).status_code == 400
    assert ann.get("/").status_code == 200


def test_an_id_token_is_no_logout_token(house: House) -> None:
    """P7: the other token the provider signs, taken from somebody's browser."""
    ann = house.visit("ann", sid="s1")
    assert send(house, tp.honest(house.twisted, house.twisted.payload())).status_code == 400
    assert ann.get("/").status_code == 200


def test_a_logout_token_signs_nobody_in(house: House) -> None:
    """P1: nor the other way about."""
    visitor = house.visit()
    house.twisted.sign = lambda provider, claims: signed(house, claims_of(house))
    assert house.answered(visitor, visitor.to_provider()).status_code == 403


def test_a_token_counts_once(house: House) -> None:
    """P7: played again it ends nothing, not even a session that has come since; the trail says so."""
    token = signed(house, claims_of(house, sid=...))
    house.visit("ann")
    assert send(house, token).status_code == 200
    back = house.visit("ann", iat=int(time.time()) + 1)
    assert send(house, token).status_code == 400
    assert back.get("/").status_code == 200
    assert written(house) == [("session.ended", "done"), ("session.ended", "refused")]


def test_a_sign_in_under_way_does_not_outlive_the_logout(house: House) -> None:
    """P7: the code was exchanged before, the session would have been written after."""
    visitor = house.visit()
    address = visitor.to_provider()
    assert send(house, signed(house, claims_of(house))).status_code == 200
    assert house.answered(visitor, address, sid="s1").status_code == 403
    assert "ended this sign-in while it was under way" in visitor.page.text
    assert house.visit("ann", sid="s2").get("/").status_code == 200


def test_rotated_keys_are_picked_up(house: House) -> None:
    """P10: an unknown key is fetched, at most once a minute."""
    ann = house.visit("ann", sid="s1")
    client = house.app.extensions["countersign"].providers[1]
    house.twisted.key = RSAKey.generate_key(2048, {"kid": "two"})
    assert send(house, signed(house, claims_of(house))).status_code == 400
    client._asked_keys_at -= discovery.KEY_FETCH_SECONDS
    assert send(house, signed(house, claims_of(house))).status_code == 200
    assert ann.get("/").status_code == 303
    for _ in range(3):
        send(house, tp.with_embedded_key(house.twisted, claims_of(house)))
    assert house.twisted.asked.count("/keys") == 2


def test_what_is_no_such_form_is_refused(house: House) -> None:
    """P24: another type, another method, no token, too much."""
    good = signed(house, claims_of(house))
    assert send(house, None).status_code == 400
    assert send(house, good, content_type="multipart/form-data").status_code == 400
    assert send(house, good, where=f"{WHERE}/7").status_code == 404
    assert send(house, good + "x" * 40_000).status_code == 413
    assert house.app.test_client().get(WHERE, base_url=ORIGIN).status_code == 405


def test_a_provider_away_is_no_verdict(ops_url: str, redis_url: str, tmp_path: Path) -> None:
    """P10: without keys nothing can be said of a token; the provider may send it again."""
    with tp.running() as gone:
        pass
    with opened(ops_url, redis_url, tmp_path, gone) as house:
        answer = send(house, signed(house, claims_of(house)))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")

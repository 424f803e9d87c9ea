"""What a provider may get wrong, over real HTTP: each lie signs nobody in (P1, P2, P3, P10, P24)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from joserfc.jwk import RSAKey

from ops.identity import Identity, ProviderAway, ProviderClient, Refused, discovery, outside
from ops.identity.claims import read_attributes, read_groups, subject
from tests.identity import twisted_provider as tp


@pytest.fixture
def twisted() -> Iterator[tp.Twisted]:
    with tp.running() as running:
        yield running


def sign_in(twisted: tp.Twisted, **answer: str) -> Identity:
    """One sign-in from the beginning, with a fresh client."""
    client = tp.client_of(twisted)
    begun = client.begin()
    twisted.nonce = begun.nonce
    return client.finish({"code": "c", **answer}, nonce=begun.nonce, verifier=begun.verifier)


def test_an_honest_provider_signs_in(twisted: tp.Twisted) -> None:
    """P1: code, PKCE S256, state and nonce; the verifier goes to the token endpoint."""
    client = tp.client_of(twisted)
    begun = client.begin()
    query = tp.query_of(begun.url)
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert query["state"] == begun.state
    assert query["nonce"] == begun.nonce
    twisted.nonce = begun.nonce
    person = client.finish({"code": "c"}, nonce=begun.nonce, verifier=begun.verifier)
    assert (person.iss, person.sub) == (twisted.issuer, "ann")
    assert person.groups == ("operations",)
    assert person.email_verified
    assert twisted.token_requests[0]["code_verifier"] == [begun.verifier]


TIMES = ("exp", "iat", "nbf")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ...},
        {"aud": []},
        {"aud": ["another"]},
        {"aud": [tp.CLIENT_ID, "another"]},
        {"aud": [tp.CLIENT_ID, "another"], "azp": "another"},
        {"azp": "another"},
        {"iss": "https://elsewhere.example"},
        {"iss": ...},
        {"nonce": "another"},
        {"nonce": ...},
        {"nonce": 7},
        {"exp": int(time.time()) - 3600},
        {"exp": ...},
        {"exp": "tomorrow"},
        {"iat": int(time.time()) + 3600},
        {"iat": ...},
        {"nbf": int(time.time()) + 3600},
        {"sub": ...},
        {"sub": ""},
        {"sub": 7},
        {"sub": "a" * 256},
    ],
    # Names without the clock in them: every process of a run must collect the same tests.
    ids=lambda claims: "-".join(f"{k}={'past-or-future' if k in TIMES else v}" for k, v in claims.items()),
)
def test_a_wrong_claim_signs_nobody_in(twisted: tp.Twisted, claims: dict[str, object]) -> None:
    """P1."""
    twisted.claims = claims
    with pytest.raises(Refused):
        sign_in(twisted)


@pytest.mark.parametrize(
    "sign",
    [
        tp.unsigned,
        tp.with_client_secret,
        tp.with_public_key_as_secret,
        tp.with_embedded_key,
        tp.with_strangers_key,
        lambda _provider, _claims: "not.a.token",
        lambda _provider, _claims: "",
    ],
)
@pytest.mark.parametrize("announced", [["RS256"], ["RS256", "HS256", "none"]])
def test_a_wrong_signature_signs_nobody_in(twisted: tp.Twisted, sign: object, announced: list[str]) -> None:
    """P1: none, HS256 and keys inside the token count for nothing, whatever the provider announces."""
    twisted.sign = sign  # type: ignore[assignment]  # parametrize gives an object
    twisted.metadata = {"id_token_signing_alg_values_supported": announced}
    with pytest.raises(Refused):
        sign_in(twisted)


def test_a_provider_of_symmetric_algorithms_only_is_refused(twisted: tp.Twisted) -> None:
    twisted.metadata = {"id_token_signing_alg_values_supported": ["HS256"]}
    with pytest.raises(Refused):
        sign_in(twisted)


@pytest.mark.parametrize("userinfo", [{"sub": "bo"}, {"sub": "Ann"}, {"name": "nobody"}])
def test_userinfo_of_somebody_else_signs_nobody_in(twisted: tp.Twisted, userinfo: dict[str, str]) -> None:
    """P2: compared exactly; Authlib does not look."""
    twisted.userinfo = userinfo
    with pytest.raises(Refused, match="other_subject"):
        sign_in(twisted)


def test_the_issuer_of_the_answer_is_checked_where_announced(twisted: tp.Twisted) -> None:
    """P3, RFC 9207."""
    twisted.metadata = {"authorization_response_iss_parameter_supported": True}
    with pytest.raises(Refused, match="issuer"):
        sign_in(twisted)
    with pytest.raises(Refused, match="issuer"):
        sign_in(twisted, iss="https://elsewhere.example")
    assert sign_in(twisted, iss=twisted.issuer).sub == "ann"


def test_an_answer_with_an_error_is_refused(twisted: tp.Twisted) -> None:
    with pytest.raises(Refused, match="denied"):
        sign_in(twisted, error="access_denied")


def test_an_address_needs_its_proof_from_the_same_source(twisted: tp.Twisted) -> None:
    """P2: an unverified address of the token does not borrow userinfo's email_verified."""
    twisted.claims = {"email_verified": ...}
    twisted.userinfo = {"sub": "ann", "email": "oz@example.com", "email_verified": True}
    person = sign_in(twisted)
    assert (person.email, person.email_verified) == ("ann@example.com", False)


@pytest.mark.parametrize(
    ("groups", "warning"),
    [(..., "missing"), ("operations", "malformed"), (["a", 1], "malformed"), (None, "malformed"),
     ({"a": 1}, "malformed"), (["x" * 300], "malformed"), (["g"] * 5000, "too_many")],
)  # fmt: skip
def test_groups_in_no_usable_form_are_not_an_empty_list(
    twisted: tp.Twisted, groups: object, warning: str
) -> None:
    """P4, P24."""
    twisted.claims = {"groups": groups}
    person = sign_in(twisted)
    assert (person.groups, person.warning) == (None, warning)


def test_rotated_keys_are_picked_up_with_one_fetch_a_minute(
    twisted: tp.Twisted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P10."""
    client = tp.client_of(twisted)

    def again() -> Identity:
        begun = client.begin()
        twisted.nonce = begun.nonce
        return client.finish({"code": "c"}, nonce=begun.nonce, verifier=begun.verifier)

    assert again().sub == "ann"
    old, twisted.key = twisted.key, RSAKey.generate_key(2048, {"kid": "two"})
    for _ in range(3):
        with pytest.raises(Refused):
            again()
    assert twisted.asked.count("/keys") == 1
    monkeypatch.setattr(discovery, "KEY_FETCH_SECONDS", 0)
    assert again().sub == "ann"
    assert twisted.asked.count("/keys") == 2
    twisted.key = old
    twisted.published = [RSAKey.generate_key(2048, {"kid": "three"})]


def test_a_slow_provider_holds_nobody_longer_than_the_limit(
    twisted: tp.Twisted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P10: bounded as a whole, and the next one does not wait for the same failure."""
    monkeypatch.setattr(discovery, "TOTAL_SECONDS", 0.3)
    twisted.sleep = 2
    client = tp.client_of(twisted)
    began = time.monotonic()
    with pytest.raises(ProviderAway):
        client.begin()
    with pytest.raises(ProviderAway):
        client.begin()
    assert time.monotonic() - began < 1


def test_a_hanging_provider_never_takes_every_thread(
    twisted: tp.Twisted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P10: two calls hang at most; the others are told within two seconds, and a page asks nobody."""
    monkeypatch.setattr(discovery, "TOTAL_SECONDS", 1.0)
    monkeypatch.setattr(outside, "SLOT_SECONDS", 0.1)
    monkeypatch.setattr(discovery, "SLOT_SECONDS", 0.1)
    twisted.sleep = 3
    clients = [tp.client_of(twisted) for _ in range(6)]
    took: list[float] = []

    def begin(client: ProviderClient) -> None:
        began = time.monotonic()
        with pytest.raises(ProviderAway):
            client.begin()
        took.append(time.monotonic() - began)

    threads = [threading.Thread(target=begin, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sum(seconds > 0.5 for seconds in took) == 2


def test_an_old_description_serves_while_the_provider_is_away(
    twisted: tp.Twisted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P10."""
    client = tp.client_of(twisted)
    known = client.metadata()
    monkeypatch.setattr(discovery, "FRESH_SECONDS", 0)
    twisted.metadata = {"issuer": "https://elsewhere.example"}
    assert client.metadata() is known


def test_an_endless_answer_is_cut(twisted: tp.Twisted, monkeypatch: pytest.MonkeyPatch) -> None:
    """P24."""
    monkeypatch.setattr(outside, "MAX_BYTES", 500)
    twisted.metadata = {"padding": "x" * 1000}
    with pytest.raises(ProviderAway):
        tp.client_of(twisted).begin()


def test_a_dead_provider_fails_kindly() -> None:
    """P10."""
    with tp.running() as gone:
        client = tp.client_of(gone)
    with pytest.raises(ProviderAway):
        client.begin()
    assert client.logout_url(None, "http://localhost:8000/") is None


def test_another_issuer_in_the_description_is_refused(twisted: tp.Twisted) -> None:
    twisted.metadata = {"issuer": "https://elsewhere.example"}
    with pytest.raises(ProviderAway):
        tp.client_of(twisted).begin()


@pytest.mark.parametrize(
    "auth_time",
    [..., None, "now", True, int(time.time()) - 3600, int(time.time()) + 3600],
    ids=["missing", "null", "text", "truth", "long-ago", "of-the-future"],
)
def test_a_proof_asked_for_must_be_told_and_young(twisted: tp.Twisted, auth_time: object) -> None:
    """P11: a provider that ignores max_age confirms nothing."""
    client = tp.client_of(twisted)
    begun = client.begin(max_age=300)
    assert tp.query_of(begun.url)["max_age"] == "300"
    assert tp.query_of(begun.url)["prompt"] == "login"
    twisted.nonce = begun.nonce
    twisted.claims = {"auth_time": auth_time}
    with pytest.raises(Refused):
        client.finish({"code": "c"}, nonce=begun.nonce, verifier=begun.verifier, max_age=300)
    twisted.claims = {"auth_time": int(time.time()) - 10}
    found = client.finish({"code": "c"}, nonce=begun.nonce, verifier=begun.verifier, max_age=300)
    assert found.auth_time == twisted.claims["auth_time"]


@pytest.mark.parametrize(
    ("claims", "kept"),
    [
        ({"department": "Returns"}, {"department": "Returns"}),
        ({"department": 7}, {"department": "7"}),
        ({"department": True}, {"department": "true"}),
        ({"department": ["a"]}, {}),
        ({"department": {"a": 1}}, {}),
        ({"department": None}, {}),
        ({"department": "x" * 257}, {}),
        ({"department": "a\x00"}, {}),
        ({"department": "a\ud800"}, {}),
        ({"other": "never asked for"}, {}),
    ],
)
def test_attributes_are_bounded_texts(twisted: tp.Twisted, claims: dict[str, object], kept: object) -> None:
    """P24: claims for row conditions: only those named, only one short text each."""
    twisted.claims = claims
    client = tp.client_of(twisted, attributes=("department", "unit"))
    begun = client.begin()
    twisted.nonce = begun.nonce
    assert client.finish({"code": "c"}, nonce=begun.nonce, verifier=begun.verifier).attributes == kept


@pytest.mark.parametrize(
    ("token", "userinfo"),
    [
        ({"sub": "bo"}, None),
        ({"nonce": ..., "aud": "another"}, None),
        ({"nonce": ..., "iss": "https://elsewhere.example"}, None),
        ({"nonce": ..., "exp": 1000}, None),
        ({"nonce": ...}, {"sub": "bo"}),
        ({"nonce": ...}, {}),
    ],
)
def test_a_refresh_speaks_of_the_same_person(
    twisted: tp.Twisted, token: dict[str, object], userinfo: dict[str, str] | None
) -> None:
    """P2, P9: another subject, audience or issuer at a refresh is no word on anybody."""
    client = tp.client_of(twisted)
    twisted.claims = {"nonce": ...}
    word = client.word(client.renew("rt"), "ann")
    assert word.groups == ("operations",)
    assert twisted.token_requests[-1]["refresh_token"] == ["rt"]
    assert "scope" not in twisted.token_requests[-1]
    twisted.claims = {"nonce": "that of the sign-in, as some providers repeat it"}
    assert client.word(client.renew("rt"), "ann").groups == ("operations",)
    twisted.claims, twisted.userinfo = token, userinfo
    with pytest.raises(Refused):
        client.word(client.renew("rt"), "ann")


def test_half_a_character_is_no_text() -> None:
    """P24: JSON can name one, PostgreSQL holds none: told as malformed, not an error of ours."""
    assert read_groups({"groups": ["a\ud800"]}, "groups") == (None, "malformed")
    assert read_attributes({"department": "a\udfff"}, ("department",)) == {}
    with pytest.raises(Refused):
        subject({"sub": "a\ud800"})

"""Every reason why somebody is not signed in has words of its own, and an id for support (P26)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.words import WORDS
from tests.house_rules.tree import files, parsed
from tests.identity import twisted_provider as tp
from tests.identity.house import House, opened

# Told to a provider's server, or to the clock, and never to a person.
NOBODY_READS = {"type", "events", "replayed", "refresh"}


def reasons() -> set[str]:
    """The codes of every `Refused("…")` in the code."""
    return {
        str(node.args[0].value)
        for path in files("ops", suffix=".py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused"
        if node.args and isinstance(node.args[0], ast.Constant)
    }


def test_every_reason_has_words() -> None:
    found = reasons()
    assert {"token", "issuer", "other_subject", "auth_time"} <= found
    missing = {f"people.failed.{one}" for one in found - NOBODY_READS} - set(WORDS)
    assert not missing, f"say in ops/words/people.py what happened and what to do: {missing}"


@pytest.fixture
def house(ops_url: str, redis_url: str, tmp_path: Path) -> Iterator[House]:
    second = {
        "OPS_OIDC_NAME": "Example Works",
        "OPS_OIDC_2_CLIENT_ID": "two", "OPS_OIDC_2_CLIENT_SECRET": "another secret", "OPS_OIDC_2_NAME": "Partner",
    }  # fmt: skip
    with tp.running() as twisted, tp.running() as other:
        extra = {**second, "OPS_OIDC_2_ISSUER": other.issuer}
        with opened(ops_url, redis_url, tmp_path, twisted, **extra) as house:
            yield house


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"aud": "another"}, "could not be verified"),
        ({"exp": 1000}, "could not be verified"),
        ({"aud": [tp.CLIENT_ID, "b"], "azp": tp.CLIENT_ID, "sub": ""}, "did not say who you are"),
    ],
)
def test_a_failure_is_told_in_words_with_an_id(house: House, claims: dict[str, object], said: str) -> None:
    visitor = house.visit()
    assert house.answered(visitor, visitor.to_provider(), **claims).status_code == 403
    assert said in visitor.page.select_one("[role=alert]").text
    assert visitor.answer is not None
    assert visitor.answer.headers["X-Request-Id"] in visitor.page.select_one("[role=alert]").text


def test_each_provider_has_a_button_and_a_callback_of_its_own(house: House) -> None:
    """P3: an answer of one, brought to the other's address, signs nobody in."""
    visitor = house.visit()
    visitor.get("/sign-in")
    buttons = [button.text for button in visitor.page.select("main form button")]
    assert buttons == ["Sign in with Example Works", "Sign in with Partner"]
    answer = visitor.post("/sign-in", {"provider": "2", "next": "/"})
    query = tp.query_of(answer.headers["Location"])
    assert query["redirect_uri"].endswith("/auth/callback/2")
    assert visitor.get(f"/auth/callback?code=c&state={query['state']}").status_code == 400
    assert visitor.get("/").status_code == 303

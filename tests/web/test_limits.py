"""How often: counted in Redis for all, by each process where Redis is away, and answered kindly (P24)."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ops.app import create_app
from ops.embedded import Embedded
from ops.platform import Platform
from ops.settings import Settings
from ops.web import gate
from ops.web.limits import AWAY_SECONDS, Limits, by_address, by_person
from tests import servers
from tests.web.visiting import Visitor

RATES = {
    "sign_in": "3 per 1 minute",
    "export": "2 per 1 minute",
    "download": "2 per 1 minute",
    "password": "1 per 1 minute",
    "reveal": "1 per 1 day",
    "logout": "3 per 1 minute",
    "import": "2 per 1 minute",
    "search": "2 per 1 minute",
    "view": "2 per 1 minute",
    "rehearse": "2 per 1 minute",
    "talk": "2 per 1 minute",
}
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Rates so small that a test can reach them."""
    return replace(settings, rates=RATES)


def _begin(visitor: Visitor, **how: str) -> int:
    visitor.get("/sign-in")
    return visitor.post("/sign-in", {"provider": "7", "next": "/"}, **how).status_code


def test_too_many_sign_ins_are_told_to_wait_p24(visit: Callable[..., Visitor]) -> None:
    """P24: by client address, whoever asks; in words, with an id and the time to wait."""
    visitor = visit()
    assert [_begin(visitor) for _ in range(3)] == [404, 404, 404]
    assert _begin(visit()) == 429  # another browser at the same address
    visitor = visit()
    assert _begin(visitor) == 429
    answer = visitor.answer
    assert answer is not None
    assert 1 <= int(answer.headers["Retry-After"]) <= 120
    assert "A little slower" in visitor.page.text
    assert "seconds" in visitor.page.text or "minutes" in visitor.page.text
    assert answer.headers["X-Request-Id"] in visitor.page.text
    assert visitor.get("/sign-in").status_code == 200  # looking costs nothing


def test_a_part_says_it_in_the_page_p24(visit: Callable[..., Visitor]) -> None:
    """P24: by person, and the frame stays."""
    visitor = visit("ann")
    visitor.get("/exports/")
    token = visitor.token()
    for status in (404, 404, 429):
        answer = visitor.post(
            "/exports/",
            {"table": "public.nothing"},
            csrf=token,
            **{"HX-Request": "true", "HX-Request-Type": "partial"},
        )
        assert answer.status_code == status
    assert "A little slower" in visitor.page.text
    assert "<html" not in answer.text
    assert "Retry-After" in answer.headers
    other = visit("oz")
    other.get("/exports/")
    assert other.post("/exports/", {"table": "public.nothing"}).status_code == 404  # another person
    again = visit("ann")
    again.get("/exports/")
    assert again.post("/exports/", {"table": "public.nothing"}).status_code == 429  # another browser


@pytest.mark.parametrize(
    "address",
    [
        f"/imports/{NOBODYS}/bad-rows.csv",
        f"/exports/{NOBODYS}/file",
        f"/changes/CH-1/files/{NOBODYS}",
        "/tables/public.nothing/~1/file/photo",
    ],
)
def test_downloads_are_limited_by_person_p24(visit: Callable[..., Visitor], address: str) -> None:
    """P24: also of what is not there: nobody tries addresses for long. Another person downloads meanwhile."""
    ann = visit("ann")
    assert [ann.get(address).status_code for _ in range(3)] == [404, 404, 429]
    assert "Retry-After" in ann.answer.headers and "A little slower" in ann.page.text
    assert visit("oz").get(address).status_code == 404


def test_what_tells_others_is_limited_by_person_p24(visit: Callable[..., Visitor]) -> None:
    """P24: nobody floods the inboxes and mails of others."""
    ann = visit("ann")
    ann.get("/exports/")
    token = ann.token()
    sent = [ann.post("/changes/CH-1/discussion", {"said": "@Bo"}, csrf=token).status_code for _ in range(3)]
    assert sent == [404, 404, 429] and "A little slower" in ann.page.text


def test_what_others_send_in_my_name_does_not_count_p24(visit: Callable[..., Visitor]) -> None:
    """P24: forged forms use nobody's rate up."""
    visitor = visit("ann")
    visitor.get("/exports/")
    token = visitor.token()
    for _ in range(5):
        assert visitor.post("/exports/", {"table": "x"}, csrf="forged").status_code == 400
        assert visitor.post("/exports/", {"table": "x"}, csrf=token, site="cross-site").status_code == 403
    assert visitor.post("/exports/", {"table": "public.nothing"}, csrf=token).status_code == 404


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        (None, "nonsense", True),
    ],
)
def test_who_counts_as_one_address(one: str | None, other: str, same: bool) -> None:
    assert (by_address(one) == by_address(other)) is same


def test_forwarded_addresses_count_from_trusted_proxies_alone_p25(
    settings: Settings, platform: Platform
) -> None:
    """P25: nobody gets more by naming another address; behind a proxy each client has a rate of its own."""
    direct = Visitor(create_app(settings, platform))
    for number in range(3):
        _begin(direct, **{"X-Forwarded-For": f"192.0.2.{number}"})
    assert _begin(direct, **{"X-Forwarded-For": "192.0.2.99"}) == 429
    behind = replace(platform, settings=replace(platform.settings, trusted_proxies=1))
    proxied = Visitor(create_app(behind.settings, behind))
    assert [_begin(proxied, **{"X-Forwarded-For": "198.51.100.7"}) for _ in range(4)] == [404, 404, 404, 429]
    assert _begin(proxied, **{"X-Forwarded-For": "198.51.100.8"}) == 404
    # What the client itself wrote before the proxy's word counts for nothing.
    assert _begin(proxied, **{"X-Forwarded-For": "198.51.100.9, 198.51.100.7"}) == 429


def test_processes_count_together_and_people_are_not_named_in_redis_p42(redis_url: str) -> None:
    """P24, P42."""
    one, other = (Limits(redis_url, RATES, key="k") for _ in range(2))
    who = by_address("192.0.2.77")
    assert [one.hit("sign_in", who), other.hit("sign_in", who), one.hit("sign_in", who)] == [None, None, None]
    wait = other.hit("sign_in", who)
    assert wait is not None and 1 <= wait <= 60
    assert one.hit("sign_in", by_address("192.0.2.78")) is None
    assert one.hit("export", who) is None
    with redis.Redis.from_url(redis_url) as client:
        keys = list(client.scan_iter("*"))
        assert keys and all(key.startswith(b"countersign:limits:") for key in keys)
        assert not any(b"192.0.2" in key for key in keys)
        assert all(0 < client.ttl(key) <= 600 for key in keys)  # nothing stays in Redis


def test_a_rate_is_not_passed_by_many_at_once_p24(redis_url: str) -> None:
    """P24: with Redis, and in one process without."""
    for url in (redis_url, "redis://127.0.0.1:1/0"):
        limits = Limits(url, {"sign_in": "5 per 1 minute"}, key="k")
        with ThreadPoolExecutor(20) as pool:
            passed = list(pool.map(lambda who, on=limits: on.hit("sign_in", who), ["address 192.0.2.1"] * 20))
        assert passed.count(None) == 5, url


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A Redis that a test may stop."""
    server = Embedded(tmp_path_factory.mktemp("redis"), postgres=False, redis=True, say=lambda _text: None)
    server.start()
    yield server
    server.stop()


def test_with_redis_stopped_each_process_counts_p24(own_redis: Embedded) -> None:
    """P24: limits hold, sign-in works, nobody waits."""
    limits = Limits(own_redis.redis_url or "", RATES, key="k")
    who = by_person(1)
    assert limits.hit("export", who) is None
    own_redis.stop()
    began = time.monotonic()
    assert [limits.hit("export", who) for _ in range(2)] == [None, None]
    wait = limits.hit("export", who)
    assert wait is not None and wait >= 1
    assert limits.hit("export", by_person(2)) is None
    assert time.monotonic() - began < 1


def test_a_redis_that_only_listens_holds_nobody_up_p24() -> None:
    """P24: a partition: connections open, answers never come; asked once in five seconds, a quarter of one each."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(64)
        limits = Limits(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0", RATES, key="k")
        began = time.monotonic()
        assert [limits.hit("sign_in", "address 192.0.2.1") is None for _ in range(6)] == [True] * 3 + [
            False
        ] * 3
        assert time.monotonic() - began < 1 < AWAY_SECONDS


def test_sign_in_and_exports_are_limited_without_redis_p24(settings: Settings, platform: Platform) -> None:
    """P24: the whole application with its Redis gone."""
    without = replace(settings, redis_url=f"redis://127.0.0.1:{servers.free_port()}/0")
    visitor = Visitor(
        create_app(
            without, replace(platform, settings=replace(platform.settings, redis_url=without.redis_url))
        )
    )
    assert [_begin(visitor) for _ in range(4)] == [404, 404, 404, 429]


def test_back_channel_logout_is_limited_by_address_p24(app: Flask, visit: Callable[..., Visitor]) -> None:
    """P24: no stranger keeps us checking signatures; another address is heard, and people sign in meanwhile."""
    stranger, provider = app.test_client(), app.test_client()

    def call(client: FlaskClient, address: str) -> TestResponse:
        return client.post(
            "/auth/backchannel-logout", data={"logout_token": "x.y.z"}, environ_base={"REMOTE_ADDR": address}
        )

    assert [call(stranger, "192.0.2.5").status_code for _ in range(3)] == [400, 400, 400]
    answer = call(stranger, "192.0.2.5")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 120
    assert call(provider, "192.0.2.6").status_code == 400
    assert visit("ann").get("/").status_code == 200


def test_a_limit_nobody_set_stops_the_start_p13(app: Flask) -> None:
    """P13: a slip of the pen in `needs(…, limit=…)`."""

    @gate.needs(gate.public, limit="exprot")
    def odd() -> str:
        return ""

    app.view_functions["odd"] = odd
    with pytest.raises(gate.Undeclared, match="odd"):
        gate.check_endpoints(app)


def test_every_rate_is_used_or_offered(app: Flask) -> None:
    """The dear things have a limit."""
    limited = {name: view.limit for name, view in app.view_functions.items() if view.limit}
    assert limited["signing.begin"] == "sign_in"
    assert limited["exports.create"] == "export"
    assert limited["backchannel.logout"] == "logout"
    assert limited["imports.upload"] == "import"
    assert limited["search.results"] == "search"
    assert limited["views.create"] == "view"

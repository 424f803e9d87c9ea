"""Oversized requests are answered 4xx at once, in words, and hold nothing (P24)."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import create_environ, run_wsgi_app

from ops.web import bounds
from ops.web.declared import FORM
from tests.web.visiting import ORIGIN, Visitor

Visit = Callable[..., Visitor]
SECONDS = 2.0  # on a busy machine; each takes milliseconds


def _quickly(visitor: Visitor, status: int, method: str, path: str, **how: object) -> None:
    began = time.monotonic()
    answer = visitor.client.open(path, method=method, base_url=ORIGIN, **how)
    assert answer.status_code == status, answer.text[:300]
    assert time.monotonic() - began < SECONDS
    assert answer.headers["X-Request-Id"] in answer.text
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert len(answer.data) < 40_000  # nothing of it comes back


@pytest.mark.parametrize(
    "path",
    [
        "/tables/?q=" + "a" * 12_001,
        "/tables/?" + "&".join(f"f.c{n}.is=1" for n in range(600)),
        "/tables/?" + "&" * 600,
        "/tables/" + "a" * 5_000 + "/",
        "/" + "a/" * 3_000,
        "/tables/%00" + "%f0" * 5_000,
    ],
)
@pytest.mark.parametrize("sub", [None, "ann"])
def test_long_addresses_p24(visit: Visit, path: str, sub: str | None) -> None:
    """P24."""
    _quickly(visit(sub), 414, "GET", path)


def test_an_address_just_long_enough_works_p24(visit: Visit) -> None:
    """P24: bounds are not in the way."""
    assert visit("ann").get("/tables/?q=" + "a" * 11_000).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Long": "a" * 40_000},
        {f"X-{n}": "a" * 400 for n in range(100)},
    ],
)
def test_large_headers_p24(visit: Visit, headers: dict[str, str]) -> None:
    """P24."""
    _quickly(visit(), 431, "GET", "/sign-in", headers=headers)


def test_large_cookies_p24(app: Flask) -> None:
    """P24."""
    client = app.test_client(use_cookies=False)
    for name in ("x", "countersign", "ops_look"):
        cookie = {"Cookie": f"{name}={'a' * 33_000}"}
        assert client.get("/sign-in", base_url=ORIGIN, headers=cookie).status_code == 431


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/appearance", "/notices/read", "/exports/"])
def test_bodies_are_bounded_by_what_their_form_needs_p24(visit: Visit, path: str) -> None:
    """P24: 64 kB where no row is sent."""
    visitor = visit("ann")
    visitor.get("/people/me")
    same = {"Sec-Fetch-Site": "same-origin"}
    data = {"csrf_token": visitor.token(), "x": "y" * FORM}
    _quickly(visitor, 413, "POST", path, headers=same, data=data)
    multipart = {"headers": same, "data": data, "content_type": "multipart/form-data"}
    _quickly(visitor, 413, "POST", path, **multipart)


def test_a_body_that_does_not_say_how_long_it_is_p24(app: Flask, visit: Visit) -> None:
    """P24: chunked, without Content-Length: cut at the bound."""

    class Endless:
        sent = 0

        def read(self, size: int = -1) -> bytes:
            size = 65_536 if size < 0 else min(size, 65_536)
            self.sent += size
            assert self.sent < 20_000_000, "it was read without end"
            return b"a" * size

        def readline(self, size: int = -1) -> bytes:
            return self.read(size)

    visitor = visit("ann")
    visitor.get("/people/me")
    stream = Endless()
    headers = {
        "Sec-Fetch-Site": "same-origin",
        "X-CSRFToken": visitor.token(),
        "Cookie": f"countersign={visitor.cookie}",
    }
    environ = create_environ("/notices/read", ORIGIN, method="POST", headers=headers)
    environ |= {
        "wsgi.input": stream, "wsgi.input_terminated": True, "CONTENT_TYPE": "application/x-www-form-urlencoded",
    }  # fmt: skip
    environ.pop("CONTENT_LENGTH", None)
    _body, status, _headers = run_wsgi_app(app.wsgi_app, environ)
    assert status.startswith("413")
    assert 0 < stream.sent < 1_000_000


def test_many_fields_make_no_memory_p24(visit: Visit) -> None:
    """P24: two megabytes of "a=&" would be half a million fields."""
    visitor = visit("ann")
    visitor.get("/people/me")
    body = b"a=&" * 600_000 + b"csrf_token=" + visitor.token().encode()
    tracemalloc.start()
    _quickly(
        visitor, 413, "POST", "/tables/public.thing/new",
        headers={"Sec-Fetch-Site": "same-origin"}, data=body, content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_many_parts_p24(visit: Visit) -> None:
    """P24."""
    visitor = visit("ann")
    visitor.get("/people/me")
    data = MultiDict(
        [("csrf_token", visitor.token()), *((f"n{n}", "1") for n in range(bounds.MOST_FIELDS + 1))]
    )
    _quickly(
        visitor, 413, "POST", "/tables/public.thing/new",
        headers={"Sec-Fetch-Site": "same-origin"}, data=data, content_type="multipart/form-data",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\n" * 20_000, "multipart/form-data; boundary=x"),
        (b"\xff\xfe%" * 15_000, "application/x-www-form-urlencoded"),
        (b"[" * 60_000, "application/json"),
        (b"a=1", "multipart/form-data"),
        (b"a=1", "multipart/form-data; boundary=" + "b" * 5_000),
        (b"a=1", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"a=1", "x" * 8_000),
    ],
)
def test_odd_bodies_are_no_error_of_ours_p24(visit: Visit, body: bytes, kind: str) -> None:
    """P24, P26."""
    visitor = visit("ann")
    visitor.get("/people/me")
    began = time.monotonic()
    answer = visitor.client.post(
        "/notices/read", base_url=ORIGIN, data=body, content_type=kind,
        headers={"Sec-Fetch-Site": "same-origin", "X-CSRFToken": visitor.token()},
    )  # fmt: skip
    assert 300 <= answer.status_code < 500
    assert time.monotonic() - began < SECONDS

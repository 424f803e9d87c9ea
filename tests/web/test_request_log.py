"""One line a request: who, what, how it ended; no value, no secret, no forged line (P42)."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from ops.cli.logs import OneLine
from ops.direct import on_statement
from ops.platform import Platform
from tests.web.visiting import ORIGIN, Visitor

Visit = Callable[..., Visitor]
LINE = re.compile(
    r"^\d\d:\d\d:\d\d info {4}request id=[0-9a-f]{16} person=(-|\d+) method=([A-Z]+|other) "
    r"route=\S+ status=\d{3} ms=\d+ statements=\d+$"
)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a process writes, in its own form."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def _requests(log: io.StringIO) -> list[str]:
    return [line for line in log.getvalue().splitlines() if " request id=" in line]


def test_a_line_for_each_request_with_what_it_cost(visit: Visit, log: io.StringIO) -> None:
    ann = visit("ann")
    log.truncate(0)
    answer = ann.get("/tables/?q=x")
    (line,) = _requests(log)
    assert LINE.match(line.strip("\x00")), line
    assert f"id={answer.headers['X-Request-Id']}" in line
    assert "route=/tables/" in line and "status=200" in line and "person=-" not in line


def test_no_line_can_be_forged_and_no_value_stands_in_one_p42(visit: Visit, log: io.StringIO) -> None:
    """P42: newlines in path, query, headers, form; secrets of the session."""
    ann = visit("ann")
    forged = "x\n12:00:00 info    request id=0000000000000000 person=1 marker-4711"
    quoted = "x%0a12:00:00%20info%20%20%20%20request%20id=0000000000000000%20marker-4711"
    for path in (f"/{quoted}", f"/tables/{quoted}/", f"/tables/?q={quoted}", f"/changes/{quoted}"):
        ann.get(path, **{"User-Agent": "marker-4711", "Referer": f"{ORIGIN}/marker-4711"})
    ann.get("/people/me")
    ann.post("/appearance", {"theme": forged})
    ann.post("/notices/read", {"newest": forged}, csrf="marker-4711")
    ann.client.open("/tables/", method="MARKER4711MARKER", base_url=ORIGIN)
    text = log.getvalue()
    assert "marker-4711" not in text and "0000000000000000" not in text and "MARKER" not in text
    assert ann.cookie not in text and ann.token() not in text
    assert all(LINE.match(line.strip("\x00")) for line in _requests(log))


def test_postgresql_is_told_the_request(visit: Visit, platform: Platform) -> None:
    """What stands in the log stands in pg_stat_activity and PostgreSQL's own log, for each transaction."""
    sent: list[str] = []
    ann = visit("ann")
    on_statement(platform.db.engine, sent.append)
    answer = ann.get("/tables/?q='; DROP TABLE ops.person; --")
    begun = [text for text in sent if text.startswith("BEGIN")]
    name = f"application_name = 'countersign web {answer.headers['X-Request-Id']} home.tables'"
    assert begun and all(name in text for text in begun)
    assert not any("DROP TABLE" in text for text in sent)
    with platform.db.reading() as tx:
        assert tx.scalar(sa.text("SELECT to_regclass('ops.person')"))

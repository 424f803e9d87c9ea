"""The product inside this process, with ears on its statements: round trips, buffers, sizes, commits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from bench.client import PART
from bench.stage import COOKIE, TOKEN, product_environ
from ops.app import create_app
from ops.db import reset_statements, statements
from ops.platform import Platform, build
from ops.settings import load


@dataclass
class Heard:
    """What one request said to the database, and what it answered to the browser."""

    body: bytes = b""
    status: int = 0
    statements: list[tuple[str, Any]] = field(default_factory=list)
    round_trips: int = 0
    location: str = ""

    @property
    def writing(self) -> int:
        """How many transactions that may write were begun."""
        return sum(text.startswith("BEGIN;") for text, _ in self.statements)


class Inside:
    """A browser without a network."""

    def __init__(self, platform: Platform, client: FlaskClient, heard: list[tuple[str, Any]]) -> None:
        self.platform = platform
        self._client = client
        self._heard = heard

    def another(self, token: str) -> Inside:
        """Somebody else's browser."""
        client = self._client.application.test_client()
        client.set_cookie(COOKIE, token, domain="bench.example", secure=True)
        return Inside(self.platform, client, self._heard)

    def get(self, path: str, *, part: bool = False) -> Heard:
        """Ask for a page, or a `part`; the first request warms what is kept, the second is the one that counts."""
        self._send("GET", path, None, part=part)
        return self._send("GET", path, None, part=part)

    def post(self, path: str, fields: Mapping[str, str] | Sequence[tuple[str, str]]) -> Heard:
        """Send a form, once."""
        return self._send("POST", path, fields)

    def _send(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str] | Sequence[tuple[str, str]] | None,
        *,
        part: bool = False,
    ) -> Heard:
        self._heard.clear()
        reset_statements()
        answer = self._client.open(
            path, method=method, data=_dict(fields), base_url="https://bench.example",
            headers={"Sec-Fetch-Site": "same-origin", **(PART if part else {})},
        )  # fmt: skip
        if answer.status_code not in (200, 302, 303):
            raise RuntimeError(f"{method} {path} answered {answer.status_code}: {answer.get_data()[:400]!r}")
        return Heard(
            answer.get_data(), answer.status_code, list(self._heard), statements(), answer.location or ""
        )

    def buffers(self, heard: Heard, *, planned: bool = False) -> list[tuple[int, str]]:
        """Shared buffers each reading statement of a request touches, with its first words.

        In a new connection, which plans its functions first; or, `planned`, in one that has done so.
        """
        found = []
        with psycopg.connect(self.platform.db.url, autocommit=True) as connection:
            for sent, values in heard.statements:
                # Who arrives is asked together with BEGIN.
                text = sent[sent.find("SELECT ") :] if sent.startswith("BEGIN") else sent
                if not re.match(r"\s*(SELECT|WITH)\b", text):
                    continue
                connection.execute("BEGIN READ ONLY; SET LOCAL TimeZone = 'UTC'")
                explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {text}".encode()
                if planned:
                    connection.execute(explain, values or None)
                cursor = connection.execute(explain, values or None)
                plan = cursor.fetchone()
                assert plan is not None
                connection.execute("ROLLBACK")
                top = plan[0][0]["Plan"]
                found.append(
                    (top["Shared Hit Blocks"] + top["Shared Read Blocks"], " ".join(text.split())[:60])
                )
        return found


def _dict(fields: Mapping[str, str] | Sequence[tuple[str, str]] | None) -> Any:
    """As Flask's client takes a form: a name may come more than once."""
    return None if fields is None else MultiDict(fields)


@contextmanager
def inside(database_url: str, redis_url: str) -> Iterator[Inside]:
    """The application in this process, on the given servers, for the bench's person."""
    settings = load(product_environ(database_url, redis_url))
    platform = build(settings, "web")
    app = create_app(settings, platform)
    heard: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        heard.append((text, values))

    sa.event.listen(platform.db.engine, "before_cursor_execute", listen)
    client = app.test_client()
    client.set_cookie(COOKIE, TOKEN, domain="bench.example", secure=True)
    try:
        yield Inside(platform, client, heard)
    finally:
        platform.close()

"""A house with people, a change that waits, and real servers to tell them by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from redis import Redis

from jobs import run
from ops import notices, outbox, work
from ops.db import Database
from ops.platform import Platform, read_catalog
from ops.settings import load

PEOPLE = """
CREATE TABLE public.thing (id int PRIMARY KEY, name text NOT NULL);
COMMENT ON TABLE public.thing IS 'Things';
INSERT INTO ops.person (id, iss, sub, name, email, email_verified, timezone, disabled_at) VALUES
  (1, 'i', 'ann', 'Ann', 'ann@example.com', true, 'UTC', NULL),
  (2, 'i', 'bo', 'Bo Castellan', 'bo@example.com', true, 'Europe/Oslo', NULL),
  (3, 'i', 'max', 'Max', 'max@example.com', true, 'UTC', NULL),
  (4, 'i', 'off', 'Off', 'off@example.com', true, 'UTC', now()),
  (5, 'i', 'una', 'Una', 'una@example.com', false, 'UTC', NULL);
INSERT INTO ops.person_role (person_id, role, origin) VALUES
  (1, 'operator', 'hand'), (1, 'manager', 'hand'), (2, 'manager', 'hand'), (2, 'manager', 'setting'),
  (3, 'manager', 'hand'), (4, 'manager', 'hand'), (5, 'manager', 'hand');
INSERT INTO ops.change_set (id, title, source, state, digest, proposer_id, submitted_at)
  VALUES (1042, 'Pay SECRET-4711 to Hansen', 'form', 'in_review', 'd', 1, '2026-11-20 13:03+00');
INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest, row_key, after)
  VALUES (1042, 0, 'update', 'public', 'thing', 'x', '["1"]', '{"name": "SECRET-4711"}');
INSERT INTO ops.change_party (change_id, person_id, side, how) VALUES (1042, 1, 'maker', 'proposer');
INSERT INTO ops.stage (change_id, revision, position, role, needed, why)
  VALUES (1042, 1, 1, 'manager', 1, '{a rule}');
"""


class Post:
    """The house and how it tells people: `put` leaves word, `work` does all mails and lines that are due."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.db = platform.db

    def sql(self, text: str, **values: object) -> list[Any]:
        with self.db.transaction() as tx:
            done = tx.execute(sa.text(text), values)
            return list(done.all()) if done.returns_rows else []

    def one(self, text: str, **values: object) -> Any:
        return self.sql(text, **values)[0][0]

    def put(self, kind: str = "change.submitted", **body: str) -> None:
        with self.db.transaction() as tx:
            outbox.put(tx, kind, body or {"change_id": "1042"})
        assert outbox.drain(self.db, notices.handlers(self.platform)) == 1

    def work(self) -> int:
        """Everything that is due is claimed and done once."""
        done = 0
        for row in self.sql(
            "SELECT id FROM ops.work WHERE state = 'due' AND due_at <= now() ORDER BY created_at"
        ):
            claim = work.claim(self.db, row.id, "a worker of tests")
            if claim is not None:
                run.perform(self.platform, claim)
                done += 1
        return done

    def soon(self) -> None:
        """The pause before the next attempt is over."""
        self.sql("UPDATE ops.work SET due_at = now() WHERE state = 'due'")


@pytest.fixture
def post(db: Database, redis_url: str, tmp_path: Path) -> Iterator[Callable[..., Post]]:
    """post(OPS_SMTP_URL=…, …) is the house with these settings."""
    with db.transaction() as tx:
        tx.execute(sa.text(PEOPLE.replace(":", "\\:")))
    redis = Redis.from_url(redis_url, socket_timeout=2, retry=None)

    def make(**settings: str) -> Post:
        loaded = load(
            {
                "OPS_HOME": str(tmp_path), "OPS_DATABASE_URL": db.url, "OPS_REDIS_URL": redis_url,
                "OPS_PUBLIC_URL": "http://ops.example.com:8000", **settings,
            }
        )  # fmt: skip
        return Post(Platform(loaded, db, read_catalog(loaded, db, []), redis, []))

    yield make
    redis.close()

"""The clock: one leads, others stand by; what is due is handed on; trouble is survived."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis import Redis

from ops import outbox, work
from ops.catalog import Catalog
from ops.clock import LEASE_SECONDS, Clock
from ops.db import Database
from ops.outbox import OutboxRow
from ops.platform import Platform
from ops.settings import load
from tests import servers


@pytest.fixture
def platform(db: Database, redis_url: str, tmp_path: Path) -> Iterator[Platform]:
    settings = load({"OPS_HOME": str(tmp_path), "OPS_DATABASE_URL": db.url, "OPS_REDIS_URL": redis_url})
    with Redis.from_url(redis_url, socket_timeout=2, retry=None) as redis:
        yield Platform(settings, db, Catalog({}, ()), redis)


def clock(platform: Platform, redis: Redis | None = None, **handlers: object) -> Clock:
    return Clock(platform, redis or platform.redis, handlers)  # type: ignore[arg-type]  # handlers of tests


def rings(redis: Redis) -> list[str]:
    return [name.decode() for name in redis.lrange(f"rq:queue:{work.QUEUE}", 0, -1)]  # type: ignore[union-attr]  # the client is synchronous


def add(platform: Platform, subject: str = "1") -> str:
    """Work whose first ring got lost."""
    with platform.db.transaction() as tx:
        work_id = work.add(tx, "export", subject)
        tx.execute(sa.text("UPDATE ops.work SET dispatched_at = NULL"))
    return str(work_id)


def test_one_leads_and_the_other_takes_over(platform: Platform) -> None:
    """P48, P51: two clocks never both lead; a dead one's lease runs out."""
    first, second = clock(platform), clock(platform)
    assert first.tick()
    assert not second.tick()
    with platform.db.transaction() as tx:  # the first one died: its lease runs out
        tx.execute(sa.text("UPDATE ops.lease SET until = now() - interval '1 second'"))
    second._renew_at = 0
    assert second.tick()
    first._renew_at = 0
    assert not first.tick()


def test_an_orderly_end_gives_the_lease_back(platform: Platform) -> None:
    stop = threading.Event()
    first = clock(platform)
    thread = threading.Thread(target=first.run, args=(stop,))
    thread.start()
    while first._fence is None:
        pass
    stop.set()
    thread.join(10)
    assert clock(platform).tick()


def test_a_stale_leader_does_not_go_on(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """P48: SIGSTOP for minutes: who slept longer than the lease must ask before doing anything."""
    sleeper = clock(platform)
    assert sleeper.tick()
    sleeper._leads_until -= LEASE_SECONDS + 1
    work_id = add(platform)
    assert not sleeper.tick()
    assert rings(platform.redis) == []
    sleeper._renew_at = 0
    assert sleeper.tick()
    assert rings(platform.redis) == [work_id]


def test_lost_rings_are_rung_again(platform: Platform) -> None:
    """P48: FLUSHALL loses nothing."""
    work_id = add(platform)
    one = clock(platform)
    one.tick()
    assert rings(platform.redis) == [work_id]
    platform.redis.flushdb()
    one.tick()
    assert rings(platform.redis) == []  # not at once: it may be under way
    with platform.db.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.work SET dispatched_at = now() - interval '1 minute'"))
    one.tick()
    assert rings(platform.redis) == [work_id]


def test_redis_away_does_not_stop_it(platform: Platform) -> None:
    add(platform)
    handed: list[int] = []

    def handler(_tx: object, row: OutboxRow) -> None:
        handed.append(row.id)

    with platform.db.transaction() as tx:
        outbox.put(tx, "news", {})
    nowhere = Redis(port=servers.free_port(), socket_timeout=1, socket_connect_timeout=1, retry=None)
    assert clock(platform, nowhere, news=handler).tick()
    assert len(handed) == 1


def test_the_outbox_is_handed_on_and_a_bad_handler_waits(platform: Platform) -> None:
    def broken(_tx: object, _row: OutboxRow) -> None:
        raise ZeroDivisionError

    seen: list[str] = []

    def good(_tx: object, row: OutboxRow) -> None:
        seen.append(row.body["n"])

    with platform.db.transaction() as tx:
        for number in "123":
            outbox.put(tx, "good", {"n": number})
        outbox.put(tx, "broken", {})
    one = clock(platform, good=good, broken=broken)
    assert one.tick()
    assert seen == ["1", "2", "3"]
    assert one.tick()


def test_connections_killed_under_it(platform: Platform) -> None:
    """P46: heals by itself after every connection is killed."""
    one = clock(platform)
    assert one.tick()
    with servers.admin() as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'countersign tests'"
        )
    one._renew_at = 0
    one.tick()
    one._renew_at = 0
    assert one.tick()


def test_work_whose_workers_all_died_is_given_up_and_says_so(platform: Platform) -> None:
    with platform.db.transaction() as tx:
        tx.execute(
            sa.text(
                "INSERT INTO ops.person (iss, sub, name) VALUES ('i', 's', 'Ann');"
                "INSERT INTO ops.export_run (person_id, schema_name, table_name, query, format, state)"
                " SELECT id, 's', 't', '{}', 'csv', 'running' FROM ops.person;"
                "INSERT INTO ops.work (kind, subject, state, attempts, until)"
                " SELECT 'export', id::text, 'claimed', 5, now() - interval '1 second' FROM ops.export_run"
            )
        )
    clock(platform).tick()
    with platform.db.reading() as tx:
        row = tx.execute(sa.text("SELECT state, error, finished_at FROM ops.export_run")).one()
    assert row.state == "failed"
    assert "several times" in row.error
    assert row.finished_at is not None


def test_old_sessions_and_tokens_go(platform: Platform) -> None:
    with platform.db.transaction() as tx:
        tx.execute(
            sa.text(
                "INSERT INTO ops.person (iss, sub, name) VALUES ('i', 's', 'Ann');"
                "INSERT INTO ops.session (id, expires_at) VALUES ('\\x01', now() - interval '2 hours'),"
                " ('\\x02', now() + interval '1 hour');"
                "INSERT INTO ops.form_token (person_id, token, created_at)"
                " SELECT id, 'old', now() - interval '3 days' FROM ops.person;"
                "INSERT INTO ops.form_token (person_id, token) SELECT id, 'new' FROM ops.person"
            )
        )
    one = clock(platform)
    one._next["tidy"] = 0
    one.tick()
    with platform.db.reading() as tx:
        assert tx.scalars(sa.text("SELECT id FROM ops.session")).all() == [b"\x02"]
        assert tx.scalars(sa.text("SELECT token FROM ops.form_token")).all() == ["new"]


MONTHS = "FROM pg_class WHERE relname ~ '^event_2[0-9]{3}_' AND relkind = 'r'"


def test_partitions_of_the_trail_are_made_ahead(platform: Platform) -> None:
    with platform.db.transaction() as tx:
        last = tx.scalar(sa.text(f"SELECT max(relname) {MONTHS}"))
        tx.execute(sa.text(f"DROP TABLE ops.{last}"))
    one = clock(platform)
    one._next["daily"] = 0
    one.tick()
    with platform.db.reading() as tx:
        assert tx.scalar(sa.text(f"SELECT count(*) {MONTHS}")) == 25

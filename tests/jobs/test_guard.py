"""P52: jobs are JSON and an id; a forged or pickled job in Redis does nothing but ring a bell."""

from __future__ import annotations

import json
import pickle
import signal
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from jobs.worker import Worker
from ops import work
from ops.catalog import Catalog
from ops.db import Database
from ops.platform import Platform
from ops.settings import load


@pytest.fixture
def platform(db: Database, redis_url: str, tmp_path: Path) -> Platform:
    settings = load({"OPS_HOME": str(tmp_path), "OPS_DATABASE_URL": db.url, "OPS_REDIS_URL": redis_url})
    return Platform(settings, db, Catalog({}, ()), Redis.from_url(redis_url))


@pytest.fixture(autouse=True)
def handlers_restored() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def drain(platform: Platform) -> None:
    Worker(platform, work.QUEUE, platform.redis, threading.Event()).work(burst=True)


def forge(redis: Redis, data: bytes, job_id: str | None = None, **fields: str) -> str:
    """Put a job into Redis by hand, as somebody with its password would."""
    job_id = job_id or str(uuid4())
    job = {
        "data": data,
        "created_at": "2026-11-21T00:00:00.000000Z",
        "status": "queued",
        "origin": work.QUEUE,
    }
    redis.hset(f"rq:job:{job_id}", mapping={**job, **fields})
    redis.rpush(f"rq:queue:{work.QUEUE}", job_id)
    return job_id


def refusals(db: Database) -> list[str]:
    query = sa.text(
        "SELECT p.body::jsonb->'facts'->>'reason' FROM ops.event e JOIN ops.event_payload p USING (uid) "
        "WHERE e.action = 'job.refused' AND e.outcome = 'refused' ORDER BY e.id"
    )
    with db.reading() as tx:
        return list(tx.scalars(query))


class Bomb:
    """Leaves a file behind if anybody unpickles it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return (Path.touch, (self.path,))


def call(name: str, *args: str) -> bytes:
    return json.dumps([name, None, list(args), {}]).encode()


def test_p52_a_pickled_job_is_not_unpickled(platform: Platform, tmp_path: Path) -> None:
    trap = tmp_path / "unpickled"
    forge(platform.redis, zlib.compress(pickle.dumps(("os.getpid", None, (Bomb(trap),), {}))))
    drain(platform)
    assert not trap.exists()
    assert refusals(platform.db) == ["it is not JSON"]


def test_p52_another_function_is_not_called(platform: Platform, tmp_path: Path) -> None:
    trap = tmp_path / "called"
    forge(platform.redis, call("os.mkdir", str(trap)))
    drain(platform)
    assert not trap.exists()
    assert refusals(platform.db) == ["it calls something else"]


def test_p52_more_than_an_id_is_refused(platform: Platform) -> None:
    forge(platform.redis, call("jobs.run.work", str(uuid4()), "more"))
    drain(platform)
    assert refusals(platform.db) == ["it carries more than an id"]


def test_p52_callbacks_and_webhooks_are_never_followed(platform: Platform, tmp_path: Path) -> None:
    trap = tmp_path / "called"
    job_id = str(uuid4())
    forge(
        platform.redis, call("jobs.run.work", job_id), job_id,
        success_callback_name="os.mkdir", failure_callback_name="os.mkdir", stopped_callback_name="os.mkdir",
        webhooks=json.dumps([{"url": "http://127.0.0.1:9/", "job_status": "finished"}]),
        retries_left="1000", repeats_left="1000",
    )  # fmt: skip
    drain(platform)
    assert not trap.exists()
    assert platform.redis.keys("rq:job:*") == []  # heard once, gone: no retry, no repetition


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 10_000, zlib.compress(b"0" * 50_000_000), b"[]", b"{}", b"null", b'["a"]', b"[1,2,3,4]"],
)
def test_p52_garbage_rings_the_bell_and_the_worker_goes_on(platform: Platform, data: bytes) -> None:
    forge(platform.redis, data)
    drain(platform)
    assert len(refusals(platform.db)) == 1
    assert platform.redis.llen(f"rq:queue:{work.QUEUE}") == 0


@pytest.mark.parametrize("job_id", ["x:y:z", "a\nb", "../..", "é", ""])
def test_p52_odd_names_do_not_stop_the_worker(platform: Platform, job_id: str) -> None:
    platform.redis.rpush(f"rq:queue:{work.QUEUE}", job_id)  # names no job at all
    forge(platform.redis, call("os.getpid"), job_id or " ")
    platform.redis.set("rq:job:wrong-type", "a string, not a hash")
    platform.redis.rpush(f"rq:queue:{work.QUEUE}", "wrong-type")
    drain(platform)
    drain(platform)
    assert platform.redis.llen(f"rq:queue:{work.QUEUE}") == 0


def test_p52_a_name_that_is_no_text_rings_the_bell_and_the_worker_goes_on(platform: Platform) -> None:
    worker = Worker(platform, work.QUEUE, platform.redis, threading.Event())
    platform.redis.rpush(f"rq:queue:{work.QUEUE}", b"\xff\xfe")
    forge(platform.redis, call("os.getpid"))
    assert worker.work(burst=True)  # it came to the one behind
    assert platform.redis.llen(f"rq:queue:{work.QUEUE}") == 0
    assert refusals(platform.db) == ["it cannot be read"]


def test_the_bell_rings_once_a_minute(platform: Platform) -> None:
    """A forger must not be able to fill the trail."""
    for _ in range(50):
        forge(platform.redis, call("os.getpid"))
    drain(platform)
    assert len(refusals(platform.db)) == 1


def test_our_own_ring_is_answered(platform: Platform) -> None:
    """An id of work that is not there is no forgery: it may have been done already."""
    work.dispatch(platform.redis, [uuid4()])
    drain(platform)
    assert refusals(platform.db) == []
    assert platform.redis.keys("rq:job:*") == []


def test_a_kind_nobody_knows_is_tried_again_later(platform: Platform) -> None:
    with platform.db.transaction() as tx:
        work_id = work.add(tx, "of-a-newer-release", "1")
    work.dispatch(platform.redis, [work_id])
    drain(platform)
    with platform.db.reading() as tx:
        row = tx.execute(sa.text("SELECT state, attempts, error FROM ops.work")).one()
    assert (row.state, row.attempts) == ("due", 1)
    assert row.error.startswith("KeyError")


def test_rq_writes_what_the_guard_reads(platform: Platform) -> None:
    """Were RQ to change its form of a job, every ring of ours would be refused: this test would tell."""
    queue = Queue(work.QUEUE, connection=platform.redis, serializer=JSONSerializer)
    work.dispatch(platform.redis, [uuid4()])
    assert queue.count == 1
    drain(platform)
    assert queue.count == 0
    assert refusals(platform.db) == []

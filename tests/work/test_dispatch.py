"""The bell: ids only, as JSON, and no Redis in any state makes a request fail or hang (P42, P48, P52)."""

from __future__ import annotations

import json
import socket
import time
import zlib
from uuid import uuid4

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from ops import work
from ops.platform import redis_client


def test_p52_a_job_carries_one_id_as_json_and_nothing_else(redis_url: str) -> None:
    redis = redis_client(redis_url)
    ids = [uuid4(), uuid4()]
    assert work.dispatch(redis, ids)
    queue = Queue(work.QUEUE, connection=redis, serializer=JSONSerializer)
    assert queue.job_ids == [str(one) for one in ids]
    data = zlib.decompress(redis.hget(f"rq:job:{ids[0]}", "data"))
    assert json.loads(data) == ["jobs.run.work", None, [str(ids[0])], {}]


def test_rung_twice_is_one_job(redis_url: str) -> None:
    redis = redis_client(redis_url)
    one = uuid4()
    work.dispatch(redis, [one])
    work.dispatch(redis, [one])
    assert len(redis.keys("rq:job:*")) == 1


def test_nothing_to_ring_for_asks_nobody() -> None:
    assert work.dispatch(redis_client("redis://127.0.0.1:1/0"), [])


def test_p48_redis_away_is_no_error_and_costs_no_time() -> None:
    began = time.monotonic()
    assert work.dispatch(redis_client("redis://127.0.0.1:1/0"), [uuid4()]) is False
    assert time.monotonic() - began < 2


def test_p48_a_redis_that_hangs_costs_at_most_a_few_seconds() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        assert (
            work.dispatch(redis_client(f"redis://127.0.0.1:{silent.getsockname()[1]}/0"), [uuid4()]) is False
        )
        assert time.monotonic() - began < 5


def test_p48_a_wrong_password_is_logged_not_raised(redis_url: str) -> None:
    wrong = (
        redis_url.replace("://", "://x:wrong@", 1)
        if "@" not in redis_url
        else "redis://:wrong@" + redis_url.split("@")[1]
    )
    assert work.dispatch(Redis.from_url(wrong, retry=None), [uuid4()]) is False

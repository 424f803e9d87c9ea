"""Workers, Redis, PostgreSQL are killed while a file is asked for and written: it comes once, right (P48)."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta

import pytest

from tests.faults.client import Client
from tests.faults.conftest import World
from tests.faults.killing import lease_over

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
LIST = "shop.long_list"
_LEASES = "SELECT until - clock_timestamp() FROM ops.work WHERE state = 'claimed'"


def test_p48_nothing_happens(world: World, ann: Client) -> None:
    """The measure of the others: without a fault the file is right."""
    world.arrives_once(ann, ann.ask_for(LIST))


def test_p48_worker_child_parent_or_both_killed(world: World, ann: Client) -> None:
    """P48: SIGKILL of a worker's child, of its parent, of both: three exports at once, one fate each."""
    workers = {world.stage.processes["worker"].pid: "worker"}
    for number in (2, 3):
        world.stage.add_worker(f"worker-{number}")
        workers[world.stage.processes[f"worker-{number}"].pid] = f"worker-{number}"
    for number in (2, 3):  # the first one waits already (a Redis killed meanwhile has forgotten it)
        world.worker_waits(f"worker-{number}")
    child, parent, both = (ann.ask_for(LIST) for _ in range(3))
    holders = dict(zip((child, parent, both), world.under_way(child, parent, both), strict=True))
    of = {pid: name for name in workers.values() for pid in world.stage.children(name)}
    os.kill(holders[child], signal.SIGKILL)
    world.stage.kill(of[holders[parent]])
    world.stage.kill(of[holders[both]])
    os.kill(holders[both], signal.SIGKILL)
    # Whose parent died goes on by itself; the others begin anew once their lease has run out.
    world.arrives_once(ann, parent, 60)
    assert world.state_of(both)[0] == "running"
    leases = [left for (left,) in world.rows(_LEASES)]
    assert len(leases) == 2 and all(timedelta(0) < left <= timedelta(seconds=90) for left in leases)
    lease_over(world)
    world.arrives_once(ann, child, 60)
    world.arrives_once(ann, both, 60)
    for name in ("worker-2", "worker-3"):
        world.stage.remove(name)


def test_p48_flushall_between_request_and_run(world: World, ann: Client) -> None:
    """P48: FLUSHALL on Redis while the work waits for a worker."""
    world.stage.end("worker")
    address = ann.ask_for(LIST)
    with world.redis() as client:
        assert client.keys("rq:job:*")
        client.flushall()
    lease_over(world)
    world.stage.spawn("worker")
    world.arrives_once(ann, address, 90)


def test_p48_redis_killed_between_request_and_run(world: World, ann: Client) -> None:
    """P48: kill -9 of Redis while the work waits; asking once more while it is away goes on."""
    world.stage.end("worker")
    first = ann.ask_for(LIST)
    world.kill_redis()
    began = time.monotonic()
    second = ann.ask_for(LIST)
    assert time.monotonic() - began < 5, "no request waits for Redis"
    world.until("back", lambda: _pings(world))
    lease_over(world)
    world.stage.spawn("worker")
    world.arrives_once(ann, first, 90)
    world.arrives_once(ann, second, 90)


def test_p48_redis_killed_and_emptied_under_way(world: World, ann: Client) -> None:
    """P48: kill -9 and FLUSHALL of Redis while the file is written; the worker still listens afterwards."""
    address = ann.ask_for(LIST)
    world.under_way(address)
    world.kill_redis()
    world.until("back", lambda: _pings(world))
    with world.redis() as client:
        client.flushall()
    world.arrives_once(ann, address)
    world.arrives_once(ann, ann.ask_for(LIST), 90)


def test_p48_postgresql_killed_under_way(world: World, ann: Client) -> None:
    """P48: kill -9 of PostgreSQL in the middle of the COPY: clean pages meanwhile, then the file, once."""
    address = ann.ask_for(LIST)
    world.under_way(address)
    world.kill_postgres()
    answer = ann.get("/exports/")
    assert answer.status_code in (200, 503), answer.text
    assert "Traceback" not in answer.text
    waits = "SELECT 1 FROM ops.work WHERE subject = %s AND state = 'due'"
    world.until("put down", lambda: world.rows(waits, address.rpartition("/")[2]), 60)
    lease_over(world)
    world.arrives_once(ann, address, 60)
    assert ann.get("/exports/").status_code == 200


def _pings(world: World) -> bool:
    try:
        with world.redis() as client:
            return bool(client.ping())
    except OSError:
        return False
    except Exception as error:
        return type(error).__name__ not in ("ConnectionError", "TimeoutError", "BusyLoadingError")

"""Taken back, stopped, resumed while a worker begins: they hold each other's rows, and nobody sees a deadlock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from ops.changes import bulk, withdraw
from ops.changes.bulk import steering
from tests.changes.bulk.conftest import Many
from tests.changes.company import World


def _withdraw(world: World, change: int) -> object:
    return withdraw(world.db, world.catalog, world.ann, change)


def _stop(world: World, change: int) -> object:
    return bulk.stop(world.db, world.catalog, world.ann, change)


def _go_on(world: World, change: int) -> object:
    return steering.go_on(world.db, world.catalog, world.ann, change)


@pytest.mark.parametrize("deed", [_withdraw, _stop, _go_on])
def test_no_deadlock_reaches_who_steers_while_a_worker_begins(
    world: World, many: Many, deed: Callable[[World, int], object]
) -> None:
    """P48: a worker holds its work and waits for the change; a person holds the change and waits for that work."""
    many.plain(200)
    world.rule("all", table_name="plain")
    change = many.propose(world.ann, many.wish(after={"v": "x"})).change_id
    assert many.work(change) == "in_review"
    assert world.decide(world.bo, change).state == "approved"
    if deed is _go_on:
        steering.pause(world.db, world.catalog, world.ann, change)
    wrong: list[BaseException] = []

    def person() -> None:
        try:
            deed(world, change)
        except BaseException as error:
            wrong.append(error)

    with psycopg.connect(world.db.url) as worker:
        worker.execute("SET deadlock_timeout = '10s'")  # so that it is the person whom the database picks
        worker.execute("SELECT FROM ops.work WHERE kind = 'bulk' AND state = 'due' FOR UPDATE")
        running = threading.Thread(target=person)
        running.start()
        _until(world, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                      "AND wait_event_type = 'Lock'")  # fmt: skip
        worker.execute("SELECT FROM ops.change_set WHERE id = %s FOR UPDATE", (change,))
        worker.rollback()
        running.join(15)
    assert not wrong
    if deed is not _go_on:
        assert many.state(change) == ("withdrawn" if deed is _withdraw else "failed")


def _until(world: World, statement: str) -> None:
    end = time.monotonic() + 5
    while not world.one(statement):
        assert time.monotonic() < end
        time.sleep(0.02)

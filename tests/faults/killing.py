"""Killing processes where they stand, and letting others go on without waiting for a dead one's lease."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from tests.faults import gates
from tests.faults.conftest import World

# What time does to work that nobody does any more, and to rings that Redis has lost.
_TIME = (
    "UPDATE ops.work SET until = least(until, now()), due_at = now(), dispatched_at = NULL WHERE state = %s"
)


@contextmanager
def shut(world: World, *names: str) -> Iterator[gates.Closed]:
    """These gates are closed."""
    with world.connect() as connection, gates.closed(connection, *names) as closed:
        yield closed


def gone(world: World, *backends: int) -> None:
    """Wait until these database processes have noticed that nobody listens any more."""
    there = "SELECT 1 FROM pg_stat_activity WHERE pid = ANY(%s)"
    world.until("gone", lambda: not world.rows(there, list(backends)))


def kill_children(world: World, name: str) -> None:
    """SIGKILL of all that a process has forked: gunicorn's workers; who works for the worker."""
    for pid in world.stage.children(name):
        os.kill(pid, signal.SIGKILL)


def killed_in_turn(
    world: World, closed: gates.Closed, names: Mapping[str, str], both: Collection[str] = ()
) -> None:
    """Whoever works is killed at each of the gates, as they are come to; of those in `both` its parent first."""
    left = dict(names)
    while left:
        found = world.until("one more stopped", lambda: set(closed.standing()) & set(left), 15)
        name = next(iter(found))
        backend = closed.standing()[name]
        if left.pop(name) in both:
            children = world.stage.children("worker")
            world.stage.kill("worker")
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            world.stage.spawn("worker")
        else:
            kill_children(world, "worker")
        closed.open(name)
        gone(world, backend)


def lease_over(world: World) -> None:
    """What is waited for passes: leases of the dead, pauses, lost rings. A test of exports says how long leases are."""
    world.rows(_TIME, "claimed")
    world.rows(_TIME, "due")


def hurried(world: World, what: str, good: Callable[[], object], seconds: float = 60) -> None:
    """Wait until `good()`, and let leases and pauses be over meanwhile: no worker lives that holds one."""
    end = time.monotonic() + seconds
    while not good():
        assert time.monotonic() < end, f"not {what}\n{world.stage.said()}"
        if not world.stage.children("worker"):
            lease_over(world)
        time.sleep(0.1)

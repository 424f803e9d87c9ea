"""Worker, Redis and database die in the middle of an export: the file arrives once, and right (P48)."""

from __future__ import annotations

import csv
import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from redis import Redis

from ops import exports, work
from ops.actor import Actor
from ops.clock import Clock
from ops.db import Database
from ops.embedded import Embedded
from ops.exports import Run
from ops.platform import Platform, read_catalog
from ops.settings import Settings, load
from ops.spool import at
from tests.jobs.workers import Workers, child_of

pytestmark = pytest.mark.slow
ROWS = 400
SLOW = f"""
CREATE FUNCTION public.lazy(i int) RETURNS text LANGUAGE plpgsql VOLATILE AS
  $$ BEGIN PERFORM pg_sleep(0.01); RETURN 'row ' || i; END $$;
CREATE VIEW public.slow AS SELECT g AS id, public.lazy(g) AS text FROM generate_series(1, {ROWS}) g;
INSERT INTO ops.person (id, iss, sub, name) VALUES (1, 'test', 'bo', 'Bo');
INSERT INTO ops.person_role (person_id, role, origin) VALUES (1, 'manager', 'hand');
"""
BO = Actor(1, "Bo", frozenset({"manager"}))


class Scene:
    """A database with a slow view, a Redis, a clock in hand and workers as processes."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.settings = settings
        with db.transaction() as tx:
            tx.execute(sa.text(SLOW))
        self.platform = Platform(settings, db, read_catalog(settings, db), self.redis())
        self.clock = Clock(self.platform, self.platform.redis)
        self.workers = Workers(settings, db)

    def redis(self) -> Redis:
        return Redis.from_url(str(self.settings.redis_url), socket_timeout=2, retry=None)

    def ask(self) -> UUID:
        return exports.request(self.platform, BO, "slow", "", uuid4().hex)

    def run(self, run_id: UUID) -> Run:
        with self.platform.db.reading() as tx:
            return exports.show(tx, BO, run_id)

    def until(self, run_id: UUID, good: Callable[[Run], bool], seconds: float = 40) -> Run:
        """Tick the clock until the run is as wanted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.clock.tick()
            run = self.run(run_id)
            if good(run):
                return run
            time.sleep(0.2)
        raise AssertionError(f"still {self.run(run_id)}")

    def under_way(self, run_id: UUID) -> Run:
        return self.until(run_id, lambda run: run.state == "running")

    def arrived_once(self, run_id: UUID) -> Run:
        run = self.until(run_id, lambda run: run.state == "done")
        found = exports.open_file(self.platform, BO, run_id)
        with found.file:
            rows = list(csv.reader(io.StringIO(found.file.read().decode())))
        assert rows == [["id", "text"], *([str(n), f"row {n}"] for n in range(1, ROWS + 1))]
        with self.platform.db.reading() as tx:
            count = tx.scalar(sa.text("SELECT count(*) FROM ops.event WHERE action = 'export.written'"))
        assert count == 1
        return run


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of its own: cutting every connection once cut those of the browser's stage beside it, too."""
    server = Embedded(tmp_path_factory.mktemp("redis"), postgres=False, redis=True, say=lambda _text: None)
    server.start()
    yield server.redis_url or ""
    server.stop()


@pytest.fixture
def redis_url(own_redis: str) -> str:
    with Redis.from_url(own_redis) as client:
        client.flushall()
    return own_redis


@pytest.fixture
def scene(db: Database, redis_url: str, tmp_path: Path) -> Iterator[Scene]:
    environ = {"OPS_HOME": str(tmp_path), "OPS_DATABASE_URL": db.url, "OPS_REDIS_URL": redis_url}
    scene = Scene(db, load(environ))
    yield scene
    scene.workers.end()


@pytest.mark.parametrize("who", ["child", "parent", "both"])
def test_p48_sigkill(scene: Scene, who: str) -> None:
    """P48: SIGKILL of the worker's parent, child or both: the file arrives once, and right."""
    first, run_id = scene.workers.start(), scene.ask()
    scene.under_way(run_id)
    child = child_of(first)
    if who in ("parent", "both"):
        first.kill()
        first.wait()
        scene.workers.start()
    if who in ("child", "both"):
        os.kill(child, signal.SIGKILL)
        scene.workers.lease_runs_out()
    scene.arrived_once(run_id)
    names = at(scene.settings.spool).names()
    assert names == [scene.run(run_id).file]


def test_p48_sigstop_for_longer_than_the_lease(scene: Scene) -> None:
    """P48: stopped, overtaken, and going on: the stale one is fenced and writes nothing."""
    first, run_id = scene.workers.start(), scene.ask()
    scene.under_way(run_id)
    child = child_of(first)
    os.kill(child, signal.SIGSTOP)
    os.kill(first.pid, signal.SIGSTOP)
    scene.workers.lease_runs_out()
    scene.workers.start()
    scene.arrived_once(run_id)
    os.kill(first.pid, signal.SIGCONT)
    os.kill(child, signal.SIGCONT)
    end = time.monotonic() + 15
    while Path(f"/proc/{child}").exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert at(scene.settings.spool).names() == [scene.run(run_id).file]
    assert len(list(at(scene.settings.spool).folder.iterdir())) == 1
    scene.arrived_once(run_id)


def test_p54_sigterm_gives_work_back(scene: Scene) -> None:
    """P54: asked to end, the worker gives its work back within 30 s and ends; another does it at once."""
    first, run_id = scene.workers.start(), scene.ask()
    scene.under_way(run_id)
    began = time.monotonic()
    first.terminate()
    assert first.wait(30) == 0
    assert time.monotonic() - began < 10
    assert scene.run(run_id).state == "waiting"
    with scene.platform.db.reading() as tx:
        assert tx.execute(sa.text("SELECT state, attempts FROM ops.work")).one() == ("due", 0)
    assert list(at(scene.settings.spool).folder.iterdir()) == []
    scene.workers.start()
    scene.arrived_once(run_id)


def test_an_idle_worker_ends_at_once(scene: Scene) -> None:
    worker = scene.workers.start()
    end = time.monotonic() + 10
    while not scene.platform.redis.scard("rq:workers") and time.monotonic() < end:
        time.sleep(0.1)
    began = time.monotonic()
    worker.terminate()
    assert worker.wait(30) == 0
    assert time.monotonic() - began < 3


def test_p48_flushall_between_asking_and_running(scene: Scene) -> None:
    """P48: FLUSHALL on Redis between request and run loses nothing."""
    run_id = scene.ask()
    scene.platform.redis.flushdb()
    with scene.platform.db.transaction() as tx:  # what 20 seconds would do
        tx.execute(sa.text("UPDATE ops.work SET dispatched_at = now() - interval '1 minute'"))
    scene.workers.start()
    scene.arrived_once(run_id)


def test_p48_flushall_under_way(scene: Scene) -> None:
    scene.workers.start()
    run_id = scene.ask()
    scene.under_way(run_id)
    scene.platform.redis.flushdb()
    scene.arrived_once(run_id)
    again = scene.ask()  # and the worker still listens
    scene.until(again, lambda run: run.state == "done")


def test_p48_every_connection_to_redis_cut(scene: Scene) -> None:
    worker = scene.workers.start()
    run_id = scene.ask()
    scene.under_way(run_id)
    scene.platform.redis.client_kill_filter(_type="normal", skipme=True)
    scene.arrived_once(run_id)
    again = scene.ask()
    scene.until(again, lambda run: run.state == "done")
    assert worker.poll() is None


def test_p46_every_connection_to_the_database_killed(scene: Scene) -> None:
    """P46, P48: the database drops everybody in the middle of the COPY; it is done again, once."""
    scene.workers.start()
    run_id = scene.ask()
    scene.under_way(run_id)
    with scene.platform.db.reading() as tx:
        name = tx.scalar(sa.text("SELECT current_database()"))
    from tests import servers

    with servers.admin() as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()",
            (name,),
        )
    time.sleep(1)
    with scene.platform.db.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.work SET due_at = now(), dispatched_at = NULL"))
    scene.arrived_once(run_id)


def test_many_workers_one_file(scene: Scene) -> None:
    """P48: rung three times, heard by two: done once."""
    for _ in range(2):
        scene.workers.start()
    run_id = scene.ask()
    with scene.platform.db.reading() as tx:
        work_id = tx.scalar(sa.text("SELECT id FROM ops.work"))
    for _ in range(3):
        work.dispatch(scene.platform.redis, [work_id])
    scene.arrived_once(run_id)
    with scene.platform.db.reading() as tx:
        assert tx.scalar(sa.text("SELECT attempts FROM ops.work")) == 1

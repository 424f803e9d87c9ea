"""A change that waits is rehearsed by a worker, also where one is killed in the middle or Redis is away (P48)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis import Redis

from ops import changes
from ops.changes import Operation
from ops.clock import Clock
from ops.db import Database
from tests.jobs.workers import ANN, Scene, child_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
TABLE = """
CREATE TABLE public.part (id int PRIMARY KEY, price numeric);
INSERT INTO public.part VALUES (1, 10);
INSERT INTO ops.approval_rule (name, tables, stages)
VALUES ('all', '{public.*}', '[{"role": "manager", "needed": 1}]');
"""


class Rehearsal(Scene):
    """A price that a rule asks a manager about."""

    TABLE = TABLE
    TROUBLE = "SELECT to_jsonb(w) FROM ops.work w WHERE kind = 'rehearse'"

    def ask(self) -> int:
        """A change that waits for a manager."""
        table = self.platform.catalog.by_name("public", "part")
        one = Operation("update", table, "~1", {"price": "10"}, {"price": "20"})
        return changes.propose(self.db, self.platform.catalog, ANN, [one]).change_id

    def found(self) -> object:
        return self.one("SELECT outcome FROM ops.rehearsal WHERE outcome IS NOT NULL")


@pytest.fixture
def scene(db: Database, redis_url: str, tmp_path: Path) -> Iterator[Rehearsal]:
    with Rehearsal.opened(db, redis_url, tmp_path) as scene:
        yield scene


def test_submitted_handed_on_and_rehearsed(scene: Rehearsal) -> None:
    scene.ask()
    scene.workers.start()
    scene.until(scene.found)
    assert scene.found() == "applies"
    assert scene.one("SELECT price FROM public.part") == 10
    assert scene.one("SELECT count(*) FROM ops.event WHERE action = 'change.rehearsed'") == 1


def test_with_redis_away_it_waits_and_the_clock_rings_later(scene: Rehearsal) -> None:
    scene.ask()
    away = Clock(
        scene.platform, Redis(host="127.0.0.1", port=1, socket_timeout=1, retry=None, retry_on_timeout=False)
    )
    away.tick()
    assert scene.one("SELECT state FROM ops.work WHERE kind = 'rehearse'") == "due"
    with scene.db.transaction() as tx:  # what its lease and 20 seconds would do
        tx.execute(sa.text("UPDATE ops.lease SET until = now() - interval '1 second'"))
        tx.execute(sa.text("UPDATE ops.work SET dispatched_at = now() - interval '1 minute'"))
    scene.workers.start()
    scene.until(scene.found)
    assert scene.found() == "applies"


def test_killed_in_the_middle_nothing_of_it_stays_and_another_finds_it(scene: Rehearsal) -> None:
    with scene.db.connect() as connection:
        connection.execute(
            """
            CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END $$;
            CREATE TRIGGER slow BEFORE UPDATE ON public.part FOR EACH ROW EXECUTE FUNCTION public.slow();
            """
        )
    scene.platform.refresh()
    scene.ask()
    worker = scene.workers.start()
    at_it = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%UPDATE%part%'"
    at_it += " AND application_name = 'countersign rehearsal' AND state = 'active'"
    scene.until(lambda: scene.one(at_it))
    os.kill(child_of(worker), signal.SIGKILL)
    assert scene.found() is None
    scene.workers.lease_runs_out()
    scene.until(scene.found)
    assert scene.found() == "applies"
    assert scene.one("SELECT price FROM public.part") == 10
    assert scene.one("SELECT count(*) FROM ops.event WHERE action = 'change.rehearsed'") == 1

"""Many rows at a set time, by the clock and a worker's process: nothing before, all of it after, once, whoever dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ops.changes import bulk
from ops.changes.bulk import Listed, Wish
from ops.db import Database
from tests.jobs.workers import ANN, Scene, child_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
ROWS = 1300
TABLE = f"""
CREATE TABLE public.part (id int PRIMARY KEY, price numeric);
INSERT INTO public.part SELECT n, 10 FROM generate_series(1, {ROWS}) n;
CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.id = 700 THEN PERFORM pg_sleep(1.5); END IF; RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE UPDATE ON public.part FOR EACH ROW EXECUTE FUNCTION public.slow();
"""


class Later(Scene):
    """A price of every part, to be set in two hours."""

    TABLE = TABLE
    TROUBLE = "SELECT jsonb_agg(to_jsonb(w)) FROM ops.work w"

    def ask(self) -> int:
        """A change that waits for its time once a worker has looked the rows up."""
        wish = Wish(
            self.platform.catalog.by_name("public", "part"), "update", Listed(), {"price": "20"},
            apply_at=datetime.now(UTC) + timedelta(hours=2),
        )  # fmt: skip
        return bulk.propose_bulk(self.db, self.platform.catalog, ANN, wish).change_id

    def state(self) -> object:
        return self.one("SELECT state FROM ops.change_set")

    def written(self) -> object:
        return self.one("SELECT count(*) FROM public.part WHERE price = 20")

    def its_time_comes(self) -> None:
        with self.db.transaction() as tx:
            tx.execute(sa.text("UPDATE ops.change_set SET apply_at = now()"))


@pytest.fixture
def scene(db: Database, redis_url: str, tmp_path: Path) -> Iterator[Later]:
    with Later.opened(db, redis_url, tmp_path) as scene:
        yield scene


def test_p29_p48_it_is_written_from_its_time_on_also_where_the_worker_is_killed(scene: Later) -> None:
    """P29, P30, P48: killed within the second chunk, the first one stays and another worker goes on behind it."""
    scene.ask()
    worker = scene.workers.start()
    scene.until(lambda: scene.state() == "approved")
    idle = "SELECT count(*) = 0 FROM ops.work WHERE state IN ('due', 'claimed') AND kind IN ('bulk', 'apply')"
    scene.until(lambda: scene.one(idle))
    assert scene.written() == 0
    scene.its_time_comes()
    at_it = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    )
    scene.until(lambda: scene.one(at_it))
    os.kill(child_of(worker), signal.SIGKILL)
    assert scene.written() == 500 and scene.state() == "applying"
    scene.workers.lease_runs_out()
    scene.until(lambda: scene.state() == "applied")
    assert scene.written() == ROWS
    assert scene.one("SELECT count(*) FROM ops.event WHERE action = 'row.updated'") == ROWS
    assert scene.one("SELECT applied FROM ops.change_bulk") == ROWS

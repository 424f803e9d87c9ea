"""Workers as processes of their own, and what 90 seconds of silence would do to what they held."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from ops.actor import Actor
from ops.clock import Clock
from ops.db import Database
from ops.platform import Platform, build
from ops.settings import Settings, load

ANN = Actor(1, "Ann", frozenset({"operator"}))
_HERSELF = """
INSERT INTO ops.person (id, iss, sub, name) VALUES (1, 'test', 'ann', 'Ann');
INSERT INTO ops.person_role (person_id, role, origin) VALUES (1, 'operator', 'hand');
"""


class Workers:
    """Those that a test started; ended with it."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self._settings, self._db = settings, db
        self.all: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """One more."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("OPS_")}
        env |= {
            "OPS_HOME": str(self._settings.home),
            "OPS_DATABASE_URL": str(self._settings.database_url),
            "OPS_REDIS_URL": str(self._settings.redis_url),
        }
        self.all.append(subprocess.Popen([sys.executable, "-m", "ops", "worker"], env=env))
        return self.all[-1]

    def lease_runs_out(self) -> None:
        """Nobody waits the 90 seconds here."""
        with self._db.transaction() as tx:
            tx.execute(
                sa.text("UPDATE ops.work SET until = now(), dispatched_at = NULL WHERE state = 'claimed'")
            )

    def end(self) -> None:
        """Whatever still runs."""
        for worker in self.all:
            worker.kill()
            worker.wait()


def child_of(worker: subprocess.Popen[bytes]) -> int:
    """The process that does the work."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        text = subprocess.run(["pgrep", "-P", str(worker.pid)], capture_output=True, text=True).stdout
        if text.split():
            return int(text.split()[0])
        time.sleep(0.05)
    raise AssertionError("the worker has no child")


class Scene:
    """Ann, a table, a clock in hand, workers as processes. Who inherits says what stands there, and what to tell."""

    TABLE: str  # statements that make the table
    TROUBLE: str  # a query of what to tell when it does not become so

    def __init__(self, db: Database, settings: Settings) -> None:
        with db.connect() as connection:
            connection.execute((self.TABLE + _HERSELF).encode())
        self.settings, self.db = settings, db
        self.platform: Platform = build(settings, "worker")
        self.clock = Clock(self.platform, self.platform.redis)
        self.workers = Workers(settings, db)

    @classmethod
    @contextmanager
    def opened(cls, db: Database, redis_url: str, home: Path) -> Iterator[Self]:
        """One on this database; its workers end with it."""
        environ = {"OPS_HOME": str(home), "OPS_DATABASE_URL": db.url, "OPS_REDIS_URL": redis_url}
        scene = cls(db, load(environ))
        yield scene
        scene.workers.end()
        scene.platform.close()

    def one(self, text: str, **values: Any) -> Any:
        """The first value of the first row."""
        with self.db.reading() as tx:
            return tx.scalar(sa.text(text), values)

    def until(self, good: Callable[[], object], seconds: float = 60) -> None:
        """Tick the clock until it is so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.clock.tick()
            if good():
                return
            time.sleep(0.02)
        raise AssertionError(self.one(self.TROUBLE))

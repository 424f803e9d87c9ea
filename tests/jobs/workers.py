"""Workers as processes of their own, and what 90 seconds of silence would do to what they held."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import sqlalchemy as sa

from ops.db import Database
from ops.settings import Settings


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

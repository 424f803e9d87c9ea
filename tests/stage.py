"""The whole product as processes: web, worker, clock, demo sign-in, on a database and a Redis given.

For tests that must see it from outside: browsers, and faults that kill. Everything is set up as
`ops up --demo` does it: groups mapped, rules seeded, the demo's resources.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from ops.cli import demo
from ops.db import Database
from ops.identity import demo_provider
from ops.share import folder
from tests import servers

READY_SECONDS = 60
OURS = ("web", "worker", "clock")


class Stage:
    """A running product. `origin` is where people reach it, `issuer` where they sign in."""

    def __init__(self, home: Path, database_url: str, redis_url: str, **settings: str) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        port, sign_in = servers.free_port(), servers.free_port()
        self.origin = f"http://localhost:{port}"
        self.issuer = demo_provider.issuer(sign_in)
        self.database_url = database_url
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OPS_")},
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",  # the mock's own libraries talk of their future
            "OPS_HOME": str(home),
            "OPS_DATABASE_URL": database_url,
            "OPS_REDIS_URL": redis_url,
            "OPS_RESOURCES": str(folder("demo") / "resources.py"),
            "OPS_PUBLIC_URL": self.origin,
            "OPS_BIND": f"127.0.0.1:{port}",
            "OPS_WEB_WORKERS": "1",
            "OPS_OIDC_ISSUER": self.issuer,
            "OPS_OIDC_CLIENT_ID": demo_provider.CLIENT_ID,
            "OPS_OIDC_CLIENT_SECRET": demo_provider.CLIENT_SECRET,
            "OPS_OIDC_NAME": "the demo sign-in",
            **settings,
        }
        self._commands = {name: (name,) for name in OURS}
        self._commands["sign-in"] = ("demo-sign-in", "--port", str(sign_in), "--second-owner")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> Stage:
        """Seed rules and groups, start everything, return when pages and sign-in answer."""
        db = Database(self.database_url, application_name="countersign tests", pool_size=1)
        try:
            demo.seed(db, self.issuer)
        finally:
            db.close()
        for name in self._commands:
            self.spawn(name)
        self.wait_for(f"{self.issuer}/.well-known/openid-configuration")
        self.wait_for(f"{self.origin}/readyz")
        return self

    def spawn(self, name: str) -> subprocess.Popen[bytes]:
        """Start one of the processes, in a group of its own; its words go to NAME.log in the home."""
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "ops", *self._commands[name]],
                env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        return self.processes[name]

    def add_worker(self, name: str) -> None:
        """Start one more worker under this name."""
        self._commands[name] = ("worker",)
        self.spawn(name)

    def remove(self, name: str) -> None:
        """End a process and forget it."""
        self.end(name)
        del self.processes[name], self._commands[name]

    def end(self, name: str) -> None:
        """SIGTERM, and wait until it is gone."""
        self.processes[name].terminate()
        self.processes[name].wait(30)

    def kill(self, name: str) -> None:
        """SIGKILL one process alone; its children live on, until they notice."""
        self.processes[name].kill()
        self.processes[name].wait()

    def children(self, name: str) -> list[int]:
        """The process ids of the children one process has forked."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.processes[name].pid)], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in found.stdout.split()]

    def wait_for(self, address: str) -> None:
        """Return once the address answers 200; raise AssertionError with the logs else."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and all(one.poll() is None for one in self.processes.values()):
            try:
                with urllib.request.urlopen(address, timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"{address} does not answer:\n{self.said()}")

    def said(self) -> str:
        """The end of every process's log."""
        logs = sorted(self.home.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}" for log in logs)

    def stop(self) -> None:
        """End all, at once and for good: tests keep nothing."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def tables_are_analysed(url: str) -> None:
    """Give the planner its numbers: a database cloned a second ago has none of its own yet."""
    db = Database(url, application_name="countersign tests", pool_size=1)
    try:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
    finally:
        db.close()

"""`ops up` as a process: it starts all, restarts what dies, and leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests import servers

pytestmark = pytest.mark.slow


class Up:
    """A running `ops up` and what it said."""

    def __init__(self, home: Path, url: str, redis_url: str, *words: str) -> None:
        self.port = servers.free_port()
        self.log = home / "up.log"
        env = {name: value for name, value in os.environ.items() if not name.startswith("OPS_")}
        env |= {"OPS_HOME": str(home / "home"), "OPS_REDIS_URL": redis_url, "OPS_WEB_WORKERS": "1"}
        command = [sys.executable, "-m", "ops", "up", "--database", url, "--port", str(self.port), *words]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, env=env, stdout=out, stderr=out)

    def said(self) -> str:
        return self.log.read_text()

    def wait_for(self, words: str, seconds: float = 40, count: int = 1) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.said().count(words) >= count:
                return
            assert self.process.poll() is None, self.said()
            time.sleep(0.1)
        raise AssertionError(f"never said {words!r}:\n{self.said()}")

    def children(self) -> dict[str, int]:
        """The children by name, with their process ids."""
        found = {}
        lines = subprocess.check_output(["ps", "-ww", "-eo", "pid,ppid,args"], text=True).splitlines()
        for line in lines[1:]:
            pid, parent, args = line.split(None, 2)
            if int(parent) == self.process.pid and f"--parent {self.process.pid}" in args:
                found[args.split(f"--parent {self.process.pid} ")[1].split()[0]] = int(pid)
        return found

    def left(self) -> list[str]:
        """Whatever still runs of it, of any generation."""
        lines = subprocess.check_output(["ps", "-ww", "-eo", "args"], text=True).splitlines()
        return [line for line in lines if f"--parent {self.process.pid} " in line]

    def answers(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
            return answer.status


@pytest.fixture
def up(tmp_path: Path, ops_url: str, redis_url: str) -> Iterator[Up]:
    running = Up(tmp_path, ops_url, redis_url)
    yield running
    running.process.kill()
    running.process.wait()
    for pid in running.children().values():
        os.kill(pid, signal.SIGKILL)


def gone(up: Up, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while up.left() and time.monotonic() < until:
        time.sleep(0.1)
    assert up.left() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_p54_one_signal_ends_all(up: Up, number: int) -> None:
    """P54: SIGTERM or Ctrl-C: everything ends in order within 30 s; nothing is left."""
    up.wait_for("Countersign runs at")
    assert up.answers() == 200
    # A neighbour may have taken the port chosen for the sign-in a moment ago: then it is just being started again.
    until = time.monotonic() + 15
    while len(up.children()) < 4 and time.monotonic() < until:
        time.sleep(0.2)
    assert sorted(up.children()) == ["clock", "demo-sign-in", "web", "worker"]
    up.process.send_signal(number)
    assert up.process.wait(30) == 0
    assert "Ended." in up.said()
    assert "Traceback" not in up.said()
    assert up.left() == []


def test_a_child_that_dies_is_started_again(up: Up) -> None:
    up.wait_for("Countersign runs at")
    before = up.children()
    os.kill(before["worker"], signal.SIGKILL)
    os.kill(before["clock"], signal.SIGKILL)
    up.wait_for("was killed by signal 9; starting it again", count=2)
    until = time.monotonic() + 15
    while set(up.children()) != set(before) and time.monotonic() < until:
        time.sleep(0.1)
    after = up.children()
    assert set(after) == set(before)
    assert after["worker"] != before["worker"]
    assert after["web"] == before["web"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_no_orphans_of_a_killed_parent(up: Up) -> None:
    """P48: SIGKILL of `ops up` itself: no child outlives it."""
    up.wait_for("Countersign runs at")
    up.process.kill()
    up.process.wait()
    gone(up)


def test_it_migrates_and_sets_up_the_demo_once(tmp_path: Path, database_url: str, redis_url: str) -> None:
    up = Up(tmp_path, database_url, redis_url, "--demo", "--orders", "60")
    try:
        up.wait_for("Countersign runs at")
        assert "Ann Arbor, operator" in up.said()
        with psycopg.connect(database_url, autocommit=True, prepare_threshold=None) as connection:

            def rows(query: str) -> list[tuple[object, ...]]:
                return connection.execute(query).fetchall()

            assert rows("SELECT count(*) FROM shop.orders") == [(60,)]
            assert rows("SELECT name FROM ops.approval_rule ORDER BY id") == [
                ("Deleting needs a manager",),
                ("Credit limits over 10,000 need a manager",),
            ]
            assert rows("SELECT count(*) FROM ops.event WHERE action = 'rule.created'") == [(2,)]
            assert len(rows("SELECT 1 FROM ops.group_role WHERE iss LIKE 'http://localhost:9%'")) == 4
            connection.execute("DELETE FROM ops.approval_rule WHERE name LIKE 'Deleting%'")
        up.process.terminate()
        assert up.process.wait(30) == 0
        up = Up(tmp_path, database_url, redis_url, "--demo")
        up.wait_for("Countersign runs at")
        with psycopg.connect(database_url, autocommit=True, prepare_threshold=None) as connection:
            # What somebody took away stays away.
            assert connection.execute("SELECT count(*) FROM ops.approval_rule").fetchone() == (1,)
            assert connection.execute("SELECT count(*) FROM shop.orders").fetchone() == (60,)
    finally:
        up.process.terminate()
        up.process.wait(40)


def test_a_foreign_schema_stops_it_before_anything_is_touched(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ops")
    up = Up(tmp_path, database_url, redis_url, "--demo")
    assert up.process.wait(30) == 1
    assert "not Countersign's" in up.said()
    assert "Traceback" not in up.said()
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert connection.execute("SELECT to_regnamespace('shop')").fetchone() == (None,)
    assert up.left() == []

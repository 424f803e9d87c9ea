"""A world of its own to break: PostgreSQL and Redis under the supervisor, the product's processes on them."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from redis import Redis
from rq import Worker

from demo.load import load
from ops import migrate
from ops.embedded import Embedded
from tests.faults import gates
from tests.faults.client import Client
from tests.stage import Stage

ROWS = 40_000
# A list that takes six seconds to be written, steadily, on any machine: three are seen under way at once.
LONG = f"""
CREATE VIEW shop.long_list AS
  SELECT g AS id, md5(g::text) AS mark, CASE WHEN g % 400 = 0 THEN pg_sleep(0.06)::text ELSE '' END AS pause
  FROM generate_series(1, {ROWS}) AS g
"""
# Rows for changes of many rows: eight aisles, each written in three chunks.
SHELVES = """
CREATE TABLE shop.shelf (id integer PRIMARY KEY, aisle integer NOT NULL, note text NOT NULL);
INSERT INTO shop.shelf SELECT n, 1 + (n - 1) / 1100, 'as it was' FROM generate_series(1, 8800) AS n;
CREATE INDEX ON shop.shelf (aisle, id)
"""
RIGHT = (
    f"COPY (SELECT g AS id, md5(g::text) AS mark, '' AS pause FROM generate_series(1, {ROWS}) AS g)"
    " TO STDOUT (FORMAT csv, HEADER)"
)


class World:
    """Everything that can be killed, and what must be true afterwards."""

    def __init__(self, room: Path) -> None:
        self.said: list[str] = []
        self._asking: psycopg.Connection | None = None
        self.embedded = Embedded(room / "services", postgres=True, redis=True, say=self.said.append)
        self.embedded.start()
        assert self.embedded.database_url and self.embedded.redis_url
        self.database_url, self.redis_url = self.embedded.database_url, self.embedded.redis_url
        load(self.database_url, orders=200, say=lambda _text: None)
        migrate.upgrade(self.database_url)
        self.rows(LONG)
        self.rows(SHELVES)
        with self.connect() as connection, connection.cursor().copy(RIGHT) as copy:
            self.right = hashlib.sha256(b"".join(copy)).hexdigest()
        self.stage = Stage(room / "home", self.database_url, self.redis_url)

    def connect(self) -> psycopg.Connection:
        """A connection of the test's own."""
        return psycopg.connect(self.database_url, autocommit=True, connect_timeout=5)

    def rows(self, query: str, *values: object) -> list[tuple]:
        """What a query gives; waits for a database that is on its way back."""
        until = time.monotonic() + 30
        while True:
            try:
                if self._asking is None or self._asking.closed:
                    self._asking = self.connect()
                found = self._asking.execute(query, values or None)
                return found.fetchall() if found.description else []
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def next_change(self) -> int:
        """The number that the next change will have, where nobody else asks for one."""
        return int(self.rows("SELECT coalesce(max(id), 1000) + 1 FROM ops.change_set")[0][0])

    def redis(self) -> Redis:
        """A client of the test's own."""
        return Redis.from_url(self.redis_url, socket_timeout=2, retry=None)

    def kill_postgres(self) -> None:
        """SIGKILL of the postmaster; its backends notice and end."""
        data = next(path for path in self.embedded.folder.glob("postgres*") if path.is_dir())
        os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def kill_redis(self) -> None:
        """SIGKILL of Redis."""
        with self.redis() as client:
            os.kill(client.info("server")["process_id"], signal.SIGKILL)

    def until(self, what: str, good: Callable[[], object], seconds: float = 30) -> object:
        """Wait until `good()` is true and return it; else fail, with every log."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := good():
                return found
            time.sleep(0.1)
        raise AssertionError(
            f"not {what} within {seconds} s\n{self.stage.said()}\n" + "\n".join(self.said[-20:])
        )

    def state_of(self, address: str) -> tuple[str, int, str | None]:
        """State, rows written and digest of an export."""
        run = UUID(address.rpartition("/")[2])
        return self.rows("SELECT state, written, sha256 FROM ops.export_run WHERE id = %s", run)[0]

    def under_way(self, *addresses: str) -> list[int]:
        """Wait until rows of all these exports have been written; the process ids of who writes them."""
        self.until(
            "under way",
            lambda: all(self.state_of(one)[0] == "running" and self.holder(one) for one in addresses),
        )
        time.sleep(1)
        assert {self.state_of(one)[0] for one in addresses} == {"running"}
        return [self.holder(one) for one in addresses]

    def worker_waits(self, name: str) -> None:
        """Wait until a worker just begun takes work: what it loads first can last as long as an export."""
        process = self.stage.processes[name].pid
        with self.redis() as client:
            self.until(
                "waiting for work", lambda: any(one.pid == process for one in Worker.all(connection=client))
            )

    def holder(self, address: str) -> int:
        """The process id of the child that holds the export's work."""
        subject = address.rpartition("/")[2]
        found = self.rows("SELECT holder FROM ops.work WHERE subject = %s AND state = 'claimed'", subject)
        return int(found[0][0].rpartition(":")[2]) if found else 0

    def arrives_once(self, client: Client, address: str, seconds: float = 60) -> None:
        """The export's file comes, is the right one to the byte, and was written once."""
        self.until("done", lambda: self.state_of(address)[0] == "done", seconds)
        answer = client.get(f"{address}/file")
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == self.right == self.state_of(address)[2]
        run = address.rpartition("/")[2]
        written = "SELECT body FROM ops.event JOIN ops.event_payload USING (uid, at) WHERE action = %s"
        assert sum(run in body for (body,) in self.rows(written, "export.written")) == 1
        spool = self.stage.home / "spool"
        assert (
            len([path for path in spool.iterdir() if path.name.startswith(run) and path.suffix == ".csv"])
            == 1
        )

    def heal(self) -> None:
        """Start again whatever a test killed."""
        for name, process in list(self.stage.processes.items()):
            if process.poll() is not None:
                self.stage.spawn(name)
        self.stage.wait_for(f"{self.stage.origin}/readyz")


@pytest.fixture(scope="session")
def _world() -> Iterator[World]:
    room = Path(tempfile.mkdtemp(prefix="countersign-faults-"))
    room.chmod(0o755)
    world = World(room)
    try:
        world.stage.start()
        yield world
    finally:
        world.stage.stop()
        world.embedded.stop()
        shutil.rmtree(room, ignore_errors=True)


@pytest.fixture
def world(_world: World) -> Iterator[World]:
    """The world, whole at the beginning and at the end of each test."""
    yield _world
    _world.heal()


@pytest.fixture(scope="module")
def gated(_world: World) -> Iterator[World]:
    """The world with gates at which whoever writes can be stopped."""
    with _world.connect() as connection:
        gates.build(connection)
    yield _world
    _world.heal()
    with _world.connect() as connection:
        gates.take_down(connection)


@pytest.fixture(scope="module")
def people(gated: World) -> tuple[Client, Client]:
    """Ann, who asks, and Bo, who agrees."""
    return Client(gated.stage, "ann"), Client(gated.stage, "bo")


@pytest.fixture
def ann(world: World) -> Client:
    """An operator."""
    return Client(world.stage, "ann")

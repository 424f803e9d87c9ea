"""Real servers for the tests: PostgreSQL and Redis of our own, databases cloned from templates, PgBouncer.

The first process of a run starts them and hands their addresses to the xdist workers by environment.
`OPS_TEST_DATABASE_URL` names a running server instead (a role that may create databases);
`OPS_EMBEDDED_PG_BIN` chooses other binaries; `OPS_TEST_ICU=und` creates databases with an
ICU collation; `OPS_TEST_PGBOUNCER=1` puts PgBouncer between.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ADMIN, REDIS, ROOM, BOUNCER = (
    "OPS_TEST_ADMIN_URL",
    "OPS_TEST_REDIS_URL",
    "OPS_TEST_ROOM",
    "OPS_TEST_BOUNCER_PORT",
)


class Servers:
    """Started once per run by the controller; `stop` ends them all and removes what they kept."""

    def __init__(self) -> None:
        self.stops: list = []
        room = Path(tempfile.mkdtemp(prefix="countersign-tests-"))
        room.chmod(0o755)
        os.environ[ROOM] = str(room)
        self.stops.append(lambda: shutil.rmtree(room, ignore_errors=True))
        given = os.environ.get("OPS_TEST_DATABASE_URL")
        from ops.embedded import Embedded

        home = _fast_folder() or room
        if home != room:
            self.stops.append(lambda: shutil.rmtree(home, ignore_errors=True))
        embedded = Embedded(home / "home", postgres=not given, redis=True, say=lambda _text: None)
        embedded.start()
        self.stops.append(embedded.stop)
        os.environ[ADMIN] = given or embedded.database_url or ""
        os.environ[REDIS] = embedded.redis_url or ""
        if not given:
            self._hurry()
        if os.environ.get("OPS_TEST_PGBOUNCER"):
            self._bouncer(room)

    def _hurry(self) -> None:
        # These databases live for minutes: nothing is lost by not waiting for the disk.
        with psycopg.connect(os.environ[ADMIN], autocommit=True) as connection:
            for line in ("fsync = off", "full_page_writes = off", "max_wal_size = '1GB'"):
                connection.execute(f"ALTER SYSTEM SET {line}")
            connection.execute("SELECT pg_reload_conf()")
            self._quick_password(connection)

    def _quick_password(self, connection: psycopg.Connection) -> None:
        # Thousands of connections each prove the same password: once round SCRAM, not 4,096 times.
        parts = urlsplit(os.environ[ADMIN])
        if connection.info.server_version >= 160000 and parts.username and parts.password:
            connection.execute("SET scram_iterations = 1")
            role, password = sql.Identifier(parts.username), sql.Literal(parts.password)
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, password))

    def _bouncer(self, room: Path) -> None:
        parts = urlsplit(os.environ[ADMIN])
        port = free_port()
        folder = room / "pgbouncer"
        folder.mkdir()
        (folder / "users.txt").write_text(f'"{parts.username}" "{parts.password or ""}"\n')
        lines = (
            "[databases]",
            f"* = host={parts.hostname} port={parts.port}",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            f"listen_port = {port}",
            "unix_socket_dir =",
            "auth_type = plain",
            f"auth_file = {folder}/users.txt",
            "pool_mode = transaction",
            "default_pool_size = 8",
            "max_client_conn = 500",
            "server_idle_timeout = 2",
            f"logfile = {folder}/log",
            f"pidfile = {folder}/pid",
        )
        (folder / "pgbouncer.ini").write_text("\n".join(lines))
        command = ["pgbouncer", "-q", str(folder / "pgbouncer.ini")]
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            for path in (folder, *folder.iterdir()):
                os.chown(path, user.pw_uid, user.pw_gid)
            process = subprocess.Popen(command, user=user.pw_uid, group=user.pw_gid, extra_groups=[])
        else:
            process = subprocess.Popen(command)
        self.stops.append(lambda: (process.terminate(), process.wait(10)))
        wait_for_port(port)
        os.environ[BOUNCER] = str(port)

    def stop(self) -> None:
        """End everything, last started first."""
        for stop in reversed(self.stops):
            stop()


def _fast_folder() -> Path | None:
    """A folder in memory for the servers' data, where there is room for it: cloning a database takes a tenth."""
    memory = Path("/dev/shm")
    if not (memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 6 << 30):
        return None
    folder = Path(tempfile.mkdtemp(prefix="countersign-tests-", dir=memory))
    folder.chmod(0o755)
    return folder


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, seconds: float = 15) -> None:
    """Return once something listens on the loopback port; raise TimeoutError else."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")


def url_of(database: str, *, direct: bool = False) -> str:
    """The address of `database` on the run's server; through PgBouncer where the run has one."""
    parts = urlsplit(os.environ[ADMIN])
    port = parts.port if direct or BOUNCER not in os.environ else int(os.environ[BOUNCER])
    login = f"{parts.username}:{parts.password}" if parts.password else parts.username
    return urlunsplit(("postgresql", f"{login}@{parts.hostname}:{port}", f"/{database}", parts.query, ""))


@contextmanager
def admin() -> Iterator[psycopg.Connection]:
    """An autocommit connection that may create and drop databases."""
    with psycopg.connect(os.environ[ADMIN], autocommit=True) as connection:
        yield connection


def create(name: str, template: str | None = None) -> None:
    """Create database `name`, as a clone of `template` where given."""
    with admin() as connection:
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        # A template here is small and nobody writes to it: copying its files is quicker than logging each page.
        statement += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(template or "template0")
        )
        icu = os.environ.get("OPS_TEST_ICU")
        if icu and not template:
            # As the databases of many companies are: text sorts by language, not by byte.
            statement += sql.SQL(" LOCALE_PROVIDER icu ICU_LOCALE {}").format(sql.Literal(icu))
        connection.execute(statement)


def transaction() -> str:
    """The number of a transaction that ends now."""
    with admin() as connection:
        return str(connection.execute("SELECT pg_current_xact_id()::xid::text").fetchone()[0])


def drop(name: str) -> None:
    """Drop database `name`, ending whoever is still connected."""
    with admin() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def template(name: str, build: Callable[[str], None], source: str | None = None) -> str:
    """The template database `name`, built by `build(url)` by the first process that wants it.

    `source` is the template it is itself a clone of, before `build`.
    """
    with (Path(os.environ[ROOM]) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with admin() as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not there:
            create(f"{name}_new", source)
            build(url_of(f"{name}_new", direct=True))
            with psycopg.connect(url_of(f"{name}_new", direct=True), autocommit=True) as connection:
                connection.execute("ANALYZE")  # every clone has the planner's numbers then
            # What a first connection reads of the system's tables is kept in a file, which clones get, too.
            psycopg.connect(url_of(f"{name}_new", direct=True)).close()
            with admin() as connection:
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(f"{name}_new"), sql.Identifier(name)
                    )
                )
    return name

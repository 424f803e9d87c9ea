"""What dies is restarted with its data; what a killed supervisor left is ended before anything new starts."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from ops.embedded import Embedded, find_postgres

BUSY = "SELECT count(*) FROM generate_series(1, 1000000000) a, generate_series(1, 1000) b"


def embedded(home: Path, said: list[str]) -> Embedded:
    return Embedded(home, postgres=True, redis=True, say=said.append)


def keep_busy(url: str | None) -> threading.Thread:
    """A backend that computes and does not look up: it notices nothing, not even its postmaster's death."""

    def work() -> None:
        try:
            with psycopg.connect(str(url)) as connection:
                connection.execute(BUSY)
        except psycopg.Error:
            pass

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    time.sleep(0.5)
    return thread


def rows(url: str | None) -> int:
    with psycopg.connect(str(url), connect_timeout=2) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    return int(row[0]) if row else -1


def fill(url: str | None) -> None:
    with psycopg.connect(str(url)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")


def postmaster(home: Path) -> int:
    (folder,) = home.glob("postgres*")
    return int((folder / "postmaster.pid").read_text().split()[0])


def test_a_killed_postgres_is_back_within_ten_seconds_with_its_data(
    home: Path, eventually: Callable[..., bool], processes: Callable[..., list[int]]
) -> None:
    said: list[str] = []
    with embedded(home, said) as services:
        fill(services.database_url)
        busy = keep_busy(services.database_url)
        killed = postmaster(home)
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: postmaster(home) != killed and rows(services.database_url) == 1000, 10)
        busy.join(5)
        (folder,) = home.glob("postgres*")
    assert any("was killed by signal 9; restarting it" in sentence for sentence in said)
    assert not processes(folder)


def test_a_killed_redis_is_back_with_its_data(home: Path, eventually: Callable[..., bool]) -> None:
    said: list[str] = []
    with embedded(home, said) as services, redis.Redis.from_url(str(services.redis_url)) as client:
        client.set("kept", "7")
        time.sleep(1.2)  # appendfsync everysec
        (pid,) = (int(text) for text in [(home / "redis" / "redis.pid").read_text()])
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: client.get("kept") == b"7", 10)
        assert int((home / "redis" / "redis.pid").read_text()) != pid
        with pytest.raises(ChildProcessError):  # reaped: no zombie
            os.waitpid(pid, os.WNOHANG)


def test_it_heals_again_and_again(home: Path, eventually: Callable[..., bool]) -> None:
    with embedded(home, []) as services:
        fill(services.database_url)
        for _ in range(3):
            killed = postmaster(home)
            os.kill(killed, signal.SIGKILL)
            assert eventually(
                lambda killed=killed: postmaster(home) != killed and rows(services.database_url)
            )


def test_a_killed_supervisor_takes_its_servers_along(
    home: Path,
    supervise: Callable[..., Any],
    processes: Callable[..., list[int]],
    eventually: Callable[..., bool],
) -> None:
    supervisor = supervise(home).wait()
    fill(supervisor.served["database_url"])
    folders = [home / "redis", *home.glob("postgres*")]
    supervisor.process.kill()
    assert eventually(lambda: not processes(*folders), 10)
    again = supervise(home).wait()
    assert rows(again.served["database_url"]) == 1000
    assert again.served == supervisor.served


def test_data_is_kept_when_everything_is_killed_at_once(
    home: Path, supervise: Callable[..., Any], processes: Callable[..., list[int]]
) -> None:
    supervisor = supervise(home).wait()
    fill(supervisor.served["database_url"])
    busy = keep_busy(supervisor.served["database_url"])
    os.kill(supervisor.process.pid, signal.SIGSTOP)  # so that it cannot restart what dies before it does
    os.kill(postmaster(home), signal.SIGKILL)
    os.kill(int((home / "redis" / "redis.pid").read_text()), signal.SIGKILL)
    supervisor.process.kill()
    assert processes(*home.glob("postgres*")), "the busy backend should still be there"
    again = supervise(home).wait()
    assert rows(again.served["database_url"]) == 1000
    busy.join(5)


def orphan(home: Path) -> subprocess.Popen[bytes]:
    """Start PostgreSQL on the home's data as its owner, with nobody to look after it."""
    (folder,) = home.glob("postgres*")
    owner = folder.stat()
    switch: dict[str, Any] = (
        {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    return subprocess.Popen(
        [find_postgres() / "postgres", "-D", folder, "-p", "19999", "-c", "unix_socket_directories="],
        cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **switch,
    )  # fmt: skip


@pytest.mark.parametrize("suspended", [False, True])
def test_an_orphaned_server_is_stopped_before_a_new_one_starts(
    home: Path, eventually: Callable[..., bool], suspended: bool
) -> None:
    with embedded(home, []) as services:
        fill(services.database_url)
    with orphan(home) as left:
        assert eventually(lambda: postmaster(home) == left.pid)
        if suspended:
            os.kill(left.pid, signal.SIGSTOP)
        said: list[str] = []
        with embedded(home, said) as services:
            assert left.wait(1) == 0, "it was ended cleanly"
            assert rows(services.database_url) == 1000
    assert any(f"of an earlier run still runs (process {left.pid})" in sentence for sentence in said)


def test_stop_may_be_called_from_a_signal_handler(
    home: Path, supervise: Callable[..., Any], processes: Callable[..., list[int]]
) -> None:
    supervisor = supervise(home).wait()
    supervisor.process.send_signal(signal.SIGTERM)
    assert supervisor.process.wait(20) == 0
    assert not processes(home / "redis", *home.glob("postgres*"))

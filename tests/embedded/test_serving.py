"""The embedded services start closed to others, keep data and ports, and leave nothing when they stop."""

import os
import socket
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from ops.embedded import Embedded, EmbeddedError, running

SETTINGS = {"fsync": "off"}


def embedded(home: Path, said: list[str] | None = None) -> Embedded:
    told = said if said is not None else []
    return Embedded(home, postgres=True, redis=True, say=told.append, settings=SETTINGS)


def asked(url: str | None, question: str) -> str:
    assert url is not None
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return str(row[0]) if row else ""


def test_both_serve_with_passwords_on_the_loopback_and_stop_without_a_trace(
    home: Path, processes: Callable[..., list[int]]
) -> None:
    said: list[str] = []
    services = embedded(home, said)
    with services:
        url, redis_url = services.database_url, services.redis_url
        assert url is not None and redis_url is not None
        assert asked(url, "SHOW listen_addresses") == "127.0.0.1"
        assert asked(url, "SHOW unix_socket_directories") == ""
        assert (
            asked(url, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == "0"
        )
        assert asked(url, "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolpassword > ''")
        assert asked(url, "SHOW server_encoding") == "UTF8"
        assert asked(url, "SELECT lower('ÄÉ')") == "äé"
        assert (
            asked(url, "SELECT current_database() || ' ' || current_user") == "countersign countersign_owner"
        )
        parts = urlsplit(url)
        assert parts.port is not None and 1024 < parts.port < 32768
        for wrong in ("wrong", ""):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(url.replace(str(parts.password), wrong), connect_timeout=5)
        with redis.Redis.from_url(redis_url) as client:
            assert client.config_get("appendonly") == {"appendonly": "yes"}
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=urlsplit(redis_url).port or 0).ping()
        found = running(home)
        assert found is not None
        assert (found.pid, found.database_url, found.redis_url) == (os.getpid(), url, redis_url)
        assert said == services.choices and any(str(parts.port) in sentence for sentence in said)
        folders = [home / "redis", *home.glob("postgres*")]
        assert len(processes(*folders)) > 2
    assert not processes(*folders)
    assert running(home) is None
    services.stop()  # again: no harm


def test_secrets_and_data_are_closed_to_others(home: Path) -> None:
    with embedded(home):
        for path in home.rglob("*"):
            closed = stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0
            assert closed, f"{path} can be read by others"
        assert stat.S_IMODE(home.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)


def test_starting_again_keeps_data_and_ports_and_is_quick(home: Path) -> None:
    with embedded(home) as services:
        before = services.database_url, services.redis_url
        with psycopg.connect(str(services.database_url)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        with redis.Redis.from_url(str(services.redis_url)) as client:
            client.set("kept", "7")
    began = time.monotonic()
    with embedded(home) as services:
        took = time.monotonic() - began
        assert (services.database_url, services.redis_url) == before
        assert asked(services.database_url, "SELECT n FROM kept") == "7"
        with redis.Redis.from_url(str(services.redis_url)) as client:
            assert client.get("kept") == b"7"
    assert took < 4, f"a warm start took {took:.1f} s (it should be under 2 on an idle machine)"


def test_a_taken_port_is_left_to_its_taker(home: Path) -> None:
    with embedded(home) as services:
        port = urlsplit(str(services.database_url)).port
    with socket.create_server(("127.0.0.1", port or 0)), embedded(home) as services:
        assert urlsplit(str(services.database_url)).port != port
        assert asked(services.database_url, "SELECT 1") == "1"


def test_two_homes_at_once_do_not_meet(make_home: Callable[..., Path]) -> None:
    with embedded(make_home() / "a") as one, embedded(make_home() / "b") as other:
        assert one.database_url != other.database_url
        assert asked(one.database_url, "SHOW data_directory") != asked(
            other.database_url, "SHOW data_directory"
        )


def test_a_second_supervisor_on_one_home_is_refused_and_the_first_serves_on(home: Path) -> None:
    with embedded(home) as first:
        with pytest.raises(EmbeddedError, match=rf"already run by process {os.getpid()}.*another OPS_HOME"):
            embedded(home).start()
        assert asked(first.database_url, "SELECT 1") == "1"


def test_only_what_is_asked_for_is_started(home: Path) -> None:
    with Embedded(home, postgres=False, redis=True, say=lambda text: None) as services:
        assert services.database_url is None and services.redis_url is not None
        assert not list(home.glob("postgres*"))


def test_a_lost_password_file_costs_no_data(home: Path) -> None:
    with embedded(home) as services, psycopg.connect(str(services.database_url)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    (home / "embedded.json").unlink()
    said: list[str] = []
    with embedded(home, said) as services:
        assert asked(services.database_url, "SELECT n FROM kept") == "7"
    assert any("a new one was set" in sentence for sentence in said)


def test_a_pid_file_that_names_somebody_else_does_not_stop_the_start(home: Path) -> None:
    with embedded(home):
        pass
    (folder,) = home.glob("postgres*")
    lines = [str(os.getppid()), str(folder), "1795235645", "20000", "", "127.0.0.1", "0 0", "ready"]
    (folder / "postmaster.pid").write_text("\n".join(lines) + "\n")
    with embedded(home) as services:
        assert asked(services.database_url, "SELECT 1") == "1"


def test_stopping_in_the_middle_of_a_start_leaves_nothing(
    home: Path, processes: Callable[..., list[int]]
) -> None:
    services = embedded(home)
    threading.Timer(0.2, services.stop).start()
    with pytest.raises(EmbeddedError, match="stopped before"):
        services.start()
    assert not processes(*[path for path in home.glob("*") if path.is_dir()])
    with embedded(home) as services:  # and the next start finds nothing half made
        assert asked(services.database_url, "SELECT 1") == "1"


def test_a_full_log_is_moved_aside_while_the_server_writes(
    home: Path, eventually: Callable[..., bool]
) -> None:
    with embedded(home) as services:
        log = home / "log" / "postgres.log"
        with log.open("a") as file:
            file.write("x" * 11_000_000)
        assert eventually(lambda: log.stat().st_size < 1_000_000)
        asked(services.database_url, "SELECT pg_reload_conf()")
        assert eventually(lambda: "SIGHUP" in log.read_text())
    assert (home / "log" / "postgres.1.log").stat().st_size > 10_000_000
    assert stat.S_IMODE((home / "log" / "postgres.1.log").stat().st_mode) == 0o600


def test_business_data_does_not_reach_the_log(home: Path) -> None:
    """P42: a failed statement is not written to the log, nor is the row that broke a constraint."""
    with embedded(home) as services, psycopg.connect(str(services.database_url)) as connection:
        connection.execute("CREATE TABLE people (mail text UNIQUE)")
        connection.execute("INSERT INTO people VALUES ('marker@example.org')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('marker@example.org')")
        log = (home / "log" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "marker@example.org" not in log

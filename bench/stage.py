"""The bench's stage: embedded servers, a demo of each size, the floor and the product under gunicorn."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from demo.load import load
from ops import migrate
from ops.embedded import Embedded

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "bench" / "out"
TOKEN = "b" * 43  # the cookie of the bench's person, in both applications
COOKIE = "__Host-countersign"
WORKERS, THREADS = 2, 4

OURS = """
INSERT INTO ops.person (id, iss, sub, name) VALUES (1, 'https://bench.example', 'ann', 'Ann Bench')
    ON CONFLICT DO NOTHING;
INSERT INTO ops.person_role (person_id, role, origin) VALUES (1, 'manager', 'hand'), (1, 'operator', 'hand')
    ON CONFLICT DO NOTHING;
"""
FLOORS = """
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE IF NOT EXISTS bench.person (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE IF NOT EXISTS bench.session (id bytea PRIMARY KEY, person_id bigint REFERENCES bench.person);
CREATE TABLE IF NOT EXISTS bench.audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz DEFAULT now(), person text, row_key bigint, before text, after text);
INSERT INTO bench.person VALUES (1, 'Ann Bench') ON CONFLICT DO NOTHING;
"""


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """Embedded PostgreSQL and Redis under bench/out, kept between runs; yields their addresses."""
    OUT.mkdir(exist_ok=True)
    big = {"shared_buffers": "1GB", "max_wal_size": "8GB", "maintenance_work_mem": "512MB"}
    with Embedded(OUT / "home", postgres=True, redis=True, say=lambda _text: None, settings=big) as embedded:
        assert embedded.database_url and embedded.redis_url
        yield embedded.database_url, embedded.redis_url


def database(url: str, orders: int, name: str | None = None) -> str:
    """The address of a database with the demo at this size, of a `name` of its own or not; made once, then kept."""
    base, _, _ = url.rpartition("/")
    name = f"bench_{name or orders}"
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(f"CREATE DATABASE {name}_new")
            load(f"{base}/{name}_new", orders=orders)
            connection.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    address = f"{base}/{name}"
    migrate.upgrade(address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(OURS)
        connection.execute(FLOORS)
        digest = hashlib.sha256(TOKEN.encode()).digest()
        connection.execute(
            "INSERT INTO ops.session (id, person_id, expires_at) VALUES (%s, 1, now() + interval '1 day') "
            "ON CONFLICT (id) DO UPDATE SET seen_at = now(), expires_at = excluded.expires_at",
            (digest,),
        )
        connection.execute("INSERT INTO bench.session VALUES (%s, 1) ON CONFLICT DO NOTHING", (digest,))
        connection.execute("VACUUM ANALYZE ops.session, ops.person, ops.person_role")
    return address


def product_environ(database_url: str, redis_url: str, port: int = 8000) -> dict[str, str]:
    """The product's settings, as in production; its provider is never asked, for the session is there."""
    return {
        "OPS_ENV": "production",
        "OPS_DATABASE_URL": database_url,
        "OPS_REDIS_URL": redis_url,
        "OPS_RESOURCES": str(ROOT / "demo" / "resources.py"),
        "OPS_HOME": str(OUT / "product"),
        "OPS_BIND": f"127.0.0.1:{port}",
        "OPS_PUBLIC_URL": "https://bench.example",
        "OPS_WEB_WORKERS": str(WORKERS),
        "OPS_WEB_THREADS": str(THREADS),
        "OPS_SECRET_KEY": hashlib.sha256(b"a key of the bench, not a secret").hexdigest(),
        "OPS_ENCRYPTION_KEY": hashlib.sha256(b"another key of the bench").hexdigest(),
        "OPS_OIDC_ISSUER": "https://bench.example",
        "OPS_OIDC_CLIENT_ID": "bench",
        "OPS_OIDC_CLIENT_SECRET": "bench",
    }


@contextmanager
def application(kind: str, database_url: str, redis_url: str, log: str | None = None) -> Iterator[int]:
    """The floor or the product under the same gunicorn, as many workers and threads; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPS_")}
    if kind == "floor":
        env["BENCH_DATABASE_URL"] = database_url
        command = ["gunicorn", "-b", f"127.0.0.1:{port}", "-w", str(WORKERS), "--threads", str(THREADS)]
        command = [
            sys.executable,
            "-m",
            *command,
            "-k",
            "gthread",
            "--log-level",
            "error",
            "bench.floor_records:app",
        ]
    else:
        env |= product_environ(database_url, redis_url, port)
        command = [sys.executable, "-m", "ops", "web"]
    with (OUT / f"{log or kind}.log").open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)
        try:
            _wait(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(40)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("the application did not start; see bench/out/*.log") from None
            time.sleep(0.1)
    raise TimeoutError("the application did not start within 30 s")

"""`ops web` as it runs: what is too large is answered at once by the server itself, and it goes on serving (P24)."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
LONG = b"X-Long: " + b"a" * 1000 + b"\r\n"
CHUNK = b"10000\r\n" + b"a" * 65_536 + b"\r\n"


@pytest.fixture
def port(ops_url: str, redis_url: str, tmp_path: Path) -> Iterator[int]:
    """A running web process with one worker."""
    port = servers.free_port()
    environ = {
        "PATH": "/usr/bin:/bin", "OPS_HOME": str(tmp_path), "OPS_DATABASE_URL": ops_url, "OPS_REDIS_URL": redis_url,
        "OPS_BIND": f"127.0.0.1:{port}", "OPS_WEB_WORKERS": "1", "OPS_PUBLIC_URL": f"http://localhost:{port}",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "ops", "web"], env=environ, stderr=subprocess.DEVNULL)
    try:
        servers.wait_for_port(port, 60)
        assert _said(port, HEALTH).endswith(b" 200 OK")  # the worker has loaded
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _said(port: int, sent: bytes) -> bytes:
    """The first line of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.settimeout(30)
        try:
            for start in range(0, len(sent), 65_536):
                line.sendall(sent[start : start + 65_536])
        except (BrokenPipeError, ConnectionResetError):
            pass  # it had heard enough
        try:
            return line.recv(65_536).partition(b"\r\n")[0]
        except ConnectionResetError:
            return b"closed"


def test_a_server_takes_only_so_much_p24(port: int) -> None:
    """P24: lines, headers, their number, a body that says it is huge, one that never ends."""
    host = b"Host: localhost\r\n"
    same = host + b"Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    post = b"POST /appearance HTTP/1.1\r\n" + same
    cases = {
        "a line": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + host + b"\r\n",
        "a line without end": b"GET /" + b"a" * 5_000_000,
        "a header": b"GET / HTTP/1.1\r\n" + host + b"X-A: " + b"a" * 100_000 + b"\r\n\r\n",
        "headers": b"GET / HTTP/1.1\r\n" + host + b"".join(b"X-%d: a\r\n" % n for n in range(500)) + b"\r\n",
        "headers together": b"GET / HTTP/1.1\r\n" + host + LONG * 50 + b"\r\n",
        "a query": b"GET /sign-in?q=" + b"a" * 13_000 + b" HTTP/1.1\r\n" + host + b"\r\n",
        "a stated body": post + b"Content-Length: 999999999\r\n\r\na=1",
        "a chunked body": post + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK * 3 + b"0\r\n\r\n",
        "two lengths": post + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\na=1",
        "length and chunks": post + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\na=1",
    }  # fmt: skip
    for name, sent in cases.items():
        began = time.monotonic()
        said = _said(port, sent)
        assert said == b"closed" or said.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), (name, said)
        assert time.monotonic() - began < 5, name
        assert _said(port, HEALTH).endswith(b" 200 OK"), name

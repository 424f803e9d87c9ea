"""The embedded Redis: its settings, and how it says that it is there."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

from ops.embedded.account import Account
from ops.embedded.binaries import Programs
from ops.embedded.folders import private_folder, write_private
from ops.embedded.server import Server


class RedisServer(Server):
    """Redis on `base/redis`, loopback TCP with a password, every write appended to a file."""

    title = "Redis"
    programs = ("redis-server", "valkey-server")
    gentle = signal.SIGTERM  # the same as SHUTDOWN: flushes the append-only file, then ends
    harsh = signal.SIGKILL
    pid_file = "redis.pid"

    def __init__(
        self, base: Path, binary: Programs, account: Account, log: Path, say: Callable[[str], None]
    ) -> None:
        super().__init__(base / "redis", account, log, say)
        self.binary = binary
        self.password = ""

    def make(self, password: str) -> None:
        """Make the data folder if there is none; raises EmbeddedError if it is not ours."""
        self.password = password
        private_folder(self.folder, self.account)
        self.end_leftovers()

    def configure(self) -> None:
        """Write `redis.conf` (0600: it holds the password, which must not stand on a command line)."""
        settings = {
            "bind": "127.0.0.1", "port": str(self.port), "unixsocket": "", "protected-mode": "yes",
            "requirepass": self.password, "dir": str(self.folder),
            "pidfile": str(self.folder / self.pid_file),
            "appendonly": "yes", "appendfsync": "everysec", "aof-load-truncated": "yes", "save": "",
            "daemonize": "no", "logfile": "", "maxmemory-policy": "noeviction",
        }  # fmt: skip
        lines = [f"{name} {_quoted(value)}" for name, value in settings.items() if value or name == "save"]
        write_private(self.folder / "redis.conf", "\n".join([*lines, ""]), self.account)

    def command(self) -> list[str]:
        """Return the command line."""
        return [str(self.binary.path), str(self.folder / "redis.conf")]

    def is_ready(self) -> bool:
        """Return whether it lets us in and answers PING; while it loads its data it says -LOADING."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                said = b""
                while said.count(b"\r\n") < 2 and (more := connection.recv(200)):
                    said += more
        except OSError:
            return False
        return said == b"+OK\r\n+PONG\r\n"


def _quoted(value: str) -> str:
    """Return a word for redis.conf, which knows quotes and backslashes like C."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

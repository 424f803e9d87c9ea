"""What is kept from run to run in `OPS_HOME`: ports, passwords, and who runs the servers just now."""

import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.embedded.errors import CancelledError, EmbeddedError
from ops.embedded.folders import write_private

OWNER_ROLE = "countersign_owner"
DATABASE = "countersign"
_FILE = "embedded.json"
_LOCK = "embedded.lock"
# Below 32768 the kernel hands out no port to outgoing connections (net.ipv4.ip_local_port_range).
_PORTS = range(20000, 32768)


@dataclass(frozen=True)
class Running:
    """What a running supervisor serves: its process id and the addresses, None where it serves none."""

    pid: int
    database_url: str | None
    redis_url: str | None


def running(home: Path) -> Running | None:
    """Return what an `ops up` on this `home` serves right now, or None if none runs (or is not ours)."""
    home = home.expanduser().absolute()
    try:
        with (home / _LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        memory = Memory(home)
    except OSError:
        return None
    serving = memory.serving
    return Running(serving["pid"], serving["database_url"], serving["redis_url"]) if serving else None


def database_url(port: int, password: str) -> str:
    """Return the libpq address of our database."""
    return f"postgresql://{OWNER_ROLE}:{password}@127.0.0.1:{port}/{DATABASE}"


def redis_url(port: int, password: str) -> str:
    """Return the address of our Redis."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


class Memory:
    """The file `embedded.json` (0600). A damaged or missing one is no harm: all of it can be made anew."""

    def __init__(self, home: Path) -> None:
        self.path = home / _FILE
        self._kept: dict[str, Any] = {}
        try:
            loaded = json.loads(self.path.read_text(encoding="utf-8"))
            self._kept = loaded if isinstance(loaded, dict) else {}
        except FileNotFoundError:
            pass
        except ValueError:
            pass
        except OSError as error:
            raise EmbeddedError(
                f"{self.path} cannot be read: {error.strerror}. Start Countersign as its owner, or choose "
                "another OPS_HOME."
            ) from error

    @property
    def serving(self) -> dict[str, Any] | None:
        """The process id and addresses of the supervisor that wrote the file, while it runs."""
        found = self._kept.get("serving")
        return found if isinstance(found, dict) else None

    def serve(self, urls: tuple[str | None, str | None] | None) -> None:
        """Note the addresses served from now on, or None for none."""
        self._kept["serving"] = urls and {"pid": os.getpid(), "database_url": urls[0], "redis_url": urls[1]}
        self._save()

    def password(self, name: str) -> tuple[str, bool]:
        """Return the password of a server, and whether it was made just now."""
        known = self._kept.get(f"{name}_password")
        if isinstance(known, str) and known:
            return known, False
        fresh = secrets.token_urlsafe(24)  # only letters, digits, - and _: safe in a URL and in a config file
        self._kept[f"{name}_password"] = fresh
        self._save()
        return fresh, True

    def port(self, name: str, *, taken: frozenset[int]) -> int:
        """Return the remembered port of a server if it is free, else another free one, and remember it."""
        known = self._kept.get(f"{name}_port")
        if isinstance(known, int) and known in _PORTS and known not in taken and port_is_free(known):
            return known
        for _ in range(1000):
            port = secrets.choice(_PORTS)
            if port not in taken and port_is_free(port):
                self._kept[f"{name}_port"] = port
                self._save()
                return port
        raise EmbeddedError("No free port was found on 127.0.0.1 below 32768.")

    def _save(self) -> None:
        write_private(self.path, json.dumps(self._kept, indent=1) + "\n")


def port_is_free(port: int) -> bool:
    """Return whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do, so that connections that are just closing don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def lock(home: Path, cancelled: Callable[[], bool], patience: float = 3) -> int:
    """Return the descriptor that says "the servers of this home are mine"; it ends with our process.

    Waits a moment for a predecessor that is just ending. Raises EmbeddedError if another supervisor stays.
    """
    path = home / _LOCK
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise EmbeddedError(f"{path} cannot be opened: {error.strerror}. Start as its owner.") from error
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if cancelled() or time.monotonic() > until:
                os.close(descriptor)
                if cancelled():
                    raise CancelledError from None
                other = Memory(home).serving
                who = f"process {other['pid']}" if other else "another process"
                raise EmbeddedError(
                    f"The PostgreSQL and Redis of {home} are already run by {who}. Stop that first, or "
                    "choose another OPS_HOME."
                ) from None
            time.sleep(0.05)

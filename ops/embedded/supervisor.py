"""The supervisor of the embedded services: one thread that starts, watches, restarts and stops them.

All work happens in that one thread, for two reasons. Linux sends the parent-death signal when the *thread*
that started a process ends, so servers must be started by a thread that lives as long as they should. And
nothing needs a lock then: `stop()` only sets a flag and waits, so a signal handler may call it at any point.
"""

import atexit
import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from ops.embedded.account import Account, choose_account
from ops.embedded.binaries import for_account, postgres_programs, redis_program
from ops.embedded.errors import CancelledError, EmbeddedError, PortTakenError
from ops.embedded.folders import make_home, own_folder, own_place
from ops.embedded.postgres_server import PostgresServer
from ops.embedded.redis_server import RedisServer
from ops.embedded.remembered import Memory, database_url, lock, redis_url
from ops.embedded.server import Server

_TICK = 0.2
_PORT_TRIES = 10


class Embedded:
    """PostgreSQL and Redis under `home` for as long as this context (or process) lives.

    `say` gets a sentence for everything chosen or noticed, from the supervisor's thread. `settings` are
    further PostgreSQL settings, such as `{"fsync": "off"}` for tests. After `start()`: `database_url`,
    `redis_url` (None where not asked for), `choices` (the sentences), `folder` (where the data is).
    """

    def __init__(
        self, home: Path, *, postgres: bool, redis: bool, say: Callable[[str], None],
        settings: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.home = home
        self.folder = home
        self.database_url: str | None = None
        self.redis_url: str | None = None
        self.choices: list[str] = []
        self._wanted = (postgres, redis)
        self._listener = say
        self._settings = dict(settings or {})
        self._servers: list[Server] = []
        self._ended = True
        self._ready = False
        self._stopping = False
        self._error: Exception | None = None
        self._process = 0

    def __enter__(self) -> "Embedded":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start what was asked for and return when it answers; raises EmbeddedError with advice.

        On failure, or on an interrupt meanwhile, nothing is left running.
        """
        if not self._ended:
            raise EmbeddedError("These embedded services were started already.")
        self._ended = self._ready = self._stopping = False
        self._error = None
        self._process = os.getpid()
        self.choices = []
        atexit.register(self.stop)
        try:
            threading.Thread(target=self._live, name="embedded-services", daemon=True).start()
            while not (self._ready or self._ended):
                time.sleep(0.01)
        except BaseException:
            self.stop()
            raise
        if self._error is not None:
            atexit.unregister(self.stop)
            raise self._error
        if self._ended:
            raise EmbeddedError("The embedded services were stopped before they were ready.")

    def stop(self) -> None:
        """Stop both cleanly and return when nothing of them runs; harmless if nothing does, or twice.

        May be called from a signal handler, whatever it interrupted. In a fork of this process, a no-op.
        """
        if self._process != os.getpid():
            return
        self._stopping = True
        while not self._ended:
            time.sleep(0.02)
        atexit.unregister(self.stop)

    def watch(self) -> None:
        """Restart what died, on the same port, until `stop()`; runs in the thread that `start()` made."""
        failures = 0
        while not self._stopping:
            time.sleep(_TICK)
            for server in self._servers:
                server.keep_log_small()
                if self._stopping or not server.has_died():
                    continue
                try:
                    self._revive(server)
                    failures = 0
                except CancelledError:
                    return
                except (EmbeddedError, OSError) as error:
                    if failures % 20 == 0:
                        self._say(f"{server.title} could not be restarted; still trying. {error}")
                    failures += 1
                    self._pause(min(0.5 * failures, 5))

    def _live(self) -> None:
        """The thread's whole life."""
        held: int | None = None
        memory: Memory | None = None
        try:
            home = make_home(self.home)
            held = lock(home, self._is_stopping)
            memory = Memory(home)
            memory.serve(None)
            self._begin(home, memory)
            memory.serve((self.database_url, self.redis_url))
            self._ready = True
            self.watch()
        except CancelledError:
            pass
        except OSError as error:
            self._error = EmbeddedError(f"The embedded services could not be started: {error}")
        except Exception as error:  # handed to the caller of start()
            self._error = error
        finally:
            for server in reversed(self._servers):
                self._end(server)
            self._servers = []
            if self._ready and self._error is not None:
                self._say(f"The embedded services were stopped, because the supervisor failed: {self._error}")
            if memory is not None:
                with contextlib.suppress(OSError):  # a full disk must not keep us from ending
                    memory.serve(None)
            if held is not None:
                os.close(held)
            self._ended = True

    def _begin(self, home: Path, memory: Memory) -> None:
        postgres, redis = self._wanted
        pg_binaries = postgres_programs() if postgres else None
        redis_binary = redis_program() if redis else None
        names = [f"postgres{pg_binaries.major}"] if pg_binaries else []
        names += ["redis"] if redis_binary else []
        own = own_place(home) if os.geteuid() == 0 else None
        account = choose_account(_first_existing(home, names) or _first_existing(own, names))
        base = self.folder = self._place(home, own, account, names)
        log = home / "log"
        log.mkdir(mode=0o700, exist_ok=True)
        if pg_binaries is not None:
            pg_binaries = for_account(pg_binaries, account, own)
            file = log / "postgres.log"
            server = PostgresServer(base, pg_binaries, account, file, self._say, self._settings)
            self._begin_postgres(server, memory)
        if redis_binary is not None:
            redis_binary = for_account(redis_binary, account, own)
            self._begin_redis(RedisServer(base, redis_binary, account, log / "redis.log", self._say), memory)

    def _place(self, home: Path, own: Path | None, account: Account, names: list[str]) -> Path:
        """Return the folder that holds the data folders: where they are already, else where they can be."""
        if not account.switch:
            return home
        self._choose(f"The servers run as the user {account.name}, because they must not run as root.")
        if _first_existing(home, names):
            if not account.reaches(home):
                raise EmbeddedError(
                    f"The data is in {home}, which the user {account.name} can no longer enter. Let that "
                    "user pass through this folder and those above it (chmod o+x), or move it elsewhere."
                )
            return home
        if _first_existing(own, names) is None and account.reaches(home):
            return home
        base = own_folder(own)
        self._choose(f"That user cannot enter {home}: data is kept in {base}.")
        return base

    def _begin_postgres(self, server: PostgresServer, memory: Memory) -> None:
        password, fresh = memory.password(server.folder.name)
        made = server.make(password, fresh_password=fresh, cancelled=self._is_stopping)
        self._bring_up(server, "postgres", memory)
        server.make_database()
        self.database_url = database_url(server.port, password)
        others = sorted(path.name for path in server.folder.parent.glob("postgres*") if path != server.folder)
        self._choose(
            f"PostgreSQL {server.binaries.version} ({server.binaries.origin}) on 127.0.0.1:{server.port}, "
            f"{'new ' if made else ''}data in {server.folder}."
        )
        if made and others:
            self._choose(f"Data of other versions stays untouched beside it: {', '.join(others)}.")

    def _begin_redis(self, server: RedisServer, memory: Memory) -> None:
        password, _ = memory.password("redis")
        server.make(password)
        self._bring_up(server, "redis", memory)
        self.redis_url = redis_url(server.port, password)
        self._choose(
            f"Redis {server.binary.version} ({server.binary.origin}) on 127.0.0.1:{server.port}, "
            f"data in {server.folder}."
        )

    def _bring_up(self, server: Server, name: str, memory: Memory) -> None:
        """Start a server on its remembered port or, if somebody was quicker, on another."""
        self._servers.append(server)
        taken = frozenset(other.port for other in self._servers if other is not server)
        for _ in range(_PORT_TRIES):
            server.port = memory.port(name, taken=taken)
            try:
                server.bring_up(self._is_stopping)
                return
            except PortTakenError:
                taken |= {server.port}
        raise EmbeddedError(f"{server.title} found no port: others took {_PORT_TRIES} the moment it began.")

    def _revive(self, server: Server) -> None:
        code = server.process.returncode if server.process is not None else None
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        self._say(f"{server.title} {how}; restarting it.")
        began = time.monotonic()
        server.bring_up(self._is_stopping)
        self._say(f"{server.title} is back after {time.monotonic() - began:.1f} s, with its data.")

    def _end(self, server: Server) -> None:
        try:
            server.stop()
        except (EmbeddedError, OSError) as error:
            self._say(f"{server.title} could not be stopped. {error}")

    def _choose(self, sentence: str) -> None:
        self.choices.append(sentence)
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        with contextlib.suppress(Exception):  # a closed terminal is no reason to lose the databases
            self._listener(sentence)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stopping:
            time.sleep(0.05)

    def _is_stopping(self) -> bool:
        return self._stopping


def _first_existing(base: Path | None, names: list[str]) -> Path | None:
    """Return the first of these data folders that an earlier run left under `base`."""
    if base is None:
        return None
    return next((base / name for name in names if (base / name).is_dir()), None)

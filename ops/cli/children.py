"""Child processes of `ops up`: started, restarted if they die, their lines prefixed, all ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO

GRACE_SECONDS = 32.0  # a little more than the 30 a process has to end (P54)
STEADY_SECONDS = 30.0  # who lived that long begins anew with short pauses
LONGEST_PAUSE = 30.0


class Child:
    """One process that shall run; `pause` grows while it keeps dying."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        self.name = name
        self.command = list(command)
        self.env = dict(env)
        self.process: subprocess.Popen[bytes] | None = None
        self.again_at = 0.0
        self._pause = 0.5
        self._began = 0.0

    def start(self, say: Callable[[str, str], None]) -> None:
        """Start it in a session of its own: a Ctrl-C reaches `ops up` alone, which then ends all in order."""
        self._began = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  (our own commands only)
            self.command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        threading.Thread(target=_forward, args=(self.name, self.process.stdout, say), daemon=True).start()

    def look(self, say: Callable[[str, str], None]) -> None:
        """Start it again if it has died, after a pause that doubles up to half a minute."""
        if self.process is None:
            if time.monotonic() >= self.again_at:
                self.start(say)
            return
        code = self.process.poll()
        if code is None:
            return
        if time.monotonic() - self._began > STEADY_SECONDS:
            self._pause = 0.5
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        say(self.name, f"{how}; starting it again in {self._pause:g} s")
        self.end_rest()
        self.process = None
        self.again_at = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def ask_to_end(self) -> None:
        """SIGTERM to the process; it ends its own children."""
        if self.process is not None and self.process.poll() is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)

    def end_rest(self) -> None:
        """SIGKILL whatever of its process group is left."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(5)


def command(*words: str) -> list[str]:
    """The command line of one of our own subcommands, which ends when this process does."""
    return [sys.executable, "-m", "ops", "--parent", str(os.getpid()), *words]


def end_all(children: Sequence[Child], grace: float = GRACE_SECONDS) -> None:
    """Ask all to end, at once; kill those that have not after `grace` seconds: nothing of them is left."""
    for child in children:
        child.ask_to_end()
    until = time.monotonic() + grace
    while time.monotonic() < until:
        if all(child.process is None or child.process.poll() is not None for child in children):
            break
        time.sleep(0.05)
    for child in children:
        child.end_rest()


def _forward(name: str, stream: IO[bytes], say: Callable[[str, str], None]) -> None:
    with stream:
        for line in stream:
            say(name, line.decode("utf-8", "replace").rstrip("\n"))

"""One server program: spawned, waited for, stopped, its leftovers ended, its log kept small."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from ops.embedded.account import ENVIRONMENT, Account
from ops.embedded.errors import CancelledError, EmbeddedError, PortTakenError
from ops.embedded.launch import working_in
from ops.embedded.remembered import port_is_free

_LOG_LIMIT = 10_000_000
_HEAL_WITHIN = 10  # seconds for which a start that fails at once is tried again
_READY_WITHIN = 600  # seconds: recovery of a large database after a crash takes its time


class Server(ABC):
    """A server on one data folder. All methods but `process` reads belong to the supervisor's own thread."""

    title: str
    programs: tuple[str, ...]  # how its processes' executables are called
    gentle: signal.Signals  # ends it cleanly, connections or not
    harsh: signal.Signals  # ends it at once, leaving it to recover
    pid_file: str

    def __init__(self, folder: Path, account: Account, log: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.account = account
        self.log = log
        self.say = say
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def configure(self) -> None:
        """Write the settings for `self.port`; called before every start, with no process on the folder."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command line of the server."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Return whether the process we started answers."""

    def bring_up(self, cancelled: Callable[[], bool]) -> None:
        """Start the server and wait until it answers; what fails at once is tried again for 10 seconds.

        (A predecessor's processes may hold shared memory for a moment.) Raises PortTakenError, EmbeddedError
        with the end of the log, or CancelledError.
        """
        until = time.monotonic() + _HEAL_WITHIN
        while True:
            self.end_leftovers()
            self.configure()
            self._spawn()
            if self._wait_until_ready(cancelled):
                return
            if not port_is_free(self.port):
                raise PortTakenError(f"Port {self.port} of 127.0.0.1 is taken by another program.")
            if time.monotonic() > until:
                raise EmbeddedError(f"{self.title} does not start. {self.log} ends:\n{self._last_words()}")
            time.sleep(0.25)

    def has_died(self) -> bool:
        """Return whether the process ended; reaps it, so that no zombie is left."""
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """End the server cleanly, more and more firmly if it does not; nothing of it is left afterwards."""
        if self.process is None:
            return
        for sign, patience in ((self.gentle, 30.0), (self.harsh, 10.0), (signal.SIGKILL, 10.0)):
            if self.process.poll() is not None:
                break
            self.process.send_signal(sign)
            self.process.send_signal(signal.SIGCONT)  # a suspended server would never hear of it
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.say(f"{self.title} did not stop within {patience:.0f} seconds; asking more firmly.")
        self.process = None
        self.end_leftovers(quiet=True)

    def end_leftovers(self, *, quiet: bool = False) -> None:
        """End every process that still works on our data folder: never two servers on one folder."""
        left = self._processes()
        if not left:
            return
        main = self._recorded_pid()
        if main in left:
            if not quiet:
                self.say(f"{self.title} of an earlier run still runs (process {main}); stopping it first.")
            _signal(main, self.gentle)
            _signal(main, signal.SIGCONT)
        if self._gone_within(30 if main in left else 2):
            return
        # Children without their parent are of no use to anyone, and only SIGKILL ends a busy one.
        for pid in self._processes():
            _signal(pid, signal.SIGKILL)
        if not self._gone_within(10):
            raise EmbeddedError(
                f"{self.title} of an earlier run on {self.folder} does not end; restart the machine."
            )

    def keep_log_small(self) -> None:
        """Move a large log aside. It is open for appending, so emptying it under the server is safe."""
        with contextlib.suppress(OSError):  # somebody removed it, or the disk is full: no reason to stop
            if self.log.stat().st_size > _LOG_LIMIT:
                aside = self.log.with_suffix(".1.log")
                aside.unlink(missing_ok=True)
                shutil.copy(self.log, aside)  # with its mode, 0600
                os.truncate(self.log, 0)

    def _spawn(self) -> None:
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            # A session of its own: Ctrl-C in the terminal is for the supervisor, which stops things in order.
            self.process = subprocess.Popen(  # noqa: S603 (our own argument list, no shell)
                self.account.command(self.command(), self.gentle), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd="/", env=ENVIRONMENT, start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(log)

    def _wait_until_ready(self, cancelled: Callable[[], bool]) -> bool:
        began, told = time.monotonic(), False
        while not self.has_died():
            if self.is_ready():
                return True
            if cancelled():
                raise CancelledError
            waited = time.monotonic() - began
            if waited > 5 and not told:
                told = True
                self.say(f"{self.title} is still recovering its data; see {self.log}.")
            if waited > _READY_WITHIN:
                raise EmbeddedError(f"{self.title} was not ready after {waited:.0f} seconds; see {self.log}.")
            time.sleep(0.02)
        return False

    def _processes(self) -> list[int]:
        """Return the processes of this kind that work in our data folder (both servers change into it)."""
        if sys.platform != "linux":
            return self._recorded_process()
        found, unsure = working_in(str(self.folder), self.programs)
        if unsure and self.account.switch:
            # Root in a container may lack CAP_SYS_PTRACE; the servers' own user may look at them.
            found = [int(word) for word in self.account.look(self.folder, self.programs).split()]
        return found

    def _recorded_process(self) -> list[int]:
        """Return the process in the pid file, if it is one of ours (for systems without /proc)."""
        pid = self._recorded_pid()
        if pid <= 0:
            return []
        shown = self.account.run("/bin/ps", "-o", "command=", "-p", str(pid)).stdout
        return [pid] if any(program in shown for program in self.programs) else []

    def recorded_pid_lives(self) -> bool:
        """Return whether any process has the id that the pid file names."""
        pid = self._recorded_pid()
        if pid <= 0:
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def _recorded_pid(self) -> int:
        try:
            return int((self.folder / self.pid_file).read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return 0

    def _gone_within(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self._processes():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    def _last_words(self) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
        except OSError:
            return "(no log)"


def _signal(pid: int, sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)

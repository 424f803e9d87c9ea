"""Which user the servers run as, and running a program as that user.

PostgreSQL refuses to run as root, and so do we for Redis: as root both run as an unprivileged system user.
As anybody else they run as that person.
"""

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.embedded.errors import CancelledError, EmbeddedError

_UNPRIVILEGED = ("postgres", "_postgres", "nobody")  # the first that exists; _postgres is macOS's name for it
_LAUNCH = Path(__file__).with_name("launch.py")

# Of the caller's environment only the way to shared libraries is passed on, which some Pythons need to
# start at all: no PG* variable, no locale, no secret.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "HOME": "/"} | {
    name: value for name, value in os.environ.items() if name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
}


@dataclass(frozen=True)
class Account:
    """A user by name and number; `switch` says whether we have to become that user (we are root)."""

    name: str
    uid: int
    gid: int
    switch: bool

    def command(self, program: Sequence[str | Path], parting: signal.Signals) -> list[str]:
        """Return the command line that runs `program` as this user and sends it `parting` if we die.

        On Linux "we" is the calling *thread*: the caller must be a thread that outlives the program.
        """
        uid, gid = (self.uid, self.gid) if self.switch else (-1, -1)
        first = (uid, gid, int(parting), os.getpid())
        return [sys.executable, "-I", "-S", str(_LAUNCH), *map(str, first), *map(str, program)]

    def run(
        self,
        *program: str | Path,
        stdin: str = "",
        patience: float = 120,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> subprocess.CompletedProcess[str]:
        """Run a short program to its end as this user and return its exit code and what it said.

        Raises CancelledError if `cancelled` becomes true, EmbeddedError if it takes longer than `patience`.
        """
        with subprocess.Popen(  # noqa: S603 (our own argument list, no shell)
            self.command(program, signal.SIGKILL), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, cwd="/", env=ENVIRONMENT, start_new_session=True,
        ) as process:  # fmt: skip
            until = time.monotonic() + patience
            given: str | None = stdin
            while True:
                try:
                    said, _ = process.communicate(given, timeout=0.1)
                    return subprocess.CompletedProcess(process.args, process.returncode, said, "")
                except subprocess.TimeoutExpired:
                    given = None
                if cancelled() or time.monotonic() > until:
                    os.killpg(process.pid, signal.SIGKILL)  # initdb has children
                    if cancelled():
                        raise CancelledError
                    raise EmbeddedError(f"{program[0]} did not end within {patience:.0f} seconds.")

    def look(self, folder: Path, programs: Sequence[str]) -> str:
        """Return the ids of the processes of these names that work in `folder`, as this user sees them."""
        return self.run("--working-in", folder, *programs).stdout

    def reaches(self, folder: Path) -> bool:
        """Return whether this user may go through `folder` (asked for real, so access lists count too)."""
        return not self.switch or self.run("/bin/sh", "-c", 'cd "$0"', folder).returncode == 0

    def runs(self, program: Path) -> bool:
        """Return whether this user can run `program`, its libraries included."""
        return not self.switch or self.run(program, "--version").returncode == 0


def current_account() -> Account:
    """Return the person we run as."""
    return _account(os.geteuid(), switch=False)


def choose_account(existing: Path | None) -> Account:
    """Return the user for the servers; `existing` is a data folder of an earlier run, if there is one.

    As root that is the owner of the data (a system user may have been added since), else the first
    unprivileged system user. Raises EmbeddedError where there is none.
    """
    if os.geteuid() != 0:
        return current_account()
    if existing is not None and (owner := existing.stat().st_uid) != 0:
        return _account(owner, switch=True)
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid > 0:  # macOS's nobody is -2
            return Account(name, entry.pw_uid, entry.pw_gid, switch=True)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor 'nobody'. "
        "Add one (useradd --system postgres), or start Countersign as an ordinary user."
    )


def _account(uid: int, *, switch: bool) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:  # a container with a bare number for a user
        return Account(f"user {uid}", uid, uid if switch else os.getegid(), switch)
    return Account(entry.pw_name, uid, entry.pw_gid, switch)

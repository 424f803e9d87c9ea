"""Homes to run embedded services in, supervisors in their own process, and a look at what is left of them."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from ops.embedded.account import ENVIRONMENT
from ops.embedded.folders import own_place
from ops.embedded.launch import working_in

REPOSITORY = Path(__file__).parents[2]
PROGRAMS = ("postgres", "redis-server", "valkey-server")

if sys.platform != "linux":
    pytest.skip("these tests look at processes through /proc", allow_module_level=True)


def processes(*folders: Path) -> list[int]:
    """The server processes whose working folder is one of `folders`."""
    return [pid for folder in folders for pid in working_in(str(folder), PROGRAMS)[0]]


def data_folders(base: Path) -> list[Path]:
    return [path for path in (*base.glob("postgres*"), *base.glob("redis")) if path.is_dir()]


def eventually(condition: Callable[[], object], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(Exception):
            if condition():
                return True
        time.sleep(0.05)
    return False


def python_for_everybody() -> str:
    """This Python, or the system's of the same version, if everybody can run it; else skips the test."""
    entered = all(path.stat().st_mode & 0o001 for path in (REPOSITORY, *REPOSITORY.parents))
    for name in (sys.executable, shutil.which(f"python3.{sys.version_info.minor}", path="/usr/bin") or ""):
        program = Path(name).resolve()
        if entered and name and all(path.stat().st_mode & 0o001 for path in program.parents):
            return name
    pytest.skip("an ordinary user cannot enter the folder of this clone or of its Python")


@pytest.fixture(name="eventually")
def eventually_fixture() -> Callable[..., bool]:
    return eventually


@pytest.fixture(name="processes")
def processes_fixture() -> Callable[..., list[int]]:
    return processes


@pytest.fixture
def make_home() -> Iterator[Callable[..., Path]]:
    """Makes homes that everybody may enter (pytest's own folders are closed); checks that nothing is left."""
    made: list[Path] = []

    def make(mode: int = 0o755, uid: int | None = None) -> Path:
        home = Path(tempfile.mkdtemp(prefix="countersign-test-"))
        home.chmod(mode)
        if uid is not None:
            os.chown(home, uid, -1)
        made.append(home)
        return home

    yield make
    for home in made:
        homes = [home, *(path for path in home.iterdir() if path.is_dir())]
        own = [place for place in map(own_place, homes) if place is not None and place.is_dir()]
        left = processes(*(folder for base in (*homes, *own) for folder in data_folders(base)))
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(home, ignore_errors=True)
        for place in own:
            shutil.rmtree(place)
        assert not left, f"the test left server processes behind: {left}"


@pytest.fixture
def home(make_home: Callable[..., Path]) -> Path:
    return make_home() / "ops-home"


@dataclass
class Supervisor:
    """A `supervise.py` process: its addresses once it serves, and all that it said."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    served: dict[str, str] = field(default_factory=dict)

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                self.served.update(json.loads(line))
            else:
                self.said.append(line.rstrip())

    def wait(self) -> "Supervisor":
        assert eventually(lambda: self.served or self.process.poll() is not None, 60)
        assert self.served, "\n".join(self.said)
        return self

    def close(self) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.wait(60)


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervisor]]:
    """Starts supervisors: `supervise(home, user=..., path=..., prefix=...)`."""
    running: list[Supervisor] = []

    def begin(
        home: Path, *, user: int | None = None, path: str = "", prefix: tuple[str, ...] = ()
    ) -> Supervisor:
        python = sys.executable if user is None else python_for_everybody()
        paths = [entry for entry in (path, str(REPOSITORY), str(Path(psycopg.__file__).parents[1])) if entry]
        process = subprocess.Popen(
            [*prefix, python, str(Path(__file__).with_name("supervise.py")), str(home)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/",
            env=ENVIRONMENT | {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(paths)},
            user=user, group=user, extra_groups=None if user is None else [],
        )  # fmt: skip
        supervisor = Supervisor(process)
        threading.Thread(target=supervisor.listen, daemon=True).start()
        running.append(supervisor)
        return supervisor

    yield begin
    for supervisor in running:
        supervisor.close()

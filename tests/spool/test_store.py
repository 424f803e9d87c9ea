"""The spool: whole or not there, safe names, nobody else reads, broken pieces swept."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from ops.spool import Spool, SpoolError, at


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def test_a_file_appears_whole_with_its_size_and_digest(spool: Spool) -> None:
    with spool.writing("a1.csv") as out:
        out.write(b"x" * 100_000)
        assert spool.names() == []  # not before the block ends
        out.write(b"y")
    assert out.bytes == 100_001
    assert out.sha256 == hashlib.sha256(b"x" * 100_000 + b"y").hexdigest()
    with spool.open("a1.csv") as file:
        assert file.read() == b"x" * 100_000 + b"y"
    assert spool.size("a1.csv") == 100_001


def test_a_writer_that_raises_leaves_nothing(spool: Spool) -> None:
    with pytest.raises(ZeroDivisionError), spool.writing("a1.csv") as out:
        out.write(b"half")
        raise ZeroDivisionError
    assert list(spool.folder.iterdir()) == []


def test_nobody_else_can_read(spool: Spool) -> None:
    with spool.writing("a1.csv") as out:
        out.write(b"secret")
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((spool.folder / "a1.csv").stat().st_mode) == 0o600


def test_p55_a_folder_we_did_not_make_keeps_its_mode(tmp_path: Path) -> None:
    """P55: the mode of no folder we do not own changes."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    folder.chmod(0o755)
    with Spool(folder).writing("a1.csv") as out:
        out.write(b"x")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@pytest.mark.parametrize("name", ["../x.csv", "a/b.csv", ".hidden.csv", "x", "", "a.csv\n", "A.csv"])
def test_unsafe_names_are_refused(spool: Spool, name: str) -> None:
    with pytest.raises(SpoolError), spool.writing(name):
        pass
    with pytest.raises(SpoolError):
        spool.open(name)


def test_only_old_pieces_are_swept(spool: Spool) -> None:
    with spool.writing("whole.csv") as out:
        out.write(b"x")
    old, fresh = spool.folder / "a.csv.1.part", spool.folder / "b.csv.1.part"
    for piece in (old, fresh):
        piece.write_bytes(b"x")
    os.utime(old, (1, 1))
    os.utime(spool.folder / "whole.csv", (1, 1))
    assert spool.sweep(older_than=3600) == 1
    assert sorted(path.name for path in spool.folder.iterdir()) == ["b.csv.1.part", "whole.csv"]


def test_old_files_that_nobody_knows_are_found_and_cleared_with_broken_pieces(spool: Spool) -> None:
    for name in ("known.csv", "unknown.csv", "young.csv", "old.csv.1.part"):
        spool.folder.mkdir(exist_ok=True)
        (spool.folder / name).write_text("x")
        if name != "young.csv":
            os.utime(spool.folder / name, (0, 0))
    asked: list[str] = []

    def known(names: list[str]) -> list[str]:
        asked.extend(names)
        return ["known.csv"]

    unknown = spool.unknown(3600, known)
    assert (sorted(asked), unknown) == (["known.csv", "unknown.csv"], {"unknown.csv"})
    spool.clear({*unknown, "gone.csv"}, 3600)
    assert sorted(path.name for path in spool.folder.iterdir()) == ["known.csv", "young.csv"]


def test_a_missing_file_says_so(spool: Spool) -> None:
    with pytest.raises(SpoolError, match="not in the spool"):
        spool.open("gone.csv")
    assert spool.size("gone.csv") is None
    spool.delete("gone.csv")


def test_only_folders_are_understood(tmp_path: Path) -> None:
    assert at((tmp_path / "a b").as_uri()).folder == tmp_path / "a b"
    with pytest.raises(SpoolError):
        at("s3://bucket")

"""Files in one folder: written under a temporary name, made durable, then renamed; so whole or not there."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit
from uuid import uuid4

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,80}(\.[a-z0-9]{1,10}){1,3}")
_PART = ".part"


class SpoolError(Exception):
    """A file could not be kept or found; the text says which and why."""


class Writing:
    """A file being written; `bytes` and `sha256` are those of what was written so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, piece: bytes | bytearray) -> None:
        """Append `piece`; hand over 64 KB or more at a time: each call is a write and a hash round."""
        self._file.write(piece)
        self._digest.update(piece)
        self.bytes += len(piece)

    @property
    def sha256(self) -> str:
        """The SHA-256 of everything written so far, in hex (FIPS 180-4)."""
        return self._digest.hexdigest()


class Spool:
    """One folder of files, readable by nobody but us (0700, files 0600)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def writing(self, name: str) -> Iterator[Writing]:
        """Write the file `name`: it appears whole when the block ends and not at all if the block raises.

        Raises SpoolError for an unsafe name and OSError where the disk refuses (full, read-only).
        """
        final = self._path(name)
        part = self.folder / f"{name}.{uuid4().hex}{_PART}"
        self._make_folder()
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                yield Writing(file)
                file.flush()
                os.fsync(file.fileno())
            part.rename(final)
            self._sync_folder()
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise

    def scratch(self) -> BinaryIO:
        """An unnamed file in the folder, for what is not yet to be kept; gone when it is closed, or we are killed."""
        self._make_folder()
        return cast(BinaryIO, tempfile.TemporaryFile(dir=self.folder))

    def open(self, name: str) -> BinaryIO:
        """The file `name`, open for reading in binary. Raises SpoolError where it is not there."""
        try:
            return self._path(name).open("rb")
        except OSError as error:
            raise SpoolError(f"the file {name} is not in the spool: {error.strerror}") from error

    def size(self, name: str) -> int | None:
        """How many bytes the file has, or None where it is not there."""
        try:
            return self._path(name).stat().st_size
        except OSError:
            return None

    def delete(self, name: str) -> None:
        """Take the file away; no error if it is gone already."""
        with suppress(FileNotFoundError):
            self._path(name).unlink()

    def names(self) -> list[str]:
        """The whole files that are there, in no order."""
        return [entry.name for entry in self._entries() if not entry.name.endswith(_PART)]

    def age(self, name: str) -> float:
        """Seconds since the file was last written; 0 where it is not there."""
        try:
            return max(0.0, time.time() - self._path(name).stat().st_mtime)
        except OSError:
            return 0.0

    def unknown(self, older_than: float, known: Callable[[list[str]], Iterable[str]]) -> set[str]:
        """The whole files that are older than so many seconds and that `known` does not name, asked about these."""
        aged = [name for name in self.names() if self.age(name) > older_than]
        return set(aged).difference(known(aged))

    def clear(self, names: Iterable[str], older_than: float) -> None:
        """Delete these files and every broken piece of that age: after the commit that forgot them.

        So a file nobody knows is found again at the next round, and nobody knows a file that is gone.
        """
        for name in names:
            self.delete(name)
        self.sweep(older_than)

    def sweep(self, older_than: float) -> int:
        """Delete broken pieces nobody has written to for `older_than` seconds; return how many."""
        limit, swept = time.time() - older_than, 0
        for entry in self._entries():
            with suppress(OSError):
                if entry.name.endswith(_PART) and entry.stat().st_mtime < limit:
                    entry.unlink()
                    swept += 1
        return swept

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise SpoolError(f"{name!r} is not a safe name for a file of the spool")
        return self.folder / name

    def _entries(self) -> list[Path]:
        try:
            return [path for path in self.folder.iterdir() if path.is_file() and not path.is_symlink()]
        except FileNotFoundError:
            return []

    def _make_folder(self) -> None:
        # Only a folder that we make gets our mode; one that is there keeps what its owner chose.
        with suppress(FileExistsError):
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700)

    def _sync_folder(self) -> None:
        # The rename itself must survive a power cut, not only the bytes.
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def at(url: str) -> Spool:
    """The spool at `url` (`file://…`). Raises SpoolError for any other scheme."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path:
        raise SpoolError(f"OPS_SPOOL_URL {url!r} is not a folder: it must be file:///absolute/path")
    return Spool(Path(unquote(parts.path)))

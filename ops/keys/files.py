"""A key in a file under OPS_HOME: the first line is in use, the lines below are earlier ones."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

KEPT = 3  # earlier keys a file remembers
SHORTEST = 32


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One key, made on first use with mode 0600."""

    path: Path

    def read_or_make(self) -> list[str]:
        """The key, then the earlier ones. Raises ValueError where the file holds no usable key."""
        if not self.path.exists():
            beside = self._written([secrets.token_hex(32)])
            # Of two processes that start at once, one makes the key and both read it, whole.
            with suppress(FileExistsError):
                os.link(beside, self.path)
            beside.unlink()
        return self._read()

    def renew(self) -> None:
        """Put a new key before the others, which still open what they sealed; the file is whole or as before."""
        self._written([secrets.token_hex(32), *self.read_or_make()][: KEPT + 1]).replace(self.path)

    def forget(self) -> int:
        """Drop the earlier keys, and say how many there were."""
        key, *earlier = self.read_or_make()
        if earlier:
            self._written([key]).replace(self.path)
        return len(earlier)

    def _written(self, lines: list[str]) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write("\n".join(lines))
            out.flush()
            os.fsync(out.fileno())
        return beside

    def _read(self) -> list[str]:
        keys = self.path.read_text(encoding="ascii").split()
        if not keys or min(len(key) for key in keys) < SHORTEST:
            raise ValueError(
                f"{self.path} holds no usable key; remove the file and start again (people sign in anew, and "
                "secrets of partners must be entered again)"
            )
        return keys

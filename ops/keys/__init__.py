"""Keys: made once under OPS_HOME where none is given; never a default, never in the database.

Owns where keys come from. Refuses to make any in production: there they are given from outside (P53).
"""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path

from ops.settings import Settings


def with_keys(settings: Settings) -> Settings:
    """The same settings with every missing key read from OPS_HOME, made there on first use (mode 0600)."""
    if settings.secret_key:
        return settings
    return replace(settings, secret_key=_kept(settings.home / "secret-key"))


def _kept(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: of two processes that start at once, one makes the key and the other reads it.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        key = secrets.token_hex(32)
        out.write(key)
    return key


def _read(file: Path) -> str:
    key = file.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise ValueError(f"{file} holds no usable key; remove the file and start again (people sign in anew)")
    return key

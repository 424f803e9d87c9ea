"""The environment, read one variable at a time: every problem gathered, and where each value came from kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

T = TypeVar("T")
_LOGIN = re.compile(r"//[^/]*@")
_SECRET = re.compile(r"^OPS_(?!LIMIT_).*(_KEY|_KEY_PREVIOUS|_SECRET|_PASSWORD|_TOKEN|_WEBHOOK_URL)$")
Origin = Literal["environment", "file", "unset"]


@dataclass(frozen=True, slots=True)
class Told:
    """One setting: where its value came from. `text` is as it was written, None for a secret and where unset.

    `default` is what holds where nothing was said. Addresses come without the login they may hold (P42).
    """

    name: str
    origin: Origin
    text: str | None
    default: object = None

    @property
    def secret(self) -> bool:
        """Whether it is told as set or not, and never shown."""
        return _SECRET.search(self.name) is not None


class Reader:
    """Reads one variable at a time and gathers every problem, so that all are told at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []
        self.known: set[str] = set()
        self.told: dict[str, Told] = {}

    def text(self, name: str, default: object = None) -> str | None:
        """The value, from NAME or from the file NAME_FILE names; empty counts as unset."""
        self.known |= {name, f"{name}_FILE"}
        value, file = self.environ.get(name), self.environ.get(f"{name}_FILE")
        if value and file:
            self.problems.append(f"{name} and {name}_FILE are both set; keep one")
        origin: Origin = "environment" if value else "file" if file else "unset"
        if file and not value:
            try:
                value = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                self.problems.append(f"{name}_FILE: cannot read {file}: {error}")
        self._tell(name, origin if value else "unset", value or None, default)
        return value or None

    def parsed(self, name: str, default: T, parse: Callable[[str], T]) -> T:
        """The value as `parse` makes it; a ValueError becomes a problem that names the setting."""
        value = self.text(name, default)
        if value is None:
            return default
        try:
            return parse(value)
        except ValueError as error:
            shown = "…" if _SECRET.search(name) else _LOGIN.sub("//…@", value)  # it may hold a password (P42)
            shown = shown if len(shown) < 60 else shown[:57] + "…"
            self.problems.append(f"{name}={shown!r}: {error}")
            return default

    def unknown(self) -> list[str]:
        """Names that begin with OPS_ and mean nothing here: most often a slip of the pen."""
        return sorted(n for n in self.environ if n.startswith("OPS_") and n not in self.known)

    def _tell(self, name: str, origin: Origin, value: str | None, default: object) -> None:
        secret = _SECRET.search(name) is not None
        shown = None if secret or value is None else _without_login(value)
        self.told[name] = Told(name, origin, shown, None if secret else default)


def _without_login(text: str) -> str:
    """An address without who signs in, and without its query, which may hold a password as well."""
    if "://" not in text:
        return text
    return _LOGIN.sub("//…@", text.split("?")[0])

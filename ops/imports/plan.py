"""What a person chose for one file: how it is read, which cell goes into which column, how rows are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Empty = Literal["keep", "null", "text"]
Mode = Literal["both", "create", "update"]

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")
SEPARATORS = (",", ";", "\t", "|")
QUOTES = ('"', "'", "")
ESCAPES = ("", "\\")
DECIMALS = (".", ",")
THOUSANDS = ("", ",", ".", " ", "'")
DATES = ("iso", "dmy", "mdy")
PERCENTS = ("no", "hundred", "one")
EMPTIES: tuple[Empty, ...] = ("keep", "null", "text")
MODES: tuple[Mode, ...] = ("both", "create", "update")
NULL_WORDS = ("NULL", "\\N")
MOST_HEADER = 1000  # the row of the header stands among the first so many


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. `decimal`, `dates` and `percent` are "" where the file does not say it: one is asked."""

    kind: Literal["csv", "xlsx"] = "csv"
    encoding: str = "utf-8"
    separator: str = ","
    quote: str = '"'
    escape: str = ""
    sheet: str = ""
    header: int = 1  # which row of the file names the columns (0: none does); rows above it are left out
    decimal: str = "."
    thousands: str = ""
    dates: str = "iso"
    percent: str = "no"  # 12.5% is an error, 12.5 or 0.125, where its column does not say so by its format
    zone: str = "UTC"  # of times without one, in columns that keep it
    nulls: tuple[str, ...] = NULL_WORDS
    empty: Empty = "keep"
    apostrophe: bool = True  # 'X before a formula's first sign is taken off, as exports put it there

    def to_json(self) -> dict[str, Any]:
        """The same as JSON keeps it."""
        return {**asdict(self), "nulls": list(self.nulls)}


@dataclass(frozen=True, slots=True)
class Plan:
    """A reading, the column each header cell goes into, the columns rows are found by, and what may be done."""

    reading: Reading = field(default_factory=Reading)
    header: tuple[str, ...] = ()
    columns: tuple[str | None, ...] = ()
    match: tuple[str, ...] = ()
    mode: Mode = "both"

    @property
    def mapped(self) -> dict[str, int]:
        """Column -> place of its cell, in the order of the file."""
        return {name: place for place, name in enumerate(self.columns) if name is not None}

    def to_json(self) -> dict[str, Any]:
        """The same as JSON keeps it."""
        return {
            "reading": self.reading.to_json(),
            "header": list(self.header),
            "columns": list(self.columns),
            "match": list(self.match),
            "mode": self.mode,
        }


def reading_from(found: Mapping[str, Any], otherwise: Reading | None = None) -> Reading:
    """A reading out of JSON or of a form; what is not one of the choices stays as it is in `otherwise`."""
    base = otherwise or Reading()
    allowed: dict[str, tuple[str, ...]] = {
        "encoding": ENCODINGS, "separator": SEPARATORS, "quote": QUOTES, "escape": ESCAPES,
        "decimal": ("", *DECIMALS), "thousands": THOUSANDS, "dates": ("", *DATES), "empty": EMPTIES,
        "percent": ("", *PERCENTS),
    }  # fmt: skip
    chosen: dict[str, Any] = {
        name: found[name] for name, values in allowed.items() if found.get(name) in values
    }
    for name, most in (("sheet", 200), ("zone", 64)):
        if isinstance(found.get(name), str):
            chosen[name] = found[name][:most]
    header = found.get("header")
    if isinstance(header, int) and not isinstance(header, bool) and 0 <= header <= MOST_HEADER:
        chosen["header"] = header
    if isinstance(found.get("nulls"), list | tuple):
        chosen["nulls"] = tuple(str(word)[:40] for word in found["nulls"] if str(word))[:20]
    if isinstance(found.get("apostrophe"), bool):
        chosen["apostrophe"] = found["apostrophe"]
    if found.get("kind") in ("csv", "xlsx"):
        chosen["kind"] = found["kind"]
    return replace(base, **chosen)


def plan_from(found: Mapping[str, Any]) -> Plan:
    """A plan out of JSON as `Plan.to_json` made it."""
    mode = found.get("mode")
    return Plan(
        reading_from(found.get("reading") or {}),
        tuple(str(text) for text in found.get("header") or ()),
        tuple(None if name is None else str(name) for name in found.get("columns") or ()),
        tuple(str(name) for name in found.get("match") or ()),
        mode if mode in MODES else "both",
    )

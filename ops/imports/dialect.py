"""How a text file is probably written: its encoding, separator, quotes and header, guessed from its beginning."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ops.imports.plan import QUOTES, SEPARATORS, Reading

HEAD_BYTES = 256 * 1024
_ROWS = 60
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Encodings:
    """Fed with a file piece by piece while it arrives; `guess` then says how its letters are written."""

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._head = b""

    def feed(self, piece: bytes) -> None:
        """Look at the next piece."""
        if len(self._head) < HEAD_BYTES:
            self._head += piece[: HEAD_BYTES - len(self._head)]
        if self._decoder is not None:
            try:
                self._decoder.decode(piece)
            except UnicodeDecodeError:
                self._decoder = None

    def guess(self) -> str:
        """One of `plan.ENCODINGS`: by the mark at its beginning, by its zero bytes, else by what the whole file is."""
        for mark, name in _BOMS:
            if self._head.startswith(mark):
                return name
        # Every second byte of UTF-16 is zero in Latin text, which no other of the encodings ever is.
        even, odd = self._head[0:4096:2].count(0), self._head[1:4096:2].count(0)
        half = max(1, len(self._head[:4096]) // 2)
        if odd > half * 0.4 and odd > even:
            return "utf-16-le"
        if even > half * 0.4:
            return "utf-16-be"
        if self._decoder is not None:
            try:
                self._decoder.decode(b"", final=True)
                return "utf-8"
            except UnicodeDecodeError:
                pass
        return "cp1252"

    @property
    def head(self) -> bytes:
        """The beginning of the file."""
        return self._head


def decoded(head: bytes, encoding: str) -> str:
    """The beginning as text; a letter cut at its end, and what is none, is replaced."""
    text = head.decode(encoding, "replace")
    return text.removeprefix("\ufeff")


def guess(head: bytes, encoding: str) -> Reading:
    """How the file is read, as far as its beginning tells; `decimal` and `dates` are for `ops.imports.habits`."""
    text = decoded(head, encoding)
    lines = text.splitlines(keepends=True)
    if len(head) >= HEAD_BYTES and len(lines) > 1:
        lines.pop()  # it may have been cut
    named = _named_separator(lines)
    if named:
        lines = lines[1:]
    escape = "\\" if '\\"' in text and '""' not in text else ""
    best, fit = (named or ","), (-1.0, -1.0, 0)
    quote = '"'
    for place, separator in enumerate([named] if named else SEPARATORS):
        for sign in QUOTES[:2]:
            found = _fit(lines, separator, sign, escape)
            # Of two that fit alike, the more usual one: the earlier.
            if (*found, -place) > fit:
                best, quote, fit = separator, sign, (*found, -place)
    reading = Reading(encoding=encoding, separator=best, quote=quote, escape=escape)
    rows = parsed(lines, reading)
    header = header_of(rows)
    return replace(reading, header=header + (1 if named else 0))


def parsed(lines: Sequence[str], reading: Reading, most: int = _ROWS) -> list[list[str]]:
    """The first rows of these lines, read so; what cannot be read ends them."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines, **arguments(reading)):
            rows.append(row)
            if len(rows) >= most:
                break
    except csv.Error:
        pass
    return rows


def arguments(reading: Reading) -> dict[str, Any]:
    """What the csv module wants to know."""
    quoted = bool(reading.quote)
    return {
        "delimiter": reading.separator,
        "quotechar": reading.quote or None,
        "quoting": csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        "doublequote": quoted and not reading.escape,
        "escapechar": reading.escape or None,
        "strict": True,
    }


def header_of(rows: Sequence[Sequence[str]]) -> int:
    """Which row (from 1) names the columns: the first that is as wide as most are, and full of names."""
    widths = Counter(_width(row) for row in rows if _width(row))
    if not widths:
        return 1
    usual = max(widths, key=lambda width: (widths[width], width))
    for place, row in enumerate(rows, 1):
        if _width(row) >= usual and sum(1 for cell in row[:usual] if cell.strip()) > usual / 2:
            return place
    return 1


def _width(row: Sequence[str]) -> int:
    """How many cells a row has, empty ones at its end aside."""
    return next((place for place in range(len(row), 0, -1) if row[place - 1].strip()), 0)


def _named_separator(lines: Sequence[str]) -> str:
    # Excel's own mark: a first line that says which separator it will read the file with.
    first = lines[0].strip().lower() if lines else ""
    named = first.removeprefix("sep=") if first.startswith("sep=") else ""
    if first == "sep=" and lines[0].strip(" \r\n").endswith("\t"):
        named = "\t"
    return named if named in SEPARATORS else ""


def _fit(lines: Sequence[str], separator: str, quote: str, escape: str) -> tuple[float, float]:
    """How well a separator and a quote fit: the share of rows of the usual width, then that width."""
    rows = [
        row
        for row in parsed(lines, Reading(separator=separator, quote=quote, escape=escape))
        if any(cell.strip() for cell in row)
    ]
    if not rows:
        return (-1.0, 0.0)
    widths = Counter(len(row) for row in rows)
    usual, often = max(widths.items(), key=lambda item: (item[1], item[0]))
    if usual < 2:
        return (0.0, 0.0)
    # Quotes that stay at the cells' ends were not read as quotes.
    left = sum(_quoted(cell, quote) for row in rows for cell in row)
    return (often / len(rows) - left / (len(rows) * usual), float(min(usual, 50)))


def _quoted(cell: str, quote: str) -> bool:
    if quote != '"' and '"' in (cell[:1], cell[-1:]):
        return True
    return quote != "'" and len(cell) > 1 and cell[0] == cell[-1] == "'"

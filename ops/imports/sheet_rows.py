"""The rows of one sheet of a workbook, as a stream: numbers and dates as they are kept, texts to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any

from ops.imports.amounts import hundredfold
from ops.imports.csv_file import LONGEST_CELL, MOST_CELLS, Cell, Row
from ops.imports.errors import Broken
from ops.imports.shared_strings import Names, Strings, fed, safe_parser
from ops.words import t

ERROR = "error"  # the second part of a cell that holds what Excel says when it cannot compute


@dataclass(frozen=True, slots=True)
class Kinds:
    """What a cell's style says of its number: a moment, a span of time, a percentage; and when the calendar begins."""

    epoch: datetime
    dates: frozenset[int] = frozenset()
    spans: frozenset[int] = frozenset()
    percents: frozenset[int] = frozenset()


@dataclass
class Wanted:
    """Takes note of which texts were asked for, where they are not known yet."""

    places: set[int] = field(default_factory=set)

    def __getitem__(self, place: int) -> str:
        self.places.add(place)
        return ""


def sheet_rows(stream: IO[bytes], strings: Strings, kinds: Kinds, most: int | None = None) -> Iterator[Row]:
    """Every row with cells of a part `worksheet` (ECMA-376, 18.3.1), with its number in the sheet.

    Of the first `most` bytes, where told. Raises Broken for what no sheet has: a cell or a row without end.
    """
    reader = _Rows(strings, kinds)
    parser = safe_parser()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.said
    for _ in fed(parser, stream, most):
        if reader.ready:
            yield from reader.ready
            reader.ready.clear()


class _Rows:
    """What expat tells is made into rows here."""

    def __init__(self, strings: Strings, kinds: Kinds) -> None:
        self.ready: list[Row] = []
        self._strings, self._kinds = strings, kinds
        self._tags: dict[str, str] = {}
        self._cells: list[Cell] = []
        self._line = self._place = 0
        self._kind = self._style = ""
        self._text: list[str] = []
        self._length = 0
        self._names = Names()
        self._listens = self._kana = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._names.note(name, attributes)
        tag = self._tags.get(name) or self._tags.setdefault(name, name.rpartition(":")[2])
        if tag == "c":
            place = attributes.get("r")
            self._place = _column(place) if place else self._place + 1
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._text.clear()
            self._length = 0
        elif tag in ("v", "t"):
            self._listens = not self._kana
        elif tag == "row":
            number = attributes.get("r")
            self._line = int(number) if number else self._line + 1
            self._place = -1
        elif tag == "rPh":
            self._kana = True

    def said(self, text: str) -> None:
        """Text of an element."""
        if self._listens:
            self._text.append(text)
            self._length += len(text)
            if self._length > LONGEST_CELL:
                raise Broken(t("imports.broken.bomb"), self._line)

    def end(self, name: str) -> None:
        """An element ends."""
        tag = self._tags.get(name, name)
        if tag in ("v", "t"):
            self._listens = False
        elif tag == "c":
            if self._text:
                self._take(self._value("".join(self._text)))
        elif tag == "row":
            if self._cells:
                self.ready.append((self._line, self._cells, None))
                self._cells = []
        elif tag == "rPh":
            self._kana = False

    def _take(self, cell: Cell) -> None:
        if cell == "":
            return
        if max(self._place, len(self._cells)) >= MOST_CELLS:
            raise Broken(t("imports.broken.cells", line=self._line, most=MOST_CELLS), self._line)
        missing = self._place - len(self._cells)
        if missing:
            self._cells.extend([""] * missing)
        self._cells.append(cell)

    def _value(self, text: str) -> Cell:
        kind = self._kind
        if kind == "s":
            return self._strings[int(text)]
        if kind in ("inlineStr", "str"):
            return text
        if kind == "b":
            return ("true" if text.strip() == "1" else "false",)
        if kind == "e":
            return (text, ERROR)  # type: ignore[return-value]  # one more part marks it
        if kind == "d":
            return (text.replace("T", " ").removesuffix("Z"),)
        style = int(self._style)
        if style in self._kinds.spans:  # these are counted among the dates, too
            return (_span(_dated(float(text), self._kinds.epoch, timedelta=True)),)
        if style in self._kinds.dates:
            return (_moment(float(text), self._kinds.epoch),)
        number = plain_number(text)
        if style in self._kinds.percents:  # 0.125 is kept where 12.5% is shown: what that means is asked
            return (f"{hundredfold(number)}%",)
        return (number,)


def plain_number(text: str) -> str:
    """A number as it is kept, in plain digits: Excel writes 0.1 as 0.10000000000000001, and means 0.1."""
    text = text.strip()
    if "." not in text and "E" not in text and "e" not in text:
        return str(int(text))
    shortest = repr(float(text))
    if "e" in shortest:
        shortest = format(Decimal(shortest), "f")
    return shortest.removesuffix(".0")


def _dated(number: float, epoch: datetime, **wanted: bool) -> Any:
    from openpyxl.utils.datetime import from_excel  # read with the first workbook, as in `workbook`

    return from_excel(number, epoch, **wanted)


def _moment(number: float, epoch: datetime) -> str:
    found: datetime | time | None = _dated(number, epoch)
    if isinstance(found, time):
        return found.isoformat()
    if found is None:
        return ""
    return found.date().isoformat() if found.time() == time() else found.isoformat(sep=" ")


def _span(span: timedelta) -> str:
    seconds, micro = span.days * 86_400 + span.seconds, span.microseconds
    hours, rest = divmod(seconds, 3600)
    text = f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return text + (f".{micro:06d}" if micro else "")


def _column(place: str) -> int:
    """0 for A1, 27 for AB7."""
    number = 0
    for letter in place:
        if letter.isdigit():
            break
        number = number * 26 + (ord(letter) - 64)
    return number - 1

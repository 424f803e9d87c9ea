"""What a cell means for a column: PostgreSQL's own text of a value, nothing, no change, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ops.catalog import Column, Table
from ops.changes.values import problems, unreadable
from ops.conditions import well_formed
from ops.imports.amounts import amount, hundredth, percentage
from ops.imports.csv_file import Cell
from ops.imports.moments import Twice, clock, day, moment
from ops.imports.plan import Reading
from ops.imports.sheet_rows import ERROR
from ops.words import t

MOST_KEPT = 20_000  # different cells of a column that are remembered
# Types whose values can be the empty text; for all others an empty cell is no value at most.
_EMPTY_TEXT = frozenset({"text", "xml", "bytes", "bits", "search", "other"})
_YES = frozenset(
    {
        "true", "t", "yes", "y", "on", "1", "x", "ja", "j", "wahr", "oui", "o", "vrai", "si", "sí", "s", "sì",
        "verdadero", "vero", "sim", "tak", "prawda", "igen", "kyllä", "✓",
    }
)  # fmt: skip
_NO = frozenset(
    {
        "false", "f", "no", "n", "off", "0", "nein", "falsch", "non", "faux", "falso", "não", "nao", "nie",
        "fałsz", "nem", "ei", "✗",
    }
)  # fmt: skip
_ANY_TEXT = frozenset({"text", "character varying", "character", "citext"})
# Days as PostgreSQL writes those no other habit knows: before Christ, and after the year 9999. It judges them.
_OWN = re.compile(
    r"\d{4,7}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[+-]\d\d(?::\d\d)*)?)?(?: BC)?", re.ASCII
)
_NUMBERS = frozenset({"integer", "number", "money"})
_AMOUNT = r"[-+]?\d[\d.,' \u00a0\u202f]*"
_SIGNS = r"(?:[A-Z]{3}|[A-Z]{0,2}[$\u20ac\u00a3\u00a5\u20b9]|kr\.?|z\u0142|Fr\.?)"
_CURRENCY = re.compile(rf"-?{_SIGNS}\s*{_AMOUNT}|{_AMOUNT}\s*{_SIGNS}", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Keep(Enum):
    """The cell says nothing about the column."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class Bad:
    """Why a cell cannot be a value of its column."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A text only PostgreSQL can judge."""

    text: str


Meaning = str | None | Keep | Bad | Doubtful


class ColumnReader:
    """Reads the cells of one column. Equal cells mean the same, so what was read once is not read again."""

    __slots__ = ("_domain", "_known", "_mean", "_percent", "_reading", "_table", "column")

    def __init__(self, table: Table, column: Column, reading: Reading) -> None:
        self.column = column
        self._table, self._reading = table, reading
        shape = table.resource.formats.get(column.name)
        self._percent = "hundred" if shape is not None and shape.kind == "percent" else reading.percent
        self._mean = _READERS.get(column.category)
        self._domain = column.type.split("(")[0] != column.base.split("(")[0]
        self._known: dict[Cell, Meaning] = {}

    def read(self, cell: Cell) -> Meaning:
        """What the cell means."""
        known = self._known
        try:
            return known[cell]
        except KeyError:
            pass
        meaning = self._read(cell)
        if len(known) >= MOST_KEPT:
            known.clear()
        known[cell] = meaning
        return meaning

    def settle(self, text: str, meaning: Meaning) -> None:
        """Remember what PostgreSQL said of a doubtful text."""
        self._known[text] = meaning

    def _read(self, cell: Cell) -> Meaning:
        if isinstance(cell, tuple):
            if len(cell) > 1 and cell[1] == ERROR:
                return Bad(t("imports.cell.error", error=cell[0][:20]))
            return self._checked(self._share(cell[0], ".", "") or self._exact(cell[0]))
        if cell in self._reading.nulls:
            return self._nothing()
        if not (cell if self.column.is_text else cell.strip()):
            return self._empty()
        if self._reading.apostrophe and cell[0] == "'" and cell[1:2] in _FORMULA and len(cell) > 1:
            cell = cell[1:]
        if (share := self._share(cell, self._reading.decimal or ".", self._reading.thousands)) is not None:
            return self._checked(share)
        return self._checked(cell if self._mean is None else self._mean(cell, self.column, self._reading))

    def _share(self, text: str, decimal: str, thousands: str) -> str | Bad | None:
        """The number a percentage stands for, in a column of numbers; None where it is no percentage."""
        before = percentage(text) if self.column.category in _NUMBERS else None
        if before is None:
            return None
        if self._percent not in ("hundred", "one"):
            return Bad(t("imports.cell.percent"))
        found = amount(before, decimal, thousands)
        if found is None or not found[-1:].isdigit():
            return _no_number(self._reading)
        found = hundredth(found) if self._percent == "one" else found
        return _whole(found) if self.column.category == "integer" else found

    def _exact(self, text: str) -> str | Bad:
        """A number, a date or yes or no of a workbook, which needs no habit; a date may stand where a moment does."""
        if self.column.category == "timestamp" and self.column.base.startswith("timestamp with time zone"):
            return _moment(text, self.column, self._reading)
        if self.column.category == "date":
            return text.removesuffix(" 00:00:00")
        if self.column.category == "boolean" and text in ("0", "1"):
            return "true" if text == "1" else "false"
        return text

    def _empty(self) -> Meaning:
        if self._reading.empty == "keep":
            return KEEP
        if self._reading.empty == "text" and self.column.category in _EMPTY_TEXT:
            return self._checked("")
        return self._nothing()

    def _nothing(self) -> Meaning:
        return None if self.column.nullable else Bad(t("door.needed"))

    def _checked(self, text: str | Bad) -> Meaning:
        if isinstance(text, Bad):
            return text
        if not self._domain and _plainly_fits(self.column, text):
            return text
        wrong = problems(self._table, "update", {self.column.name: text})
        if wrong:
            return Bad(_letters(text) or wrong[self.column.name])
        fits = well_formed(self.column.base, text, self.column.enum_values or None)
        if self.column.category == "array" or (fits and self._domain):
            fits = None
        if fits is False:
            return Bad(unreadable(self.column, None))
        return text if fits else Doubtful(text)


def _plainly_fits(column: Column, text: str) -> bool:
    """Whether nothing can be wrong with it: most values are such, and the full questions cost three times as much."""
    if column.category == "text":
        short = column.max_length is None or len(text) <= column.max_length
        return short and text.isascii() and "\x00" not in text and column.base.split("(")[0] in _ANY_TEXT
    if column.category == "date":
        return len(text) == 10 and text[:1].isdigit() and text[4:5] == "-"
    return column.category == "boolean" and text in ("true", "false")


def _letters(text: str) -> str | None:
    """The sentence for bytes that are no letters of the file's encoding."""
    return t("imports.cell.letters") if any("\ud800" <= sign <= "\udfff" for sign in text) else None


def _integer(cell: str, _column: Column, reading: Reading) -> str | Bad:
    found = amount(cell, reading.decimal or ".", reading.thousands)
    return Bad(_money(cell) or t("imports.cell.whole")) if found is None else _whole(found)


def _whole(number: str) -> str | Bad:
    whole, _, fraction = number.partition(".")
    # 12,00 is a whole number to whoever wrote it; 12,50 is none.
    return whole if not fraction.strip("0") and whole not in ("", "-") else Bad(t("imports.cell.whole"))


def _number(cell: str, _column: Column, reading: Reading) -> str | Bad:
    found = amount(cell, reading.decimal or ".", reading.thousands)
    if found is not None:
        return found
    return Bad(said) if (said := _money(cell)) is not None else _no_number(reading)


def _money(cell: str) -> str | None:
    """The sentence for a number with its currency: which one it is, no file says for certain of a column."""
    return t("imports.cell.currency") if _CURRENCY.fullmatch(cell.strip()) else None


def _no_number(reading: Reading) -> Bad:
    example = f"1{reading.thousands}234{reading.decimal or '.'}50"
    return Bad(t("imports.cell.number", example=example))


def _boolean(cell: str, column: Column, _reading: Reading) -> str | Bad:
    word = cell.strip().casefold()
    if word in _YES:
        return "true"
    return "false" if word in _NO else Bad(unreadable(column, None))


def _date(cell: str, _column: Column, reading: Reading) -> str | Bad:
    plain = cell.strip()
    if plain.lower() in ("infinity", "-infinity"):
        return plain.lower()
    found = day(plain, reading.dates)
    if found is None:
        # What ends in midnight is a date that went through a spreadsheet.
        whole = moment(plain, reading.dates)
        found = whole[:10] if whole is not None and whole[10:] == " 00:00:00" else None
    if found is None and _OWN.fullmatch(plain):
        return plain
    return Bad(t(f"imports.cell.date.{reading.dates or 'iso'}")) if found is None else found


def _moment(cell: str, column: Column, reading: Reading) -> str | Bad:
    plain = cell.strip()
    if plain.lower() in ("infinity", "-infinity"):
        return plain.lower()
    keeps_zone = column.base.startswith("timestamp") and "with time zone" in column.base
    try:
        found = moment(plain, reading.dates, reading.zone if keeps_zone else None)
    except Twice:
        return Bad(t("imports.cell.clocks", zone=reading.zone))
    if found is None and _OWN.fullmatch(plain):
        return plain
    return Bad(t(f"imports.cell.moment.{reading.dates or 'iso'}")) if found is None else found


def _time(cell: str, column: Column, _reading: Reading) -> str | Bad:
    found = clock(cell)
    return Bad(unreadable(column, None)) if found is None else found


def _enum(cell: str, column: Column, _reading: Reading) -> str | Bad:
    if cell in column.enum_values:
        return cell
    alike = [value for value in column.enum_values if value.casefold() == cell.strip().casefold()]
    return alike[0] if len(alike) == 1 else Bad(unreadable(column, None))


def _stripped(cell: str, _column: Column, _reading: Reading) -> str:
    return cell.strip()


_READERS: dict[str, Callable[[str, Column, Reading], str | Bad]] = {
    "integer": _integer, "number": _number, "money": _number, "boolean": _boolean, "date": _date,
    "timestamp": _moment, "time": _time, "enum": _enum, "uuid": _stripped, "interval": _stripped,
    "network": _stripped, "json": _stripped, "array": _stripped, "range": _stripped,
}  # fmt: skip

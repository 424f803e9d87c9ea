"""One value as a person reads it, in their zone and locale; the exact text stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ops.catalog import Column, Table
from ops.web.figures import Digits
from ops.web.formats import Formats
from ops.web.formatted import Show, Shown, formatted, money
from ops.web.json_text import laid_out
from ops.web.tones import spoken, tone
from ops.words import t

__all__ = [
    "EMPTY", "LONG", "NULL", "NUMERIC", "Reader", "Show", "Shown", "as_is", "is_numeric", "is_wide", "size_of",
]  # fmt: skip
NUMERIC = frozenset({"integer", "number", "money"})
LONG = 120  # characters from which a text gets the whole width


NULL = Shown("null", "")
EMPTY = Shown("empty", "")


@dataclass(frozen=True, slots=True)
class Reader:
    """How one person reads the columns of one table."""

    table: Table
    formats: Formats

    def show(self, name: str) -> Show:
        """A function for the values of one column, chosen once and called for every row."""
        column = self.table.column(name)
        declared = self.table.resource.formats.get(name)
        if declared is not None:
            return formatted(declared, column, self.formats)
        if column.category == "enum":
            return _enum
        if column.category == "timestamp":
            return self.moment if "with time zone" in column.base else self._local_moment
        if column.category == "boolean":
            return _boolean
        if column.category == "date":
            return self._day
        if column.category in NUMERIC and not self._is_name(column):
            return self._money if column.scale == 2 else self._number
        return _BY_CATEGORY.get(column.category, as_is)

    def figure(self, name: str, text: str) -> str:
        """A sum, or a limit, of the column's numbers: as its amounts or numbers are read."""
        declared = self.table.resource.formats.get(name)
        amount = declared.kind == "money" if declared else self.show(name) == self._money
        return self.formats.money(text) if amount else self.formats.number(text)

    def digits(self, name: str) -> Digits | None:
        """What `show` says of the column's plain numbers, quickly; None where it shows no such figures."""
        how = self.show(name)
        if how == self._money:
            return self.formats.digits(money=True)
        return self.formats.digits() if how == self._number else None

    def one(
        self,
        name: str,
        text: str | None,
        *,
        masked: bool = False,
        row: Mapping[str, str | None] | None = None,
    ) -> Shown:
        """One value: NULL, masked, or as its column shows it, beside the other values of its `row`."""
        if text is None:
            return NULL
        if masked:
            return Shown("masked", text)
        if row is not None and (of := self.beside(name)) is not None:
            return money(text, row.get(of), self.formats)
        return self.show(name)(text)

    def beside(self, name: str) -> str | None:
        """The column of the row that tells the currency of this one."""
        declared = self.table.resource.formats.get(name)
        return None if declared is None else declared.of

    def _is_name(self, column: Column) -> bool:
        # A number that names something is no quantity: 10234 is easier to find than 10,234.
        return (
            column.name in self.table.key
            or bool(self.table.references_of(column.name))
            or _names(column.name)
        )

    def _number(self, text: str) -> Shown:
        said = self.formats.number(text)
        return Shown("text", said, text if said != text else None)

    def _money(self, text: str) -> Shown:
        said = self.formats.money(text)
        return Shown("text", said, text if said != text else None)

    def _day(self, text: str) -> Shown:
        said = self.formats.day(text)
        return Shown("text", said, text if said != text else None)

    def moment(self, text: str) -> Shown:
        """A point in time, in the person's zone."""
        moment = self.formats.when(text)
        return Shown("time", moment.text, moment.exact, moment.iso) if moment.iso else Shown("text", text)

    def _local_moment(self, text: str) -> Shown:
        return Shown("text", text)  # a clock on a wall somewhere: nobody's zone may be added to it


def is_numeric(column: Column) -> bool:
    """Whether the column stands at the end edge, as figures do."""
    return column.category in NUMERIC


def is_wide(shown: Shown) -> bool:
    """Whether a record's page gives the value the whole width."""
    return shown.kind == "json" or (shown.kind == "text" and ("\n" in shown.text or len(shown.text) > LONG))


def size_of(bytea: str) -> str:
    """The size of a bytea's hexadecimal text in words."""
    return t("records.bytes", count=max(len(bytea) - 2, 0) // 2)


def _names(name: str) -> bool:
    last = name.lower().rpartition("_")[2]
    return last in {"id", "no", "nr", "number", "code", "year", "pid", "oid", "zip", "port"}


def as_is(text: str) -> Shown:
    """A text that says what it is."""
    return Shown("text", text) if text else EMPTY


def _enum(text: str) -> Shown:
    said = spoken(text)
    return Shown("badge", said, text if said != text else None, tone(text)) if text else EMPTY


def _boolean(text: str) -> Shown:
    return Shown("text", t("frame.yes") if text == "true" else t("frame.no"), text)


def _bytes(text: str) -> Shown:
    return Shown("text", size_of(text))


def _json(text: str) -> Shown:
    return Shown("json", laid_out(text))


def _array(text: str) -> Shown:
    """A plain list as words with commas; with quotes, braces or NULLs inside PostgreSQL's own form says it best."""
    inside = text[1:-1]
    if text[:1] != "{" or not inside or set(inside) & set('{}"\\') or "NULL" in inside:
        return Shown("text", text) if text else EMPTY
    return Shown("text", inside.replace(",", ", "), text)


_BY_CATEGORY: dict[str, Show] = {
    "array": _array,
    "bytes": _bytes,
    "json": _json,
    "xml": lambda text: Shown("json", text),
}

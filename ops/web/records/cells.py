"""One column of a list as markup: whole columns at once where all their texts are harmless, else cell by cell.

Everything that comes from the database goes through `escaped`, or was looked at with its whole column and holds
nothing that means something in HTML; all else is written here. What a cell looks like depends on its text alone, and
for a reference on the title of the row it points at: so a text that comes again in its column is not made again.
End tags that HTML lets one leave out (HTML, 13.1.2.4: of td, th) are left out: rows are many.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from ops.catalog import Column, key_text
from ops.records import CUT, Rows
from ops.web import addresses
from ops.web.formats import QUARTER, Formats
from ops.web.marks import BARE, escaped, hint, in_line, masked, nothing
from ops.web.records.references import Reference, out_of_sight
from ops.web.shown import Reader, Show, Shown, as_is, is_numeric
from ops.words import t

Titles = Mapping[str, Mapping[str, str]]
# What the row is called whose key it is: by the key's text, or in address form where it has several parts.
Titled = Callable[[str], "str | None"]
Quick = Callable[[Sequence[str], Titled], dict["str | None", str]]
_HARMLESS = re.compile(r"[^&<>\"']*")
_WORD = re.compile(r"[A-Za-z0-9]+", re.ASCII)  # what a key's address and an attribute leave as it is


class Cells:
    """One column for one kind of reader: `made` gives whole `<td>`s, or of the first column what stands in its `<th>`s.

    It holds nothing of a request, so that it can be kept.
    """

    def __init__(
        self, column: Column, reader: Reader, reference: Reference | None, *, masked: bool, first: bool
    ) -> None:
        self.name = column.name
        self.first = first
        self._reader = reader
        self._show = _show(reader, column)
        self._masked = masked
        self._beside = reader.beside(column.name)
        self._reference = reference
        numeric = " class=num" if is_numeric(column) and reference is None else ""
        self.opening = f"<th scope=row{numeric}>"
        self._before = "" if first else f"<td{numeric}>"
        self._before_time = self._before if first or numeric else "<td class=when>"
        # Where the column refers by one key: what stands before that key in addresses.
        alone = reference is None or len(reference.foreign_key.columns) == 1
        by_key = reference is not None and alone and self._beside is None and reference.by_key
        target = addresses.list_href(reference.target) if by_key and reference else ""
        self._list = f"{target}~"
        self._by_key = bool(target) and not first and BARE.fullmatch(self._list) is not None
        self._alone = reference is None and self._beside is None
        self._others = self._depends_on()
        self._digits = reader.digits(column.name) if self._alone else None
        self._quick: Quick | None = None if masked else self._quickest()

    def made(self, rows: Rows, titles: Titles) -> list[str]:
        """The column's markup, from top to bottom."""
        texts, titled = rows.texts(self.name), self._titled(rows, titles)
        if self._others:
            return self._together(rows, texts, titled)
        known: dict[str | None, str] = {}
        if self._quick is not None and (some := [text for text in texts if text]):
            known = self._quick(some, titled) if max(map(len, some)) <= CUT else {}
        return [
            known[text] if text in known else known.setdefault(text, self._cell(text, titled))
            for text in texts
        ]

    def _titled(self, rows: Rows, titles: Titles) -> Titled:
        if self._reference is None:
            return _untitled
        of_target = titles.get(self._reference.target.ref, {})
        if len(self._reference.foreign_key.columns) > 1:
            return of_target.get
        by_text = rows.named.get(self.name)
        return (lambda text: of_target.get(key_text((text,)))) if by_text is None else by_text.get

    def _depends_on(self) -> tuple[str, ...]:
        """The columns of the row that a cell depends on beside its own."""
        if self._reference is not None:
            columns = self._reference.foreign_key.columns
            return columns if len(columns) > 1 else ()
        return () if self._beside is None else (self._beside,)

    def _together(self, rows: Rows, texts: list[str | None], titled: Titled) -> list[str]:
        """Cells that depend on other columns of their row."""
        names = self._others
        known: dict[object, str] = {}
        every = [rows.texts(name) if rows.has(name) else [None] * len(texts) for name in names]
        made = list[str]()
        for values in zip(*every, texts, strict=True):
            if values not in known:
                beside = dict(zip(names, values[:-1], strict=True))
                known[values] = self._cell(values[-1], titled, beside)
            made.append(known[values])
        return made

    # Whole columns ------------------------------------------------------------------------------------------

    def _quickest(self) -> Quick | None:
        """How all texts that are usual in this column are made at once; what it leaves out is made by itself."""
        if self._by_key:
            return self._links if self._show is as_is else None
        if not self._alone:
            return None
        if self._show is as_is:
            return self._plain
        if self._digits is not None and _harmless((self._digits("-1234567.25") or "",)):
            return self._figures
        return self._moments if self._show == self._reader.moment else None

    def _plain(self, texts: Sequence[str], _titled: Titled) -> dict[str | None, str]:
        before = self._before
        return {text: before + text for text in texts} if _harmless(texts) else {}

    def _figures(self, texts: Sequence[str], _titled: Titled) -> dict[str | None, str]:
        before, digits = self._before, self._digits
        known: dict[str | None, str] = {}
        # Whatever it knows is a plain number, which no attribute needs quotes for.
        for text in texts:
            if digits is not None and (said := digits(text)) is not None:
                known[text] = before + text if said == text else f"{before}<span title={text}>{said}</span>"
        return known

    def _moments(self, texts: Sequence[str], _titled: Titled) -> dict[str | None, str]:
        before, formats, quarter = self._before_time, self._reader.formats, int(time.time()) // QUARTER
        zone, locale = formats.timezone, formats.locale
        said = {text: _moment(zone, locale, text, quarter) for text in texts}
        return {text: before + one for text, one in said.items() if one is not None}

    def _links(self, texts: Sequence[str], titled: Titled) -> dict[str | None, str]:
        if not _WORD.fullmatch("".join(texts)):
            return {}
        before = f"{self._before}<a href={self._list}"
        found = {text: title for text in texts if (title := titled(text))}
        if not _harmless(found.values()):
            found = {text: escaped(title) for text, title in found.items()}
        return {text: f"{before}{text}>{title}</a>" for text, title in found.items()}

    # One cell -----------------------------------------------------------------------------------------------

    def _cell(self, text: str | None, titled: Titled, beside: Mapping[str, str | None] | None = None) -> str:
        if text is None:
            return self._before + nothing(t("frame.null"))
        if self._masked or len(text) > CUT:
            return self._partly(text)
        if self._by_key and (said := self._referring(text, titled)) is not None:
            return said
        shown = self._show(text) if self._alone else self._told(text, titled, beside or {self.name: text})
        before = self._before_time if shown.kind == "time" else self._before
        return f"{before}{in_line(shown, linked=not self.first)}"

    def _partly(self, text: str) -> str:
        said = escaped(text[:CUT])
        return self._before + (masked(text[:CUT]) if self._masked else f"{said}…")

    def _referring(self, text: str, titled: Titled) -> str | None:
        """A cell that leads to the row whose key it is, which has a title; any other is made as others are."""
        title = titled(text)
        if not title or not _WORD.fullmatch(text):
            return None
        told = self._show(text).text
        more = hint(told) if told != text else ""  # as in `_linked`
        return f"{self._before}<a href={self._list}{text}{more}>{escaped(title)}</a>"

    def _told(self, text: str, titled: Titled, beside: Mapping[str, str | None]) -> Shown:
        if self._reference is not None:
            return self._linked(self._reference, self._show(text), titled, text, beside)
        if self._beside is not None:
            return self._reader.one(self.name, text, row=beside)
        return self._show(text)

    def _linked(
        self, reference: Reference, shown: Shown, titled: Titled, text: str, values: Mapping[str, str | None]
    ) -> Shown:
        key = reference.key(values)
        alone = len(reference.foreign_key.columns) == 1
        title = None if key is None else titled(text if alone else key)
        if key is not None and title is None:
            return out_of_sight(shown)
        href = reference.href(values) if key is None else addresses.row_href(reference.target, key)
        if href is None:
            return shown
        # What the address ends with is seen when one points at the link; rows are many, and every byte counts.
        told = None if title is None or href.endswith(f"~{shown.text}") else shown.text
        return Shown("link", title or shown.text, told, href)


def _harmless(texts: Iterable[str]) -> bool:
    return _HARMLESS.fullmatch("".join(texts)) is not None


def _untitled(_text: str) -> str | None:
    return None


@lru_cache(maxsize=16_384)
def _moment(timezone: str, locale: str, text: str, _quarter: int) -> str | None:
    # Days begin at a full quarter of an hour in every zone: within one, the same text is said the same way.
    moment = Formats(timezone, locale).when(text)
    return in_line(Shown("time", moment.text, moment.exact, moment.iso), linked=False) if moment.iso else None


def _show(reader: Reader, column: Column) -> Show:
    """How a list shows a column: as the record does, but in one line."""
    if column.name not in reader.table.resource.formats and column.category in ("json", "xml", "bytes"):
        return lambda text: Shown("code", text)
    return reader.show(column.name)

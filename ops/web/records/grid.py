"""The rows of a list as markup, made by hand: fifty rows of eight cells are most of what a page costs.

Everything that comes from the database goes through `_escaped`; all else is written here. What a cell looks
like depends on its text alone, so a text that comes again in its column is not made again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from ops.catalog import Column
from ops.policy import View
from ops.records import Cell, Page, Row
from ops.web import addresses
from ops.web.formats import Formats
from ops.web.records.references import Reference, out_of_sight
from ops.web.records.shown import Reader, Show, Shown, is_numeric
from ops.words import t

Titles = Mapping[str, Mapping[str, str]]
_BARE = re.compile(r"[A-Za-z0-9~,.:%_/-]+(?<!/)", re.ASCII)  # what an attribute can hold without quotes
_HARMLESS = re.compile(r"[^&<>\"']*")


def rows(view: View, page: Page, titles: Titles, found: Mapping[str, Reference], formats: Formats) -> Markup:
    """The `<tr>`s of a page; the first cell of each names the row and leads to it."""
    if not page.rows or not page.columns:
        return Markup()
    reader = Reader(view.table, formats)
    columns = [
        _Column(one.column, reader, found.get(one.name), titles, first=n == 0)
        for n, one in enumerate(page.columns)
    ]
    # Column by column, then put together: nothing is looked up twice.
    cells = [column.cells(page.rows) for column in columns]
    ticks = may_tick(view)
    cells[0] = [
        _named(row, said, view, columns[0], n if ticks else 0)
        for n, (row, said) in enumerate(zip(page.rows, cells[0], strict=True), 1)
    ]
    lines = (f'<tr id=r{n}>{"".join(line)}</tr>' for n, line in enumerate(zip(*cells, strict=True), 1))
    made = "\n".join(lines)
    return Markup(made)  # noqa: S704 - every value went through _escaped


def may_tick(view: View) -> bool:
    """Whether rows can be ticked, for something that is done to many."""
    return bool(view.table.key) and not view.table.house and any(map(view.may, ("edit", "delete", "export")))


def _named(row: Row, said: str, view: View, column: _Column, number: int) -> str:
    """The first cell, which leads to the row; where it is empty the row's title stands in for it.

    With a `number` it begins with the row's box, named by the row; the form is templates/records/_many.html.
    """
    if row.key is None:
        return f"{column.opening}{said}</th>"
    if not row.cells[column.name].text:
        said = _escaped(row.title or t("records.untitled"))
    href = _value(addresses.row_href(view.table, row.key))
    if number:
        box = f"<input type=checkbox form=many name=k value={_value(row.key)} aria-labelledby=r{number}>"
        return f"{column.opening}{box}<a href={href} data-row>{said}</a></th>"
    return f"{column.opening}<a href={href} data-row>{said}</a></th>"


class _Column:
    """One column: `cells` gives whole `<td>`s, or of the first column what stands inside its `<th>`s."""

    def __init__(
        self, column: Column, reader: Reader, reference: Reference | None, titles: Titles, *, first: bool
    ) -> None:
        self.name = column.name
        self.first = first
        self._reader = reader
        self._show = _show(reader, column)
        self._beside = reader.beside(column.name) is not None
        self._reference = reference
        self._titles = titles.get(reference.target.ref, {}) if reference is not None else {}
        self._numeric = " class=num" if is_numeric(column) and reference is None else ""
        alone = reference is None or len(reference.foreign_key.columns) == 1
        self._one_column = alone and not self._beside
        self.opening = f"<th scope=row{self._numeric}>"

    def cells(self, rows: Sequence[Row]) -> list[str]:
        """The column's markup, from top to bottom."""
        name, known, made = self.name, dict[str, str](), list[str]()
        null = self._framed(f'<span class="null">{_escaped(t("frame.null"))}</span>', self._numeric)
        for row in rows:
            text, cut, masked, is_null = cell = row.cells[name]
            if is_null:
                made.append(null)
            elif cut or masked:
                made.append(self._partly(cell))
            else:
                said = known.get(text)
                if said is None:
                    said = self._made(self._told(text, row))
                    if self._one_column:
                        known[text] = said
                made.append(said)
        return made

    def _partly(self, cell: Cell) -> str:
        said = _escaped(cell.text)
        if not cell.masked:
            return self._framed(said + "…", self._numeric)
        heard = f'<span class="sr">{_escaped(t("frame.masked"))}</span>'
        inside = f'<span class="masked"><span aria-hidden="true">{said}</span>{heard}</span>'
        return self._framed(inside, self._numeric)

    def _told(self, text: str, row: Row) -> Shown:
        if self._beside and self._reference is None:
            return self._reader.one(self.name, text, row=row.values)
        told = self._show(text)
        if self._reference is None:
            return told
        return self._linked(self._reference, told, {self.name: text} if self._one_column else row.values)

    def _made(self, shown: Shown) -> str:
        align = self._numeric or (" class=when" if shown.kind == "time" else "")
        return self._framed(_inside(shown, linked=not self.first), align)

    def _framed(self, inside: str, attributes: str) -> str:
        return inside if self.first else f"<td{attributes}>{inside}</td>"

    def _linked(self, reference: Reference, shown: Shown, values: Mapping[str, str | None]) -> Shown:
        key = reference.key(values)
        title = self._titles.get(key or "")
        if key is not None and title is None:
            return out_of_sight(shown)
        href = reference.href(values) if key is None else addresses.row_href(reference.target, key)
        if href is None:
            return shown
        # What the address ends with is seen when one points at the link; rows are many, and every byte counts.
        told = None if title is None or href.endswith(f"~{shown.text}") else shown.text
        return Shown("link", title or shown.text, told, href)


def _inside(shown: Shown, *, linked: bool) -> str:
    said = _escaped(shown.text)
    title = f" title={_value(shown.title)}" if shown.title else ""
    more = _value(shown.more or "")
    match shown.kind:
        case "text" | "lines":
            return f"<span{title}>{said}</span>" if title else said
        case "link":
            return f'<a href={more}{title}>{said}</a>' if linked else said
        case "badge":
            return f'<span class=badge data-tone={more}{title}>{said}</span>'
        case "time":
            return f'<time datetime={more}{title}>{said}</time>'
        case "empty":
            return f'<span class="null">{_escaped(t("frame.empty_text"))}</span>'
        case _:
            return f"<code>{said}</code>"


def _show(reader: Reader, column: Column) -> Show:
    """How a list shows a column: as the record does, but in one line."""
    if column.name not in reader.table.resource.formats and column.category in ("json", "xml", "bytes"):
        return lambda text: Shown("code", text)
    return reader.show(column.name)


def _value(text: str) -> str:
    """The text as an attribute's value; quotes are left away where HTML needs none (HTML, 13.1.2.3): rows are many."""
    return text if _BARE.fullmatch(text) else f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text if _HARMLESS.fullmatch(text) else str(escape(text))

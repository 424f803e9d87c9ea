"""The rows of a list as markup, made by hand: fifty rows of eight cells are most of what a page costs.

Everything that comes from the database goes through `_escaped`; all else is written here. What a cell looks
like depends on its text alone, so a text that comes again in its column is not made again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from ops.catalog import Column
from ops.policy import View
from ops.records import Cell, Page, Row
from ops.web import addresses
from ops.web.formats import Formats
from ops.web.records.references import Reference
from ops.web.records.shown import Reader, Show, Shown, is_numeric
from ops.words import t

Titles = Mapping[str, Mapping[str, str]]
_HARMLESS = re.compile(r"[^&<>\"']*")


def rows(view: View, page: Page, titles: Titles, found: Mapping[str, Reference], formats: Formats) -> Markup:
    """The `<tr>`s of a page; the first cell of each names the row and leads to it."""
    grid = _Grid(view, page, titles, found, formats)
    made = "\n".join(map(grid.row, page.rows, range(1, len(page.rows) + 1)))
    return Markup(made)  # noqa: S704 - every value went through _escaped


class _Grid:
    def __init__(
        self, view: View, page: Page, titles: Titles, found: Mapping[str, Reference], formats: Formats
    ) -> None:
        reader = Reader(view.table, formats)
        self.table = view.table
        self.columns = [
            _Column(one.column, _show(reader, one.column), found.get(one.name), titles, first=n == 0)
            for n, one in enumerate(page.columns)
        ]

    def row(self, row: Row, number: int) -> str:
        href = None if row.key is None else addresses.row_href(self.table, row.key)
        parts = [f'<tr id="r{number}">']
        for column in self.columns:
            cell = row.cells[column.name]
            if not column.first:
                parts.append(column.cell(cell, row))
                continue
            said = column.cell(cell, row)
            if href is None:
                parts.append(f"{column.opening}{said}</th>")
                continue
            if not cell.text:
                said = _escaped(row.title or t("records.untitled"))
            parts.append(f'{column.opening}<a href="{_escaped(href)}" data-row>{said}</a></th>')
        parts.append("</tr>")
        return "".join(parts)


class _Column:
    """One column: `cell` gives a whole `<td>`, or in the first column what stands inside the `<th>`."""

    def __init__(
        self, column: Column, show: Show, reference: Reference | None, titles: Titles, *, first: bool
    ) -> None:
        self.name = column.name
        self.first = first
        self._show = show
        self._reference = reference
        self._titles = titles.get(reference.target.ref, {}) if reference is not None else {}
        self._numeric = ' class="num"' if is_numeric(column) and reference is None else ""
        self._one_column = reference is None or len(reference.foreign_key.columns) == 1
        self._known: dict[str, str] = {}
        self.opening = f'<th scope="row"{self._numeric}>'
        self._null = self._framed(f'<span class="null">{_escaped(t("frame.null"))}</span>', self._numeric)

    def cell(self, cell: Cell, row: Row) -> str:
        """The cell's markup."""
        if cell.null:
            return self._null
        if cell.masked:
            shown = f'<span aria-hidden="true">{_escaped(cell.text)}</span>'
            said = f'<span class="sr">{_escaped(t("frame.masked"))}</span>'
            return self._framed(f'<span class="masked">{shown}{said}</span>', self._numeric)
        if cell.cut:
            return self._framed(_escaped(cell.text) + "…", self._numeric)
        made = self._known.get(cell.text) if self._one_column else None
        if made is None:
            told = self._show(cell.text)
            if self._reference is not None:
                told = self._linked(self._reference, told, row.values)
            made = self._known[cell.text] = self._made(told)
        return made

    def _made(self, shown: Shown) -> str:
        align = self._numeric or (' class="when"' if shown.kind == "time" else "")
        return self._framed(_inside(shown, linked=not self.first), align)

    def _framed(self, inside: str, attributes: str) -> str:
        return inside if self.first else f"<td{attributes}>{inside}</td>"

    def _linked(self, reference: Reference, shown: Shown, values: Mapping[str, str | None]) -> Shown:
        key = reference.key(values)
        title = self._titles.get(key or "")
        if key is not None and title is None:
            return shown  # nothing there that this person may see
        href = reference.href(values)
        return Shown("link", title or shown.text, shown.text if title else None, href) if href else shown


def _inside(shown: Shown, *, linked: bool) -> str:
    said = _escaped(shown.text)
    title = f' title="{_escaped(shown.title)}"' if shown.title else ""
    more = _escaped(shown.more or "")
    match shown.kind:
        case "text":
            return f"<span{title}>{said}</span>" if title else said
        case "link":
            return f'<a href="{more}"{title}>{said}</a>' if linked else said
        case "badge":
            return f'<span class="badge" data-tone="{more}"{title}>{said}</span>'
        case "time":
            return f'<time datetime="{more}"{title}>{said}</time>'
        case "empty":
            return f'<span class="null">{_escaped(t("frame.empty_text"))}</span>'
        case _:
            return f"<code>{said}</code>"


def _show(reader: Reader, column: Column) -> Show:
    """How a list shows a column: as the record does, but in one line."""
    if column.category in ("json", "xml", "bytes"):
        return lambda text: Shown("code", text)
    return reader.show(column.name)


def _escaped(text: str) -> str:
    return text if _HARMLESS.fullmatch(text) else str(escape(text))

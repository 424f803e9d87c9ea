"""The rows of a list as markup, made by hand: fifty rows of eight cells are most of what a page costs.

Everything that comes from the database goes through `_escaped`; all else is written here. What a cell looks
like depends on its text alone, so a text that comes again in its column is not made again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from ops.catalog import Column, key_text
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
_WORD = re.compile(r"[A-Za-z0-9]+", re.ASCII)  # what a key's address and an attribute leave as it is


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
    cells[0] = _named(page.rows, cells[0], view, columns[0], ticks=may_tick(view))
    lines = (f"<tr id=r{n}>{''.join(line)}</tr>" for n, line in enumerate(zip(*cells, strict=True), 1))
    made = "\n".join(lines)
    return Markup(made)  # noqa: S704 - every value went through _escaped


def may_tick(view: View) -> bool:
    """Whether rows can be ticked, for something that is done to many."""
    return bool(view.table.key) and not view.table.house and any(map(view.may, ("edit", "delete", "export")))


def _named(
    rows: Sequence[Row], cells: Sequence[str], view: View, column: _Column, *, ticks: bool
) -> list[str]:
    """The first cells, which lead to their rows; where one is empty the row's title stands in for it.

    With `ticks` each begins with its row's box, named by the row; the form is templates/records/_many.html.
    """
    made, opening, box = list[str](), column.opening, ""
    for number, ((key, by_name, title), said) in enumerate(zip(rows, cells, strict=True), 1):
        if key is None:
            made.append(f"{opening}{said}</th>")
            continue
        if not by_name[column.name][0]:
            said = _escaped(title or t("records.untitled"))  # noqa: PLW2901 - that cell stays empty
        if ticks:
            box = f"<input type=checkbox form=many name=k value={_attribute(key)} aria-labelledby=r{number}>"
        href = _attribute(addresses.row_href(view.table, key))
        made.append(f"{opening}{box}<a href={href} data-row>{said}</a></th>")
    return made


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
        alone = reference is None or len(reference.foreign_key.columns) == 1
        self._one_column = alone and not self._beside
        numeric = " class=num" if is_numeric(column) and reference is None else ""
        self.opening = f"<th scope=row{numeric}>"
        self._before, self._after = ("", "") if first else (f"<td{numeric}>", "</td>")
        self._before_time = self._before if first or numeric else "<td class=when>"
        # Where the column refers by one key: what stands before that key in addresses.
        by_key = reference is not None and self._one_column and reference.by_key
        target = addresses.list_href(reference.target) if by_key and reference else ""
        self._list = target if target and _BARE.fullmatch(f"{target}~") else None

    def cells(self, rows: Sequence[Row]) -> list[str]:
        """The column's markup, from top to bottom."""
        name, known, made = self.name, dict[str, str](), list[str]()
        null = f"{self._before}<span class=null>{_escaped(t('frame.null'))}</span>{self._after}"
        make = self._referring if self._list is not None and not self.first else self._whole
        for row in rows:
            cell = row[1][name]
            text, cut, masked, is_null = cell
            if is_null:
                made.append(null)
            elif cut or masked:
                made.append(self._partly(cell))
            elif (said := known.get(text)) is not None:
                made.append(said)
            else:
                made.append(said := make(text, row))
                if self._one_column:
                    known[text] = said
        return made

    def _partly(self, cell: Cell) -> str:
        said = _escaped(cell.text)
        if not cell.masked:
            return f"{self._before}{said}…{self._after}"
        heard = f"<span class=sr>{_escaped(t('frame.masked'))}</span>"
        inside = f"<span class=masked><span aria-hidden=true>{said}</span>{heard}</span>"
        return f"{self._before}{inside}{self._after}"

    def _referring(self, text: str, row: Row) -> str:
        """A cell that leads to the row whose key it is, which has a title; any other is made as others are."""
        title = self._titles.get(key_text((text,)))
        if not title or not _WORD.fullmatch(text):
            return self._whole(text, row)
        told = self._show(text).text
        hint = "" if told == text else f" title={_attribute(told)}"  # as in `_linked`
        inside = f"<a href={self._list}~{text}{hint}>{_escaped(title)}</a>"
        return f"{self._before}{inside}{self._after}"

    def _whole(self, text: str, row: Row) -> str:
        shown = self._told(text, row)
        before = self._before_time if shown[0] == "time" else self._before
        return f"{before}{_inside(shown, linked=not self.first)}{self._after}"

    def _told(self, text: str, row: Row) -> Shown:
        if self._reference is None:
            if self._beside:
                return self._reader.one(self.name, text, row=row.values)
            return self._show(text)
        return self._linked(
            self._reference, self._show(text), {self.name: text} if self._one_column else row.values
        )

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
    kind, text, title, more = shown
    said = text if _HARMLESS.fullmatch(text) else _escaped(text)
    if kind in ("text", "lines"):
        return f"<span title={_attribute(title)}>{said}</span>" if title else said
    hint = f" title={_attribute(title)}" if title else ""
    match kind:
        case "time":
            return f"<time datetime={_attribute(more or '')}{hint}>{said}</time>"
        case "badge":
            return f"<span class=badge data-tone={_attribute(more or '')}{hint}>{said}</span>"
        case "link":
            return f"<a href={_attribute(more or '')}{hint}>{said}</a>" if linked else said
        case "empty":
            return f"<span class=null>{_escaped(t('frame.empty_text'))}</span>"
        case _:
            return f"<code>{said}</code>"


def _show(reader: Reader, column: Column) -> Show:
    """How a list shows a column: as the record does, but in one line."""
    if column.name not in reader.table.resource.formats and column.category in ("json", "xml", "bytes"):
        return lambda text: Shown("code", text)
    return reader.show(column.name)


def _escaped(text: str) -> str:
    return text if _HARMLESS.fullmatch(text) else str(escape(text))


def _attribute(value: str) -> str:
    """The text as an attribute's value; quotes are left away where HTML needs none (HTML, 13.1.2.3): rows are many."""
    return value if _BARE.fullmatch(value) else f'"{_escaped(value)}"'

"""The rows of a list as markup, made by hand: fifty rows of eight cells are most of what a page costs.

Everything that comes from the database goes through `_escaped`; all else is written here. What a cell looks
like depends on its text alone, so a text that comes again in its column is not made again. End tags that HTML
lets one leave out (HTML, 13.1.2.4: of tr, td, th) are left out: rows are many.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from ops.catalog import Column, key_text
from ops.changes.operation import reference
from ops.policy import View
from ops.records import CUT, Page, Rows
from ops.web import addresses
from ops.web.formats import Formats
from ops.web.page import icon
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
    reader, named = Reader(view.table, formats), page.rows.named
    columns = [
        _Column(
            one.column, reader, found.get(one.name), named.get(one.name), titles,
            masked=page.rows.is_masked(one.name), first=n == 0,
        )
        for n, one in enumerate(page.columns)
    ]  # fmt: skip
    # Column by column, then put together: nothing is looked up twice.
    cells = [column.cells(page.rows) for column in columns]
    cells[0] = _named(page.rows, cells[0], view, columns[0], ticks=may_tick(view))
    made = "\n".join([f"<tr id=r{n}>{''.join(line)}" for n, line in enumerate(zip(*cells, strict=True), 1)])
    return Markup(made)  # noqa: S704 - every value went through _escaped


def may_tick(view: View) -> bool:
    """Whether rows can be ticked, for something that is done to many."""
    return bool(view.table.key) and not view.table.house and any(map(view.may, ("edit", "delete", "export")))


def _named(rows: Rows, cells: Sequence[str], view: View, column: _Column, *, ticks: bool) -> list[str]:
    """The first cells, which lead to their rows; where one is empty the row's title stands in for it.

    With `ticks` each begins with its row's box, named by the row; the form is templates/records/_many.html.
    """
    made, opening, box = list[str](), column.opening, ""
    list_href = addresses.list_href(view.table)
    plain = _BARE.fullmatch(f"{list_href}~") is not None
    waiting = rows.also or [None] * len(rows)
    for n, (key, text, said) in enumerate(zip(rows.keys, rows.texts(column.name), cells, strict=True)):
        if key is None:
            made.append(f"{opening}{said}")
            continue
        if not text:
            said = _escaped(rows[n].title or t("records.untitled"))  # noqa: PLW2901 - that cell stays empty
        if plain and _WORD.fullmatch(key, 1):
            value, href = key, f"{list_href}{key}"
        else:
            value, href = _attribute(key), _attribute(addresses.row_href(view.table, key))
        if ticks:
            box = f"<input type=checkbox form=many name=k value={value} aria-labelledby=r{n + 1}>"
        mark = "" if waiting[n] is None else _waits(waiting[n])
        made.append(f"{opening}{box}<a href={href} data-row>{said}</a>{mark}")
    return made


def _waits(number: int) -> str:
    """The mark of a change that waits for this row; what it would do stands on its own page."""
    name = reference(number)
    title, said = _escaped(t("records.asked", reference=name)), _escaped(t("frame.pending"))
    inside = f"{icon('clock')}<span class=sr>{name} {said}</span>"
    return f' <a class=pending href=/changes/{name} title="{title}">{inside}</a>'


class _Column:
    """One column: `cells` gives whole `<td>`s, or of the first column what stands inside its `<th>`s."""

    def __init__(
        self, column: Column, reader: Reader, reference: Reference | None, named: Mapping[str, str] | None,
        titles: Titles, *, masked: bool, first: bool,
    ) -> None:  # fmt: skip
        self.name = column.name
        self.first = first
        self._reader = reader
        self._show = _show(reader, column)
        self._masked = masked
        self._beside = reader.beside(column.name)
        self._reference = reference
        self._titles = titles.get(reference.target.ref, {}) if reference is not None else {}
        self._by_text = named
        numeric = " class=num" if is_numeric(column) and reference is None else ""
        self.opening = f"<th scope=row{numeric}>"
        self._before = "" if first else f"<td{numeric}>"
        self._before_time = self._before if first or numeric else "<td class=when>"
        # Where the column refers by one key: what stands before that key in addresses.
        alone = reference is None or len(reference.foreign_key.columns) == 1
        by_key = reference is not None and alone and self._beside is None and reference.by_key
        target = addresses.list_href(reference.target) if by_key and reference else ""
        self._list = f"{target}~"
        self._by_key = bool(target) and not first and _BARE.fullmatch(self._list) is not None
        self._alone = reference is None and self._beside is None

    def cells(self, rows: Rows) -> list[str]:
        """The column's markup, from top to bottom."""
        texts = rows.texts(self.name)
        if not (names := self._others()):
            known: dict[str | None, str] = {}
            return [
                known[text] if text in known else known.setdefault(text, self._cell(text)) for text in texts
            ]
        others: dict[object, str] = {}
        made = list[str]()
        every = [rows.texts(name) if rows.has(name) else [None] * len(texts) for name in names]
        for values in zip(*every, texts, strict=True):
            if values not in others:
                others[values] = self._cell(values[-1], dict(zip(names, values[:-1], strict=True)))
            made.append(others[values])
        return made

    def _others(self) -> tuple[str, ...]:
        """The columns of the row that a cell depends on beside its own."""
        if self._reference is not None:
            columns = self._reference.foreign_key.columns
            return columns if len(columns) > 1 else ()
        return () if self._beside is None else (self._beside,)

    def _cell(self, text: str | None, beside: Mapping[str, str | None] | None = None) -> str:
        if text is None:
            return f"{self._before}<span class=null>{_escaped(t('frame.null'))}</span>"
        if self._masked or len(text) > CUT:
            return self._partly(text)
        if self._by_key and (said := self._referring(text)) is not None:
            return said
        shown = self._show(text) if self._alone else self._told(text, beside or {self.name: text})
        kind, said, title, _ = shown
        if kind == "text" and title is None:  # most of all
            return f"{self._before}{said if _HARMLESS.fullmatch(said) else _escaped(said)}"
        before = self._before_time if kind == "time" else self._before
        return f"{before}{_inside(shown, linked=not self.first)}"

    def _partly(self, text: str) -> str:
        said = _escaped(text[:CUT])
        if not self._masked:
            return f"{self._before}{said}…"
        heard = f"<span class=sr>{_escaped(t('frame.masked'))}</span>"
        return f"{self._before}<span class=masked><span aria-hidden=true>{said}</span>{heard}</span>"

    def _title(self, text: str) -> str | None:
        """What the row is called whose key it is; None where none is to be seen."""
        return self._titles.get(key_text((text,))) if self._by_text is None else self._by_text.get(text)

    def _referring(self, text: str) -> str | None:
        """A cell that leads to the row whose key it is, which has a title; any other is made as others are."""
        title = self._title(text)
        if not title or not _WORD.fullmatch(text):
            return None
        told = self._show(text).text
        hint = "" if told == text else f" title={_attribute(told)}"  # as in `_linked`
        return f"{self._before}<a href={self._list}{text}{hint}>{_escaped(title)}</a>"

    def _told(self, text: str, beside: Mapping[str, str | None]) -> Shown:
        if self._reference is not None:
            return self._linked(self._reference, self._show(text), text, beside)
        if self._beside is not None:
            return self._reader.one(self.name, text, row=beside)
        return self._show(text)

    def _linked(
        self, reference: Reference, shown: Shown, text: str, values: Mapping[str, str | None]
    ) -> Shown:
        key = reference.key(values)
        alone = len(reference.foreign_key.columns) == 1
        title = None if key is None else self._title(text) if alone else self._titles.get(key)
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

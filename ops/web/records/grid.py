"""The rows of a list as markup, made by hand: fifty rows of eight cells are most of what a page costs.

Everything that comes from the database goes through `escaped`, or is told harmless by its column
(`ops.web.records.cells`); all else is written here. End tags that HTML lets one leave out (HTML, 13.1.2.4: of tr, td,
th) are left out: rows are many.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from markupsafe import Markup

from ops.changes.operation import reference
from ops.policy import View
from ops.records import Page, Rows
from ops.web import addresses
from ops.web.formats import Formats
from ops.web.marks import BARE, attribute, escaped
from ops.web.page import icon
from ops.web.records.cells import Cells, Titles
from ops.web.records.references import Reference
from ops.web.shown import Reader
from ops.words import t

MOST = 500  # what one shape of rights remembers, this and all else
_KEYS = re.compile(r"(?:~[A-Za-z0-9]+)+", re.ASCII)  # what addresses and attributes leave as they are


def rows(
    view: View,
    page: Page,
    titles: Titles,
    found: Mapping[str, Reference],
    formats: Formats,
    hidden: Collection[int] = (),
) -> Markup:
    """The `<tr>`s of a page; the first cell of each names the row and leads to it. `hidden`: changes out of sight."""
    if not page.rows or not page.columns:
        return Markup()
    columns = _columns(view, page, found, formats)
    # Column by column, then put together: nothing is looked up twice.
    cells = [column.made(page.rows, titles) for column in columns]
    cells[0] = _named(page.rows, cells[0], view, columns[0], hidden, ticks=may_tick(view))
    made = "\n".join([f"<tr id=r{n}>{''.join(line)}" for n, line in enumerate(zip(*cells, strict=True), 1)])
    return Markup(made)  # noqa: S704 - every value went through `escaped`, or was told harmless


def _columns(view: View, page: Page, found: Mapping[str, Reference], formats: Formats) -> list[Cells]:
    """How each column is made: it follows from the shape of rights, and from what the person reads values by."""
    key = ("cells", page.query.columns, formats, id(view.catalog))
    known: list[Cells] | None = view.shape.memory.get(key)
    if known is None:
        reader = Reader(view.table, formats)
        known = [
            Cells(one.column, reader, found.get(one.name), masked=page.rows.is_masked(one.name), first=n == 0)
            for n, one in enumerate(page.columns)
        ]
        if len(view.shape.memory) < MOST:
            view.shape.memory[key] = known
    return known


def may_tick(view: View) -> bool:
    """Whether rows can be ticked, for something that is done to many."""
    return bool(view.table.key) and not view.table.house and any(map(view.may, ("edit", "delete", "export")))


def _named(
    rows: Rows, cells: Sequence[str], view: View, column: Cells, hidden: Collection[int], *, ticks: bool
) -> list[str]:
    """The first cells, which lead to their rows; where one is empty the row's title stands in for it.

    With `ticks` each begins with its row's box, named by the row; the form is templates/records/_many.html.
    """
    keys, texts, also = rows.keys, rows.texts(column.name), rows.also
    list_href = addresses.list_href(view.table)
    plain = BARE.fullmatch(f"{list_href}~") is not None
    usual = [key for key in keys if key]
    if plain and ticks and len(usual) == len(keys) and all(texts) and _KEYS.fullmatch("".join(usual)):
        box, row = f"{column.opening}<input type=checkbox form=many name=k value=", f"><a href={list_href}"
        made = [
            f"{box}{key} aria-labelledby=r{n}{row}{key} data-row>{said}</a>"
            for n, (key, said) in enumerate(zip(usual, cells, strict=True), 1)
        ]
    else:
        made = [
            _leading(rows, n, text, said, view, column, ticks=ticks)
            for n, (text, said) in enumerate(zip(texts, cells, strict=True))
        ]
    marks = ["" if one is None else _waits(one, seen=one not in hidden) for one in also]
    return [f"{cell}{mark}" for cell, mark in zip(made, marks, strict=True)] if any(marks) else made


def _leading(
    rows: Rows, n: int, text: str | None, said: str, view: View, column: Cells, *, ticks: bool
) -> str:
    """The first cell of a row, whatever its key and its text."""
    key = rows.keys[n]
    if key is None:
        return f"{column.opening}{said}"
    if not text:
        said = escaped(rows[n].title or t("records.untitled"))  # that cell stays empty
    value, href = attribute(key), attribute(addresses.row_href(view.table, key))
    box = f"<input type=checkbox form=many name=k value={value} aria-labelledby=r{n + 1}>" if ticks else ""
    return f"{column.opening}{box}<a href={href} data-row>{said}</a>"


def _waits(number: int, *, seen: bool) -> str:
    """The mark of a change that waits for this row; what it would do stands on its own page, if one may see that."""
    if not seen:
        said = escaped(t("records.waits_unseen"))
        return f' <span class=pending title="{said}">{icon("clock")}<span class=sr>{said}</span></span>'
    name = reference(number)
    title, said = escaped(t("records.asked", reference=name)), escaped(t("frame.pending"))
    inside = f"{icon('clock')}<span class=sr>{name} {said}</span>"
    return f' <a class=pending href=/changes/{name} title="{title}">{inside}</a>'

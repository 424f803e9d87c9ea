"""The heads of a list's columns, what sorts by them, and in words what the rows are in order of."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ops.catalog import Column
from ops.policy import View
from ops.records import Page
from ops.web.shown import is_numeric
from ops.words import t

TIMES = frozenset({"date", "timestamp"})


class Head(NamedTuple):
    """One head: `href` sorts by it; `why` says why that will not be done, which index would help says the page then.

    `edit`: the column's name where its cells can be edited in place (static/js/cells.js): so no cell need say it.
    """

    text: str
    href: str | None
    sorted: str | None
    num: bool
    why: str | None
    edit: str | None = None


def heads(view: View, page: Page, sorting: Callable[[str], str]) -> list[Head]:
    """The heads in the order of the columns; `sorting` gives the address of the list in another order."""
    edited = view.settable("edit") if view.may("edit") else frozenset()
    return [
        _head(view, page, one.column, sorting)._replace(
            edit=one.name if one.name in edited and one.column.category != "bytes" else None
        )
        for one in page.columns
    ]


def order_words(view: View, page: Page) -> str | None:
    """What the rows are ordered by; None where they come as they are."""
    column = view.table.columns.get((page.sort or "").removeprefix("-"))
    if page.sort is None or column is None:
        return None
    down, up = ("new", "old") if column.category in TIMES else ("down", "up")
    direction = t(f"records.foot_{down if page.sort.startswith('-') else up}")
    return t("records.foot_order", column=column.label.lower(), direction=direction)


def _head(view: View, page: Page, column: Column, sorting: Callable[[str], str]) -> Head:
    sort = page.sort or ""
    down = f"-{column.name}"
    current = {column.name: "ascending", down: "descending"}.get(sort)
    num = is_numeric(column) and not view.table.references_of(column.name)
    sees = view.sees(column.name) and column.comparable
    why = None if page.sortable.get(column.name) else t("records.sorted_slow")
    first, second = (down, column.name) if column.category in TIMES else (column.name, down)
    return Head(
        column.label, sorting(second if sort == first else first) if sees else None, current, num, why
    )

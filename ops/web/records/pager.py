"""The ways through a list's pages: first, previous, next, last, and straight to a date or a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

from ops.policy import View
from ops.records import Page
from ops.web.records.heads import TIMES
from ops.words import t

_WAYS = ("first", "previous", "next", "last")
_TYPES = {"date": "date", "timestamp": "date", "integer": "number"}
_LONG = frozenset({"json", "xml", "bytes", "array", "composite", "range", "boolean", "enum"})


class Jump(NamedTuple):
    """A field for a value of the column that the list is in order of."""

    label: str
    type: str
    value: str


def addresses(page: Page, at: Callable[[str | None], str]) -> dict[str, str | None]:
    """Addresses by "first", "previous", "next", "last"; None where there is nothing."""
    cursors = {name: getattr(page, name) for name in _WAYS}
    return {name: None if cursor is None else at(cursor or None) for name, cursor in cursors.items()}


def pager_words(view: View, page: Page) -> dict[str, str] | None:
    """ "Newer" and "Older" where the list is in order of time."""
    sort = page.sort or ""
    column = view.table.columns.get(sort.removeprefix("-"))
    if column is None or column.category not in TIMES:
        return None
    newer, older = t("records.newer"), t("records.older")
    previous, following = (newer, older) if sort.startswith("-") else (older, newer)
    return {"first": t("frame.first"), "previous": previous, "next": following, "last": t("frame.last")}


def jump(view: View, page: Page) -> Jump | None:
    """Where the list is long enough for it: the field that jumps; None else."""
    if page.sort is None or not (page.first is not None or page.next or page.query.cursor):
        return None
    column = view.table.columns.get(page.sort.removeprefix("-"))
    if column is None or column.category in _LONG:
        return None
    kind, _, text = (page.query.cursor or "").partition("=")
    value = unquote(text) if kind == "at" else ""
    return Jump(t("records.jump_to", column=column.label.lower()), _TYPES.get(column.category, "text"), value)

"""In which order people meet a record's columns: what a list shows first, what machines keep last."""

from __future__ import annotations

from collections.abc import Sequence

from ops.catalog import Column
from ops.policy import View, ViewColumn
from ops.records.query import default_columns
from ops.web.records.shaped import of_shape
from ops.words import t

_BULKY = frozenset({"json", "xml", "bytes"})
_KEPT = frozenset(
    {"created_at", "created", "updated_at", "updated", "modified_at", "last_update", "modified"}
)
_STATES = ("status", "state")


def in_order(view: View, *, computed: bool = False) -> Sequence[ViewColumn]:
    """The columns a person may read: the list's, the others, the bulky ones, then what the database keeps by itself.

    With `computed` those that the Resource computes are among them. Groups it declares come first, in their order.
    """
    return of_shape(view, ("in order", computed), lambda: _in_order(view, computed=computed))


def _in_order(view: View, *, computed: bool) -> tuple[ViewColumn, ...]:
    first = {name: n for n, name in enumerate(default_columns(view))}
    every = view.shape.shown if computed else view.shape.columns
    known = {one.name: n for n, one in enumerate(every)}
    grouped = {name: n for n, name in enumerate(_grouped(view))}
    # Where nobody chose, the list's columns are the table's first eight: the table's own order says more.
    chosen = any(name in view.table.resource.columns for name in first)

    def place(one: ViewColumn) -> tuple[int, int]:
        if one.name in grouped:
            return -1, grouped[one.name]
        if kept(one.column):
            return 3, known[one.name]
        if one.column.category in _BULKY:
            return 2, known[one.name]
        if chosen and one.name in first:
            return 0, first[one.name]
        return 1, known[one.name]

    return tuple(sorted(every, key=place))


def by_sections(view: View, names: Sequence[str]) -> list[tuple[str | None, list[str]]]:
    """`names` under the headings that the Resource declares, the rest under "More"; one part without a heading
    where it declares none."""
    sections = view.table.resource.sections
    if not sections:
        return [(None, list(names))]
    parts: list[tuple[str | None, list[str]]] = [
        (one.label, [name for name in one.columns if name in names]) for one in sections
    ]
    rest = [name for name in names if name not in set(_grouped(view))]
    parts.append((t("records.more_fields"), rest))
    return [part for part in parts if part[1]]


def _grouped(view: View) -> list[str]:
    return [name for section in view.table.resource.sections for name in section.columns]


def state_of(view: View) -> str | None:
    """The column that says how far the record is: an enum called status or state."""
    for name in _STATES:
        column = view.table.columns.get(name)
        if column is not None and column.category == "enum" and view.sees(name):
            return name
    return None


def kept(column: Column) -> bool:
    """Whether the database keeps it by itself: an identity, or when the row was made or last written."""
    return column.identity is not None or column.name.lower() in _KEPT

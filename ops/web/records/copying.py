"""A new record made after another: what may be copied is, what must be its own is left empty.

Left out: keys, values that are unique by themselves, what the database computes, what the person sees masked or may not
give, files. Rows that belong to the record are copied with it, up to fifty of each table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ops import records
from ops.catalog import Table
from ops.policy import View
from ops.web.gate import tx
from ops.web.records.form_page import Given


def like(view: View, key: str) -> Given:
    """What the form of a new record starts with. Raises NotVisible."""
    record = records.one(tx(), view, key)
    return Given(start=may_copy(view, record.values), like=record)


def may_copy(
    view: View, values: Mapping[str, str | None], but: Collection[str] = ()
) -> dict[str, str | None]:
    """Of a row's values those that another row may have too; `but`: the reference to a parent of its own.

    A part of a key of several columns is copied: the line number of an order's line is none of its own.
    """
    free = view.settable("create") - _own(view.table) - set(but)
    return {name: text for name, text in values.items() if name in free and text is not None}


def _own(table: Table) -> set[str]:
    alone = {
        index.columns[0].name or "" for index in table.indexes if index.unique and len(index.columns) == 1
    }
    key = set(table.key) if len(table.key) == 1 else set()
    bulky = {
        name
        for name, one in table.columns.items()
        if one.category == "bytes" or one.identity or one.generated
    }
    made = {name for name, one in table.columns.items() if (one.default or "").startswith("nextval(")}
    return alone | key | bulky | made

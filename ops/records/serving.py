"""Which filters an index of a large table serves."""

from __future__ import annotations

from collections.abc import Iterable

from ops.catalog import Table
from ops.conditions import Filter
from ops.policy import View

_EXACT = frozenset(("is", "in", "true", "false"))
_RANGES = frozenset(("gt", "ge", "lt", "le", "between"))


def filters_served(table: Table, filters: Iterable[Filter]) -> bool:
    """Whether at least one of the filters has an index that finds its rows, or their number, quickly."""
    return any(_served(table, one) for one in filters)


def quick_columns(view: View) -> list[str]:
    """Labels of the columns a large table is quickly filtered by, for the person; at most six."""
    found: dict[str, str] = {}
    for index in view.table.indexes:
        name = index.columns[0].name
        if name is not None and view.sees(name) and index.method == "btree" and not index.partial:
            found.setdefault(name, view.column(name).column.label or name)
    return list(found.values())[:6]


def _served(table: Table, one: Filter) -> bool:
    for index in table.indexes:
        first = index.columns[0]
        if index.partial:
            continue
        if index.method == "btree" and first.name == one.column:
            if one.op in _EXACT or (one.op in _RANGES and not first.opclass.endswith("_pattern_ops")):
                return True
            if one.op == "starts" and first.prefix:
                return True
        if index.method in ("gin", "gist") and one.op in ("contains", "starts"):
            trigrams = any(c.name == one.column and c.opclass.endswith("_trgm_ops") for c in index.columns)
            if trigrams and len(one.value) >= 3:
                return True
    return False

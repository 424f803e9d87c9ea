"""A row condition asked of a row as it would be: which columns it speaks of, and itself with values in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from ops.catalog import Table


def named_in(condition: sa.ColumnElement[bool], table: Table) -> tuple[str, ...]:
    """The columns of the table that the condition speaks of, in the table's order."""
    core = table.core
    parts = visitors.iterate(condition)
    found = {one.name for one in parts if isinstance(one, sa.Column) and one.table is core}
    return tuple(name for name in table.columns if name in found)


def with_values(
    condition: sa.ColumnElement[bool], table: Table, values: Mapping[str, sa.ColumnElement[Any]]
) -> sa.ColumnElement[bool]:
    """The condition with these values in the place of the table's columns; columns without one stay."""
    core = table.core

    def instead(element: Any, **_: Any) -> Any:
        mine = isinstance(element, sa.Column) and element.table is core
        return values.get(element.name) if mine else None

    replaced: Any = visitors.replacement_traverse(condition, {}, instead)
    found: sa.ColumnElement[bool] = replaced
    return found

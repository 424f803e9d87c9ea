"""A column as text within a statement, long ones by their digest: what `operation.fold` does in Python."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from ops.catalog import Table
from ops.changes.operation import LONG

_SHORT = frozenset(
    {"integer", "number", "money", "boolean", "date", "time", "timestamp", "interval", "enum", "uuid"}
)


def short(table: Table, name: str) -> bool:
    """Whether no value of the column is so long that it would be folded."""
    column = table.columns[name]
    return column.category in _SHORT or (column.max_length or LONG) * 4 <= LONG


# A wide table has many of them and every save needs them all: building them anew was a tenth of its time.
@lru_cache(maxsize=16_384)
def expression(core: sa.Table, name: str, folds: bool) -> sa.ColumnElement[Any]:
    """The column as text; with `folds`, a long one by its digest."""
    return _fold(core.c[name]) if folds else sa.cast(core.c[name], sa.Text)


def folded(column: sa.ColumnElement[Any], table: Table, name: str) -> sa.ColumnElement[Any]:
    """What stands for that column of the table, as text, folded where it can be long."""
    return sa.cast(column, sa.Text) if short(table, name) else _fold(column)


def _fold(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    text = sa.cast(column, sa.Text)
    raw = sa.func.convert_to(text, sa.literal_column("'UTF8'"))
    folded = sa.func.concat(
        sa.literal_column("'sha256:'"), sa.func.encode(sa.func.sha256(raw), sa.literal_column("'hex'"))
    )
    return sa.case((sa.func.octet_length(text) > sa.literal_column(str(LONG)), folded), else_=text)

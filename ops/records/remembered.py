"""Statements about one row and what belongs to it, finished once for a shape of rights and sent with other values.

Building one in SQLAlchemy takes longer than PostgreSQL's answer. Which other tables it looks into, and what of them may
be read there, follows from the shape (`ops.policy.shape.shape_of`), with which it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct
from ops.catalog import PgType
from ops.policy import View
from ops.records.finished import Finished, finished

MOST = 500  # what one shape remembers, this and all else
Select = sa.Select[Any] | sa.CompoundSelect[Any]


def read(
    tx: Session,
    view: View,
    what: tuple[Hashable, ...],
    make: Callable[[], Select],
    values: Mapping[str, Any],
) -> list[Any]:
    """The rows of what `make` gives, which must follow from `what` and the view's shape but for these `values`.

    Each of them is bound by its name, as `bound` does.
    """
    memory = view.shape.memory
    remembered = ("remembered", id(view.catalog), *what)
    statement: Select | Finished | None = memory.get(remembered)
    if statement is None:
        made = make()
        statement = finished(made) or made
        if len(memory) < MOST:
            memory[remembered] = statement
    if isinstance(statement, Finished):
        return direct.rows(tx, statement.text, {**statement.values, **values})
    return list(tx.execute(statement, dict(values)))


def bound(view: View, name: str, parameter: str) -> sa.ColumnElement[Any]:
    """What `view.constant` is, of a value that is said when the statement is sent. Raises NotVisible."""
    column = view.table.column(view.column(name).column.name)
    return sa.cast(sa.bindparam(parameter, type_=sa.Text), PgType(column.cast_type))

"""Is a value one of its column's type? Asked before the list is: a typo must not end the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, NotSupportedError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from ops.conditions import Filter, well_formed
from ops.db import sqlstate
from ops.policy import View
from ops.records.errors import BadFilter
from ops.records.query import ListQuery
from ops.words import t


def refuse_bad_values(tx: Session, view: View, query: ListQuery) -> None:
    """Raise BadFilter for filters whose value PostgreSQL would refuse; no round trip where that is plain."""
    wrong = [one for one in query.filters if not _fits(tx, view, one)]
    if wrong:
        problems = [_problem(view, one) for one in wrong]
        raise BadFilter(problems, replace(query, filters=tuple(f for f in query.filters if f not in wrong)))


def values_fit(tx: Session, view: View, values: Sequence[tuple[str, str | None]]) -> bool:
    """Whether PostgreSQL takes each text as a value of its column."""
    unsure = []
    for name, value in values:
        if value is None:
            continue
        column = view.table.columns[name]
        known = well_formed(column.base, value, column.enum_values or None)
        if known is False:
            return False
        if known is None:
            unsure.append(view.constant(name, value))
    return not unsure or _cast(tx, unsure)


def _fits(tx: Session, view: View, one: Filter) -> bool:
    if one.op in ("contains", "starts"):
        return "\x00" not in one.value
    return values_fit(tx, view, [(one.column, value) for value in one.values()])


def _cast(tx: Session, constants: Sequence[sa.ColumnElement[object]]) -> bool:
    # Counted rather than read: what the driver cannot hold as a Python value (infinity) is fine here.
    checks = (constant.is_not(None).label(f"c{n}") for n, constant in enumerate(constants))
    tx.execute(sa.text("SAVEPOINT ops_probe"))
    fits = True
    try:
        tx.execute(sa.select(*checks))
    except (DataError, ProgrammingError, NotSupportedError, OperationalError) as error:
        _still_there(error)
        tx.execute(sa.text("ROLLBACK TO SAVEPOINT ops_probe"))
        fits = False
    tx.execute(sa.text("RELEASE SAVEPOINT ops_probe"))
    return fits


def _still_there(error: DBAPIError) -> None:
    # 54: a word too long for a tsvector and its like, which is about the value; all else operational is not.
    if error.connection_invalidated or (
        isinstance(error, OperationalError) and (sqlstate(error) or "")[:2] != "54"
    ):
        raise error


def _problem(view: View, one: Filter) -> str:
    column = view.column(one.column).column
    shown = one.value if len(one.value) <= 60 else one.value[:60] + "…"
    return t("query.bad_value", value=shown, column=column.label, type=column.type)

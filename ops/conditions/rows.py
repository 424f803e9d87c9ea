"""Conditions on many rows of values at once: PostgreSQL judges all of them in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, NotSupportedError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from ops.conditions.judge import Unevaluable
from ops.conditions.sql import NamedType, NoPerson, collated, to_sql, typed
from ops.conditions.tree import Condition


def judge_rows(
    tx: Session,
    conditions: Sequence[Condition],
    types: Mapping[str, str],
    rows: Sequence[Mapping[str, str | None]],
) -> list[list[bool]]:
    """For each row, whether each condition holds; unknown (a NULL was compared) is False.

    `types` maps every name the conditions read to its type, `rows` to its text. Raises Unevaluable where any
    condition cannot be evaluated on any row: the transaction lives on, and the caller asks one by one.
    """
    names = list(dict.fromkeys(name.full for one in conditions for name in one.names()))
    if any(name not in types for name in names):
        raise Unevaluable("the condition reads what is not among the values")
    columns = {name: sa.column(f"cs_r{n}", NamedType("text")) for n, name in enumerate(names)}
    arrays = [
        sa.cast(sa.literal([row.get(name) for row in rows], NamedType("text[]")), NamedType("text[]"))
        for name in names
    ]
    if not arrays:  # a condition without columns: one empty value for each row
        arrays = [sa.cast(sa.literal([None] * len(rows), NamedType("text[]")), NamedType("text[]"))]
        columns = {"": sa.column("cs_r0", NamedType("text"))}
    given = sa.func.unnest(*arrays).table_valued(*columns.values(), with_ordinality="cs_n")
    given = given.render_derived(name="cs_rows")

    def resolve(name: str) -> sa.ColumnElement[Any]:
        return sa.cast(given.c[columns[name].name], NamedType(types[name]))

    def collate(name: str, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return collated(value, types[name])

    def cast(name: str, text: str | None) -> sa.ColumnElement[Any]:
        return collate(name, typed(text, types[name]))

    try:
        judged = [
            sa.func.coalesce(to_sql(one, resolve, cast, collate=collate), sa.false()) for one in conditions
        ]
    except NoPerson as error:
        raise Unevaluable(str(error)) from error
    return _run(tx, sa.select(*judged).select_from(given).order_by(given.c.cs_n))


def _run(tx: Session, statement: sa.Select[*tuple[Any, ...]]) -> list[list[bool]]:
    try:
        with tx.begin_nested():
            return [[bool(value) for value in row] for row in tx.execute(statement)]
    except (DataError, ProgrammingError, NotSupportedError, OperationalError) as error:
        # 54: nested too deeply, a word too long. What else is operational is not about the values.
        state = str(getattr(error.orig, "sqlstate", ""))
        if isinstance(error, OperationalError) and not state.startswith("54"):
            raise
        raise Unevaluable(str(error.orig).split("\n", 1)[0]) from error

"""Does a condition hold for these values? PostgreSQL judges, on typed constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, NotSupportedError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from ops.conditions.sql import NoPerson, collated, to_sql, typed
from ops.conditions.tree import Condition

Values = Mapping[str, tuple[str, str | None]]


class Unevaluable(Exception):
    """The condition cannot be evaluated on these values; the transaction lives on. Callers fail closed."""


def holds(tx: Session, condition: Condition, values: Values) -> bool:
    """True where the condition is true; false and unknown (a NULL was compared) are False.

    `values` maps names as the condition writes them (`total`, `old.total`) to (type, text or None).
    Raises Unevaluable for a missing name, a value its type refuses, types that do not compare.
    """
    answer = judge(tx, [(condition, values)])[0]
    if isinstance(answer, Unevaluable):
        raise answer
    return answer


def judge(tx: Session, cases: Sequence[tuple[Condition, Values]]) -> list[bool | Unevaluable]:
    """`holds` for many at once, in one statement; what cannot be evaluated comes back as the error itself."""
    answers: list[bool | Unevaluable | None] = [None] * len(cases)
    expressions: dict[int, sa.ColumnElement[bool]] = {}
    for position, (condition, values) in enumerate(cases):
        try:
            expressions[position] = _expression(condition, values)
        except Unevaluable as error:
            answers[position] = error
    together = _run(tx, expressions)
    if isinstance(together, Unevaluable):
        # One of them is at fault: only now is each asked alone.
        for position, expression in expressions.items():
            alone = _run(tx, {position: expression})
            answers[position] = alone if isinstance(alone, Unevaluable) else alone[position]
    else:
        for position, answer in together.items():
            answers[position] = answer
    return [answer if answer is not None else Unevaluable("not evaluated") for answer in answers]


def _expression(condition: Condition, values: Values) -> sa.ColumnElement[bool]:
    def resolve(name: str) -> sa.ColumnElement[Any]:
        if name not in values:
            raise Unevaluable(f"the condition reads {name}, which is not among the values")
        type_name, text = values[name]
        return typed(text, type_name)

    def cast(name: str, text: str | None) -> sa.ColumnElement[Any]:
        if name not in values:
            raise Unevaluable(f"the condition reads {name}, which is not among the values")
        return collated(typed(text, values[name][0]), values[name][0])

    def collate(name: str, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return collated(value, values[name][0])

    try:
        return sa.func.coalesce(to_sql(condition, resolve, cast, collate=collate), sa.false())
    except NoPerson as error:
        raise Unevaluable(str(error)) from error


def _run(tx: Session, expressions: Mapping[int, sa.ColumnElement[bool]]) -> dict[int, bool] | Unevaluable:
    if not expressions:
        return {}
    statement = sa.select(*(expression.label(f"c{n}") for n, expression in expressions.items()))
    # A refused value would abort the whole transaction, and with it the caller's chance to fail closed.
    tx.execute(sa.text("SAVEPOINT ops_judge"))
    try:
        row = tx.execute(statement).one()
    except (DataError, ProgrammingError, NotSupportedError, OperationalError) as error:
        # 54: nested too deeply, a word too long. What else is operational is not about the values.
        if isinstance(error, OperationalError) and not str(getattr(error.orig, "sqlstate", "")).startswith(
            "54"
        ):
            raise
        tx.execute(sa.text("ROLLBACK TO SAVEPOINT ops_judge"))
        tx.execute(sa.text("RELEASE SAVEPOINT ops_judge"))
        return Unevaluable(str(error.orig).split("\n", 1)[0])
    # Any other error ends the transaction as it is: a RELEASE after it would hide what went wrong.
    tx.execute(sa.text("RELEASE SAVEPOINT ops_judge"))
    return dict(zip(expressions, (bool(value) for value in row), strict=True))

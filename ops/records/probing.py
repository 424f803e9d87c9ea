"""Is a value one of its column's type? Asked before the list is: a typo must not end the transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, NotSupportedError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from ops.conditions import Filter, element, well_formed
from ops.conditions.tree import All, Among, Between, Compare, Constant, Match, Node, Not, Some
from ops.db import sqlstate
from ops.policy import View
from ops.records.errors import BadFilter
from ops.records.query import ListQuery
from ops.records.subject import of_filter
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
        column = view.table.column(name)
        known = well_formed(column.base, value, column.enum_values or None)
        if known is False:
            return False
        if known is None:
            unsure.append(view.constant(name, value))
    return not unsure or _cast(tx, unsure)


def _fits(tx: Session, view: View, one: Filter) -> bool:
    if "\x00" in one.value:
        return False
    subject = of_filter(view, one)
    if subject.inside:
        return True  # a text, or a number that was read already
    node = one.node(subject.column, subject.clock())
    return values_fit(tx, subject.view, [(subject.column.name, text) for text in _values(node)])


def _values(node: Node) -> Iterator[str]:
    """The texts that have to be values of the column's type."""
    match node:
        case All(parts) | Some(parts):
            for part in parts:
                yield from _values(part)
        case Not(part):
            yield from _values(part)
        case Compare(_, _, Constant(text)):
            yield text
        case Among(_, constants):
            yield from (constant.text for constant in constants)
        case Between(_, low, high):
            yield from (low.text, high.text)
        case Match(_, "has", Constant(text)):
            yield element(text)
        case _:
            pass


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
    subject = of_filter(view, one)
    shown = one.value if len(one.value) <= 60 else one.value[:60] + "…"
    return t("query.bad_value", value=shown, column=subject.label, type=subject.column.type)

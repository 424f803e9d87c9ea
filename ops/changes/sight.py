"""Rows through a person's row condition: is this one there for them, and how does it stand now?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import BadAddress
from ops.changes import writing
from ops.changes.operation import Operation
from ops.policy import View


@dataclass(frozen=True, slots=True)
class Live:
    """A row as the person sees it now: its title, and its readable columns, masked where they see a mask."""

    title: str
    values: Mapping[str, str | None]


def in_sight(tx: Session, seen: View, one: Operation) -> bool:
    """Whether the operation's row is there for the person. Asks only where a row condition holds.

    A row that is not made yet cannot be judged by the condition: then it is not, to be on the safe side.
    """
    if not seen.limited_rows():
        return True
    if one.key is None:
        return False
    return sees_row(tx, seen, one.parts)


def sees_row(tx: Session, seen: View, parts: Sequence[str]) -> bool:
    """Whether the row of that key is there for the person."""
    statement = seen.select(sa.literal_column("1")).where(writing.is_row(seen.table, parts))
    return not seen.limited_rows() or tx.execute(statement).first() is not None


def live_row(tx: Session, seen: View, one: Operation) -> Live | None:
    """The operation's row as it is now, in the person's eyes; None where there is none for them."""
    try:
        parts = one.parts
    except BadAddress:
        return None
    names = [column.column.name for column in seen.columns]
    statement = seen.select(seen.title(), *(seen.text(name) for name in names))
    row = tx.execute(statement.where(writing.is_row(seen.table, parts))).first()
    return None if row is None else Live(row[0], dict(zip(names, row[1:], strict=True)))

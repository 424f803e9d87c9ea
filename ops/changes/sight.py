"""Rows through a person's row condition: is this one there for them, and how does it stand now?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import BadAddress, Catalog, ForeignKey
from ops.changes import writing
from ops.changes.frozen import every_row
from ops.changes.heads import Bulk, heads
from ops.changes.operation import Operation
from ops.changes.writing import Row
from ops.policy import View, limited_views, view


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
    if isinstance(one, Bulk):
        return one.head is not None and every_row(tx, seen, one.head)
    if one.key is None:
        return False
    return sees_row(tx, seen, one.parts)


def sees_row(tx: Session, seen: View, parts: Sequence[str]) -> bool:
    """Whether the row of that key is there for the person."""
    statement = seen.select(sa.literal_column("1")).where(writing.is_row(seen.table, parts))
    return not seen.limited_rows() or tx.execute(statement).first() is not None


# The changes of one's own are one's own to see, wherever their rows have gone.
_ROWS = sa.text(
    "SELECT o.change_id, o.schema_name, o.table_name, o.row_key FROM ops.operation o "
    "JOIN ops.change_set c ON c.id = o.change_id "
    "WHERE o.change_id = ANY(CAST(:ids AS bigint[])) AND c.proposer_id IS DISTINCT FROM :person_id"
)


def out_of_sight(tx: Session, catalog: Catalog, actor: Actor, ids: Sequence[int]) -> set[int]:
    """Which of these changes touch a row that is not there for the person (P14).

    One statement where no row condition holds for them, one more for each table on which one does. A row
    that is gone, or not made yet, cannot be judged by a condition: then it is not there, to be on the safe side.
    """
    limited = {(seen.table.schema, seen.table.name): seen for seen in limited_views(actor, catalog)}
    if not ids or not limited:
        return set()
    rows = tx.execute(_ROWS, {"ids": list(ids), "person_id": actor.person_id}).all()
    lost: set[int] = set()
    of_many = heads(tx, [row.change_id for row in rows if not row.row_key])
    for pair, seen in limited.items():
        every = [row for row in rows if (row.schema_name, row.table_name) == pair]
        many = {row.change_id for row in every} & set(of_many)
        lost |= {change_id for change_id in many if not every_row(tx, seen, of_many[change_id])}
        asked = [row for row in every if row.change_id not in many]
        keys = {tuple(row.row_key) for row in asked if row.row_key}
        there = rows_there(tx, seen, keys)
        lost |= {row.change_id for row in asked if not row.row_key or tuple(row.row_key) not in there}
    return lost


def rows_there(tx: Session, seen: View, keys: Collection[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Which of the keys name rows that are there for the person; asks nothing where there are none."""
    if not keys:
        return set()
    names = seen.table.key
    one_of = (
        sa.and_(*(seen.raw(name) == seen.constant(name, part) for name, part in zip(names, key, strict=True)))
        for key in keys
        if len(key) == len(names)
    )
    statement = seen.select(*(seen.text(name) for name in names)).where(sa.or_(sa.false(), *one_of))
    return {tuple(row) for row in tx.execute(statement)}


def no_target(tx: Session, catalog: Catalog, actor: Actor, one: Operation, row: Row) -> ForeignKey | None:
    """The first foreign key the operation sets whose target in `row` is not there for the person (P14).

    Asks only where a row condition holds on the target's table; whether it is there at all is PostgreSQL's.
    """
    for foreign in one.table.foreign_keys:
        values = [row.get(name) for name in foreign.columns]
        if not set(foreign.columns) & one.touched or None in values:
            continue
        target = view(actor, catalog.target(foreign))
        if target.limited_rows() and not _is_there(tx, target, foreign, values):
            return foreign
    return None


def _is_there(tx: Session, target: View, foreign: ForeignKey, values: Sequence[str | None]) -> bool:
    same = writing.holds(target.table, foreign.target_columns, [value or "" for value in values])
    return tx.execute(target.select(sa.literal_column("1")).where(same).limit(1)).first() is not None


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

"""Sets of rows of the company's tables: read, locked, written and deleted by one statement, however many.

Values go out as texts in arrays and are cast to the column's type without its length, so that PostgreSQL raises
where one is too long. Identifiers come from the catalog (P20).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import ForeignKey, Table
from ops.catalog.core import PgType
from ops.changes.writing import TEXTS, Row, Seen, Sight, expressions, in_sight, mark_of, same_shape

Keys = Sequence[Sequence[str]]
_ORDINAL = "cs_n"


def read(
    tx: Session,
    table: Table,
    keys: Keys,
    *,
    full: Collection[str] | None,
    locked: bool,
    sight: Sight = None,
    columns: Sequence[str] | None = None,
) -> dict[int, Seen]:
    """The rows of these keys by their place among the keys; those that are gone are left out.

    Columns not in `full` come folded (over 8 kB their SHA-256); with None all come in full. `locked` holds the
    rows, in the order of their keys, so that two who hold the same rows wait instead of deadlock.
    """
    names = list(table.columns) if columns is None else list(columns)
    wanted = _wanted(table, keys)
    order = [table.core.c[name] for name in table.key]
    statement = (
        sa.select(wanted.c[_ORDINAL], *expressions(table, names, full), mark_of(table), in_sight(sight))
        .select_from(wanted.join(table.core, _same(table, wanted)))
        .order_by(*order)
    )
    if locked:
        statement = statement.with_for_update(of=table.core)
    rows = tx.execute(statement).all()
    if locked and rows:
        same_shape(table, rows[0][-2])
    return {row[0] - 1: Seen(dict(zip(names, row[1:-2], strict=True)), bool(row[-1])) for row in rows}


def update(
    tx: Session, table: Table, keys: Keys, after: Mapping[str, str | None], sight: Sight = None
) -> dict[int, Seen]:
    """Write the same values into all these rows. Returns each as it stands, by its place among the keys."""
    values = {
        table.core.c[name]: sa.bindparam(f"cs_v{n}", text, type_=table.core.c[name].type)
        for n, (name, text) in enumerate(after.items())
    }
    return _updated(tx, table, _wanted(table, keys), values, sight)


def update_each(
    tx: Session, table: Table, keys: Keys, afters: Sequence[Mapping[str, str | None]], sight: Sight = None
) -> dict[int, Seen]:
    """The same with values of its own for each row; all touch the same columns."""
    names = list(afters[0])
    wanted = _wanted(table, keys, [[after[name] for after in afters] for name in names])
    values = {
        table.core.c[name]: sa.cast(wanted.c[f"cs_v{n}"], PgType(table.columns[name].cast_type))
        for n, name in enumerate(names)
    }
    return _updated(tx, table, wanted, values, sight)


def insert_each(
    tx: Session, table: Table, afters: Sequence[Mapping[str, str | None]], sight: Sight = None
) -> list[Seen]:
    """Write new rows, all giving the same columns, and return them in that order.

    Fewer come back where a trigger swallowed some: which ones is then unknown.
    """
    names = list(afters[0])
    statement: sa.Insert = sa.insert(table.core)
    if names:
        given = _unnested([], [[after[name] for after in afters] for name in names])
        values = [
            sa.cast(given.c[f"cs_v{n}"], PgType(table.columns[name].cast_type))
            for n, name in enumerate(names)
        ]
        statement = statement.from_select(names, sa.select(*values).order_by(given.c[_ORDINAL]))
    every = list(table.columns)
    written = tx.execute(statement.returning(*expressions(table, every, None), in_sight(sight)))
    return [Seen(dict(zip(every, row[:-1], strict=True)), bool(row[-1])) for row in written]


def delete(tx: Session, table: Table, keys: Keys) -> set[int]:
    """Delete these rows. Returns the places of the keys whose rows went."""
    wanted = _wanted(table, keys)
    statement = sa.delete(table.core).where(_same(table, wanted)).returning(wanted.c[_ORDINAL])
    return {place - 1 for place in tx.scalars(statement)}


def referred(tx: Session, source: Table, foreign: ForeignKey, targets: Sequence[Sequence[str]]) -> set[int]:
    """The places of those `targets` (values of the referenced columns) that some row of `source` refers to."""
    columns = [source.core.c[name] for name in foreign.columns]
    types = [source.columns[name].cast_type for name in foreign.columns]
    arrays = [(types[n], [one[n] for one in targets]) for n in range(len(columns))]
    wanted = _unnested(arrays, [])
    pointing = sa.exists().where(*(column == wanted.c[f"cs_k{n}"] for n, column in enumerate(columns)))
    return {place - 1 for place in tx.scalars(sa.select(wanted.c[_ORDINAL]).where(pointing))}


def there(
    tx: Session, table: Table, columns: Sequence[str], targets: Sequence[Sequence[str]], sight: Sight
) -> set[int]:
    """The places of those `targets` (values of unique `columns`) whose row is there and within sight."""
    arrays = [(table.columns[name].cast_type, [one[n] for one in targets]) for n, name in enumerate(columns)]
    wanted = _unnested(arrays, [])
    same = (table.core.c[name] == wanted.c[f"cs_k{n}"] for n, name in enumerate(columns))
    found = sa.exists().where(*same, in_sight(sight))
    return {place - 1 for place in tx.scalars(sa.select(wanted.c[_ORDINAL]).where(found))}


def _updated(
    tx: Session, table: Table, wanted: Any, values: Mapping[sa.Column[Any], Any], sight: Sight
) -> dict[int, Seen]:
    every = list(table.columns)
    statement = (
        sa.update(table.core)
        .where(_same(table, wanted))
        .values(dict(values))
        .returning(wanted.c[_ORDINAL], *expressions(table, every, None), in_sight(sight))
    )
    rows = tx.execute(statement)
    return {row[0] - 1: Seen(dict(zip(every, row[1:-1], strict=True)), bool(row[-1])) for row in rows}


def _wanted(table: Table, keys: Keys, values: Sequence[Sequence[str | None]] = ()) -> Any:
    columns = [table.columns[name] for name in table.key]
    arrays = [(column.cast_type, [key[n] for key in keys]) for n, column in enumerate(columns)]
    return _unnested(arrays, values)


def _unnested(keys: Sequence[tuple[str, Sequence[str]]], values: Sequence[Sequence[str | None]]) -> Any:
    """Arrays side by side as rows: keys `cs_k…` of their own types, values `cs_v…` as texts, and their place."""
    arrays: list[Any] = [
        sa.cast(sa.bindparam(f"cs_ka{n}", list(texts), type_=TEXTS), PgType(f"{type_name}[]"))
        for n, (type_name, texts) in enumerate(keys)
    ]
    arrays += [
        sa.cast(sa.bindparam(f"cs_va{n}", list(texts), type_=TEXTS), TEXTS) for n, texts in enumerate(values)
    ]
    names = [sa.column(f"cs_k{n}", PgType(type_name)) for n, (type_name, _) in enumerate(keys)]
    names += [sa.column(f"cs_v{n}", PgType("text")) for n in range(len(values))]
    rows = sa.func.unnest(*arrays).table_valued(*names, with_ordinality=_ORDINAL)
    return rows.render_derived(name="cs_rows")


def _same(table: Table, wanted: Any) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.core.c[name] == wanted.c[f"cs_k{n}"] for n, name in enumerate(table.key)))


__all__ = ["Keys", "Row", "delete", "insert_each", "read", "referred", "there", "update", "update_each"]

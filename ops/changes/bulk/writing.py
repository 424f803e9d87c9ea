"""Sets of rows of the company's tables: read, locked, written and deleted by one statement, however many.

Values go out as texts in arrays and are cast to the column's type without its length, so that PostgreSQL raises
where one is too long. Identifiers come from the catalog (P20).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct
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
    if sight is None:
        made = ("read", locked, None if full is None else frozenset(full), *names)
        if (text := _finished.get((table.core, made))) is None:
            text = _finish((table.core, made), _reading(table, _blank(table), names, full, locked, None))
        rows: Sequence[Any] = direct.rows(tx, text, _key_values(table, keys))
    else:
        rows = tx.execute(_reading(table, keys, names, full, locked, sight)).all()
    if locked and rows:
        same_shape(table, rows[0][-2])
    return {row[0] - 1: Seen(dict(zip(names, row[1:-2], strict=True)), bool(row[-1])) for row in rows}


def _reading(
    table: Table, keys: Keys, names: Sequence[str], full: Collection[str] | None, locked: bool, sight: Sight
) -> sa.Select[Any]:
    wanted = _wanted(table, keys)
    order = [table.core.c[name] for name in table.key]
    statement = (
        sa.select(wanted.c[_ORDINAL], *expressions(table, names, full), mark_of(table), in_sight(sight))
        .select_from(wanted.join(table.core, _same(table, wanted)))
        .order_by(*order)
    )
    if locked:
        statement = statement.with_for_update(of=table.core)
    return statement


def update(
    tx: Session, table: Table, keys: Keys, after: Mapping[str, str | None], sight: Sight = None
) -> dict[int, Seen]:
    """Write the same values into all these rows. Returns each as it stands, by its place among the keys."""
    if sight is not None:
        return _seen(table, tx.execute(_updating(table, keys, after, sight)))
    known = (table.core, ("update", *after))
    if (text := _finished.get(known)) is None:
        text = _finish(known, _updating(table, _blank(table), after, None))
    values = {f"cs_v{n}": value for n, value in enumerate(after.values())}
    return _seen(table, direct.rows(tx, text, {**_key_values(table, keys), **values}))


def _updating(table: Table, keys: Keys, after: Mapping[str, str | None], sight: Sight) -> sa.Update:
    values = {
        table.core.c[name]: sa.bindparam(f"cs_v{n}", text, type_=table.core.c[name].type)
        for n, (name, text) in enumerate(after.items())
    }
    return _updated(table, _wanted(table, keys), values, sight)


def update_each(
    tx: Session, table: Table, keys: Keys, afters: Sequence[Mapping[str, str | None]], sight: Sight = None
) -> dict[int, Seen]:
    """The same with values of its own for each row; all touch the same columns."""
    names = list(afters[0])
    given = [[after[name] for after in afters] for name in names]
    if sight is not None:
        return _seen(table, tx.execute(_updating_each(table, keys, names, given, sight)))
    known = (table.core, ("update each", *names))
    if (text := _finished.get(known)) is None:
        text = _finish(known, _updating_each(table, _blank(table), names, [[""] for _ in names], None))
    values = {f"cs_va{n}": one for n, one in enumerate(given)}
    return _seen(table, direct.rows(tx, text, {**_key_values(table, keys), **values}))


def _updating_each(
    table: Table, keys: Keys, names: Sequence[str], given: Sequence[Sequence[str | None]], sight: Sight
) -> sa.Update:
    wanted = _wanted(table, keys, given)
    values = {
        table.core.c[name]: sa.cast(wanted.c[f"cs_v{n}"], PgType(table.columns[name].cast_type))
        for n, name in enumerate(names)
    }
    return _updated(table, wanted, values, sight)


def insert_each(
    tx: Session, table: Table, afters: Sequence[Mapping[str, str | None]], sight: Sight = None
) -> list[Seen]:
    """Write new rows, all giving the same columns, and return them in that order.

    Fewer come back where a trigger swallowed some: which ones is then unknown.
    """
    names, every = list(afters[0]), list(table.columns)
    given = [[after[name] for after in afters] for name in names]
    if sight is not None or not names:
        written: Sequence[Any] = tx.execute(_inserting(table, names, given, sight)).all()
    else:
        known = (table.core, ("insert", *names))
        if (text := _finished.get(known)) is None:
            text = _finish(known, _inserting(table, names, [[""] for _ in names], None))
        written = direct.rows(tx, text, {f"cs_va{n}": one for n, one in enumerate(given)})
    return [Seen(dict(zip(every, row[:-1], strict=True)), bool(row[-1])) for row in written]


def _inserting(
    table: Table, names: Sequence[str], given: Sequence[Sequence[str | None]], sight: Sight
) -> Any:
    statement: sa.Insert = sa.insert(table.core)
    if names:
        rows = _unnested([], given)
        values = [
            sa.cast(rows.c[f"cs_v{n}"], PgType(table.columns[name].cast_type)) for n, name in enumerate(names)
        ]
        statement = statement.from_select(names, sa.select(*values).order_by(rows.c[_ORDINAL]))
    return statement.returning(*expressions(table, list(table.columns), None), in_sight(sight))


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


def _updated(table: Table, wanted: Any, values: Mapping[sa.Column[Any], Any], sight: Sight) -> sa.Update:
    returned = (wanted.c[_ORDINAL], *expressions(table, list(table.columns), None), in_sight(sight))
    statement: Any = sa.update(table.core).where(_same(table, wanted)).values(dict(values))
    updated: sa.Update = statement.returning(*returned)
    return updated


def _seen(table: Table, rows: Iterable[Any]) -> dict[int, Seen]:
    every = list(table.columns)
    return {row[0] - 1: Seen(dict(zip(every, row[1:-1], strict=True)), bool(row[-1])) for row in rows}


# Statements without a person's row condition, made once for a table and what of it is touched.
_finished: dict[tuple[sa.Table, tuple[Any, ...]], str] = {}


def _finish(known: tuple[sa.Table, tuple[Any, ...]], statement: sa.ClauseElement) -> str:
    if len(_finished) >= 4096:
        _finished.clear()
    text = _finished[known] = direct.finished(statement)
    return text


def _blank(table: Table) -> Keys:
    return [[""] * len(table.key)]


def _key_values(table: Table, keys: Keys) -> dict[str, Any]:
    return {f"cs_ka{n}": [key[n] for key in keys] for n in range(len(table.key))}


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

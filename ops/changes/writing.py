"""The only module that locks and writes rows of the company's tables: six statements and nothing else.

Values go out as texts without a type, so PostgreSQL reads them as the column's own type and raises where a
text is too long or does not fit: nothing is ever cut or cast here. Identifiers come from the catalog (P20).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct
from ops.catalog import ForeignKey, Table, key_text
from ops.catalog.core import PgType
from ops.changes import folding
from ops.changes.errors import Reshaped
from ops.changes.operation import is_folded
from ops.words import t

Row = dict[str, str | None]
TEXTS = PgType("text[]")
Sight = sa.ColumnElement[bool] | None  # a person's row condition; None: every row is theirs to see


class Seen(NamedTuple):
    """A row as texts, and whether it meets the row condition that was asked for."""

    row: Row
    in_sight: bool


SWALLOWED = "a rule or trigger of the database swallowed the change"


def read(
    tx: Session, table: Table, parts: Sequence[str], *, full: Collection[str] | None, locked: bool,
    sight: Sight = None,
) -> Seen | None:  # fmt: skip
    """One row as texts, or None where there is none; `locked` holds it until the transaction ends.

    Columns not in `full` come folded (over 8 kB their SHA-256); with None all come in full.
    """
    if locked and sight is None:
        return _locked(tx, table, parts, full)
    columns = [expression(table, name, full=full is None or name in full) for name in table.columns]
    mark = mark_of(table) if locked else sa.null()
    statement: sa.Select[Any] = sa.select(*columns, mark, in_sight(sight)).where(is_row(table, parts))
    if locked:
        statement = statement.with_for_update()
    return _seen(table, tx.execute(statement).first(), checked=locked)


def _locked(tx: Session, table: Table, parts: Sequence[str], full: Collection[str] | None) -> Seen | None:
    """The same of a row that is locked, whoever sees it, by a statement that was finished before."""
    touched = (table.core, None if full is None else frozenset(full))
    if (text := _to_lock.get(touched)) is None:
        columns = [expression(table, name, full=full is None or name in full) for name in table.columns]
        statement = sa.select(*columns, mark_of(table)).where(is_row(table, [""] * len(table.key)))
        if len(_to_lock) >= 4096:
            _to_lock.clear()
        text = _to_lock[touched] = direct.finished(statement.with_for_update())
    found = direct.rows(tx, text, {f"cs_k{n}": part for n, part in enumerate(parts)})
    if not found:
        return None
    *texts, mark = found[0]
    same_shape(table, mark)
    return Seen(dict(zip(table.columns, texts, strict=True)), True)


_to_lock: dict[tuple[sa.Table, frozenset[str] | None], str] = {}


def insert(tx: Session, table: Table, after: Mapping[str, str | None], sight: Sight = None) -> Seen:
    """Write a new row; columns not named take defaults. Returns the row as it stands, triggers included."""
    statement = sa.insert(table.core)
    if after:
        statement = statement.values(_values(table, after))
    row = _seen(
        table, tx.execute(statement.returning(*_texts(table), mark_of(table), in_sight(sight))).first()
    )
    if row is None:
        raise NotWritten("a rule or trigger of the database swallowed the new row")
    return row


def update(
    tx: Session, table: Table, parts: Sequence[str], after: Mapping[str, str | None], sight: Sight = None
) -> Seen:
    """Write the named columns of one row. Returns the row as it stands, triggers included."""
    statement = sa.update(table.core).where(is_row(table, parts)).values(_values(table, after))
    row = _seen(
        table, tx.execute(statement.returning(*_texts(table), mark_of(table), in_sight(sight))).first()
    )
    if row is None:
        raise NotWritten(SWALLOWED)
    return row


def update_unmoved(
    tx: Session, table: Table, parts: Sequence[str], base: Mapping[str, str | None], after: Row
) -> tuple[Row, Row] | None:
    """Lock one row, and write the named columns if `base` (folded) is how they stand: in one statement.

    Returns the row as it was and as it is. None where nothing was written: there is no such
    row, it is not as `base` says, or a trigger swallowed the change.
    """
    # From PostgreSQL 18 on RETURNING knows the old row, and it is looked for once.
    tells_old = direct.server(tx) >= 18 and table.name != "old"
    # A long text is never a short one: only what the base has as a digest need be compared by its digest.
    digests = frozenset(name for name, text in base.items() if is_folded(text))
    touched = (table.core, tuple(base), digests, tuple(after), tells_old)
    if (text := _finished.get(touched)) is None:
        if len(_finished) >= 4096:
            _finished.clear()
        text = _finished[touched] = _unmoved(table, tuple(base), digests, tuple(after), tells_old=tells_old)
    values = {
        **{f"cs_k{n}": part for n, part in enumerate(parts)},
        **{f"cs_b{n}": value for n, value in enumerate(base.values())},
        **{f"cs_v{n}": value for n, value in enumerate(after.values())},
    }
    if not (answer := direct.texts(tx, text, values)):
        return None
    found, names = answer[0], table.columns
    same_shape(table, found[-1])
    count = len(names)
    return dict(zip(names, found[:count], strict=True)), dict(zip(names, found[count:-1], strict=True))


# Built once for a table and what is touched of it: SQLAlchemy's own work for it costs as much as PostgreSQL's.
_finished: dict[tuple[sa.Table, tuple[str, ...], frozenset[str], tuple[str, ...], bool], str] = {}


def _unmoved(
    table: Table, base: tuple[str, ...], digests: frozenset[str], after: tuple[str, ...], *, tells_old: bool
) -> str:
    core, key = table.core, is_row(table, [""] * len(table.key))
    # Folded or not is decided here for long texts alone: asking PostgreSQL costs more than a second text does.
    was: Any = (
        core.alias("old") if tells_old else sa.select(core).where(key).with_for_update().subquery("cs_old")
    )
    compared: Any = core if tells_old else was
    unmoved = (
        (
            folding.folded(compared.c[name], table, name)
            if name in digests
            else sa.cast(compared.c[name], sa.Text)
        ).is_not_distinct_from(sa.bindparam(f"cs_b{n}", None, sa.Text))
        for n, name in enumerate(base)
    )
    statement = (
        sa.update(core)
        .where(key, *unmoved)
        .values(_values(table, dict.fromkeys(after)))
        .returning(
            *(sa.cast(was.c[name], sa.Text).label(f"w{n}") for n, name in enumerate(table.columns)),
            *(sa.cast(core.c[name], sa.Text).label(f"n{n}") for n, name in enumerate(table.columns)),
            mark_of(table),
        )
    )
    return direct.finished(statement)


def delete(tx: Session, table: Table, parts: Sequence[str]) -> None:
    """Delete one row."""
    statement = (
        sa.delete(table.core).where(is_row(table, parts)).returning(sa.literal_column("1", sa.Integer))
    )
    if tx.execute(statement).first() is None:
        raise NotWritten("a rule or trigger of the database kept the row")


def pointing(
    tx: Session,
    table: Table,
    foreign_key: ForeignKey,
    targets: Sequence[Sequence[str]],
    *,
    limit: int,
    locked: bool,
) -> list[Row]:
    """Up to `limit` rows of `table` whose `foreign_key` has one of `targets`; `locked` holds them."""
    columns = [table.core.c[name] for name in foreign_key.columns]
    if len(columns) == 1:
        binds = [sa.bindparam(f"cs_t{n}", one[0], type_=columns[0].type) for n, one in enumerate(targets)]
        where: sa.ColumnElement[bool] = columns[0].in_(binds)
    else:
        where = sa.or_(
            *(
                sa.and_(
                    *(
                        column == sa.bindparam(f"cs_t{n}_{m}", part, type_=column.type)
                        for m, (column, part) in enumerate(zip(columns, one, strict=True))
                    )
                )
                for n, one in enumerate(targets)
            )
        )
    statement = sa.select(*_texts(table, full=False)).where(where).limit(limit)
    if locked:
        statement = statement.with_for_update()
    return [dict(zip(table.columns, row, strict=True)) for row in tx.execute(statement)]


class NotWritten(Exception):
    """The statement ran and touched no row: something in the database turned it away without an error."""


def key_of(table: Table, row: Mapping[str, str | None]) -> str | None:
    """The key of a row in address form; None for a table without a key."""
    return key_text([row[name] or "" for name in table.key]) if table.key else None


def is_row(table: Table, parts: Sequence[str]) -> sa.ColumnElement[bool]:
    """The condition that names one row by its key."""
    return holds(table, table.key, parts)


def holds(table: Table, names: Sequence[str], texts: Sequence[str]) -> sa.ColumnElement[bool]:
    """The condition that each of the columns has its value."""
    return sa.and_(
        *(
            table.core.c[name] == sa.bindparam(f"cs_k{n}", text, type_=table.core.c[name].type)
            for n, (name, text) in enumerate(zip(names, texts, strict=True))
        )
    )


def _values(table: Table, after: Mapping[str, str | None]) -> dict[sa.Column[Any], Any]:
    # Parameters have names of their own: two odd column names could otherwise meet after escaping.
    return {
        table.core.c[name]: sa.bindparam(f"cs_v{n}", text, type_=table.core.c[name].type)
        for n, (name, text) in enumerate(after.items())
    }


def _texts(table: Table, *, full: bool = True) -> list[sa.ColumnElement[Any]]:
    return [expression(table, name, full=full) for name in table.columns]


def expressions(
    table: Table, names: Sequence[str], full: Collection[str] | None
) -> list[sa.ColumnElement[Any]]:
    """These columns as texts, those not in `full` folded: for statements about many rows."""
    return [expression(table, name, full=full is None or name in full) for name in names]


def expression(table: Table, name: str, *, full: bool) -> sa.ColumnElement[Any]:
    """One column as text, or folded where not `full`."""
    return folding.expression(table.core, name, not full and not folding.short(table, name))


def source(table: Table) -> sa.Table:
    """The table itself, to be named in FOR UPDATE OF."""
    return table.core


def one_of(table: Table, keys: Sequence[Sequence[str]]) -> sa.ColumnElement[bool]:
    """The condition that a row's key is one of these."""
    columns = [table.core.c[name] for name in table.key]
    arrays = [
        sa.cast(
            sa.bindparam(f"cs_ka{n}", [key[n] for key in keys], type_=TEXTS),
            PgType(f"{table.columns[name].cast_type}[]"),
        )
        for n, name in enumerate(table.key)
    ]
    if len(columns) == 1:
        return columns[0] == sa.func.any(arrays[0])
    names = [sa.column(f"cs_k{n}", column.type) for n, column in enumerate(columns)]
    keyed = sa.func.unnest(*arrays).table_valued(*names).render_derived(name="cs_keys")
    return sa.exists().where(*(column == keyed.c[f"cs_k{n}"] for n, column in enumerate(columns)))


def in_sight(sight: Sight) -> sa.ColumnElement[Any]:
    """Whether a row meets the condition, as a column of a statement."""
    return sa.literal_column("true") if sight is None else sa.func.coalesce(sight, sa.false())


def _seen(table: Table, row: sa.Row[Any] | None, *, checked: bool = True) -> Seen | None:
    if row is None:
        return None
    *texts, mark, in_sight = tuple(row)
    if checked:
        same_shape(table, mark)
    return Seen(dict(zip(table.columns, texts, strict=True)), bool(in_sight))


def mark_of(table: Table) -> sa.ColumnElement[Any]:
    """The shape of the table as this statement, which locks it, sees it; asked once, not for every row."""
    return sa.literal_column(f"(SELECT ops.table_mark({table.oid}))", sa.Text)


def same_shape(table: Table, mark: str | None) -> None:
    """Raise Reshaped where the table, whose lock we hold, is not of the shape that we know."""
    if mark != table.mark:
        raise Reshaped(t("door.general.changed_shape", table=table.label))

"""What happened to one row, and to one change set, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from ops import direct
from ops.actor import Actor
from ops.catalog import BadAddress, Catalog, parse_key
from ops.db import sqlstate
from ops.history.events import COLUMNS, JOINED, NOT_OF_THE_TYPE, Event, readable
from ops.policy import NotVisible, View

_OF_ROW = (  # a function of the database, whose plan stays: it is one over the partitions of all months
    "SELECT * FROM ops.events_of_row(%(schema)s, %(table)s, %(key)s, CAST(%(older)s AS bigint), %(limit)s)"
)
_OF_CHANGE = sa.text(f"SELECT {COLUMNS} FROM {JOINED} WHERE e.change_id = :change ORDER BY e.id LIMIT :limit")


def timeline(
    tx: Session,
    catalog: Catalog,
    view: View,
    key: str,
    limit: int = 50,
    *,
    older_than: int | None = None,
    known: bool = False,
) -> list[Event]:
    """The newest events of the row at `key` (address form), redacted as the view shows the row.

    `older_than` is the id of an event: only those before it. `known`: the caller has just read the row with the
    view, so that nobody has to look again whether it is the reader's to see.

    Of a row that is gone the history stays, for readers whose view has no row condition; others can't be told
    whether it was theirs to see. Raises NotVisible where the key is none, or the row is not theirs.
    """
    if not known and view.limited_rows() and not _sees_row(tx, view, key):
        raise NotVisible(key)
    table = view.table
    values = {"schema": table.schema, "table": table.name, "key": key, "limit": limit, "older": older_than}
    rows = direct.named_rows(tx, _OF_ROW, values)
    seen = {(table.schema, table.name): {key}} if known else None
    return readable(tx, catalog, view.actor, rows, seen)


def newest_item() -> sa.ColumnElement[Any]:
    """The newest events of a row as one more item of the statement that reads it; `newest` binds its values."""
    names = ("events_schema", "events_table", "events_key", "events_most")
    schema, table, key, most = (sa.bindparam(name, type_=sa.Text) for name in names)
    events = sa.func.ops.events_of_row(schema, table, key, sa.null(), sa.cast(most, sa.Integer))
    one = events.table_valued(sa.column("id", sa.BigInteger), name="newest")
    listed = aggregate_order_by(sa.func.to_jsonb(sa.literal_column("newest")), one.c.id.desc())
    return sa.select(sa.func.jsonb_agg(listed)).select_from(one).scalar_subquery()


def newest(view: View, key: str, limit: int) -> dict[str, Any]:
    """What `newest_item` binds, for the row at `key` (address form)."""
    return {
        "events_schema": view.table.schema, "events_table": view.table.name, "events_key": key, "events_most": limit,
    }  # fmt: skip


def newest_of(
    tx: Session, catalog: Catalog, view: View, key: str, told: Sequence[Mapping[str, Any]] | None
) -> list[Event]:
    """The events that the item holds, as `timeline` gives them of a row that has just been read."""
    rows = [SimpleNamespace(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in told or ()]
    return readable(tx, catalog, view.actor, rows, {(view.table.schema, view.table.name): {key}})


def happenings(tx: Session, catalog: Catalog, actor: Actor, change_id: int, limit: int = 100) -> list[Event]:
    """The events of one change set, oldest first; whether the reader may see it is the caller's check."""
    return readable(tx, catalog, actor, tx.execute(_OF_CHANGE, {"change": change_id, "limit": limit}).all())


def _sees_row(tx: Session, view: View, key: str) -> bool:
    try:
        parts = parse_key(key, len(view.table.key))
    except BadAddress:
        return False
    same = (view.raw(n) == view.constant(n, part) for n, part in zip(view.table.key, parts, strict=True))
    try:
        with tx.begin_nested():
            return tx.scalar(view.select(sa.literal_column("1")).where(*same)) is not None
    except sa.exc.DBAPIError as error:
        if sqlstate(error) not in NOT_OF_THE_TYPE:
            raise
        return False

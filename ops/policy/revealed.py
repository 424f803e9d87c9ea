"""The cells a person has revealed: asked of the database with every reading, by its clock and this session."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ops.actor import Actor
from ops.catalog import PgType, Table, parse_key
from ops.db import SCHEMA

_REVEAL = sa.table(
    "reveal",
    *(sa.column(name) for name in ("person_id", "schema_name", "table_name", "row_key", "column_name")),
    sa.column("session_id", sa.LargeBinary),
    sa.column("until", sa.DateTime(timezone=True)),
    schema=SCHEMA,
)


def until(actor: Actor, table: Table, key: str, column: str, source: sa.FromClause) -> sa.ColumnElement[Any]:
    """The moment until which the actor sees the cell in full, for the row of `source` that `key` names; else NULL.

    `ops.disclosure` writes these rows. Without a session there is nothing to show.
    """
    if actor.session is None or actor.person_id is None:
        return sa.null()
    r = _REVEAL.c
    found = sa.select(r.until).where(
        r.session_id == sa.literal(bytes.fromhex(actor.session), sa.LargeBinary),
        r.person_id == sa.literal(actor.person_id, sa.BigInteger),
        r.schema_name == table.schema,
        r.table_name == table.name,
        r.row_key == key,
        r.column_name == column,
        r.until > sa.func.clock_timestamp(),
    )
    # Said of the row as well, so that whoever reads many rows in one statement still unmasks one cell.
    parts = parse_key(key, len(table.key))
    same = (
        source.c[name] == sa.cast(sa.literal(part, sa.Text), PgType(table.columns[name].cast_type))
        for name, part in zip(table.key, parts, strict=True)
    )
    return found.where(*same).correlate(source).scalar_subquery()

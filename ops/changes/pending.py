"""The open changes of one row: what is asked for and not decided yet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct
from ops.catalog import BadAddress, PgType, parse_key
from ops.changes.operation import reference
from ops.changes.reach import beyond
from ops.changes.states import PENDING_MANY_SQL, PENDING_SQL
from ops.policy import NotVisible, View
from ops.records import Also

MOST = 20
MANY = 10
_ALSO = "waits"  # what the item is called in `Record.also`

# The newest open changes of many rows of a table, by their numbers, among the newest two hundred that can be such a
# change: index change_set_many has no others, so however much else is open, it is a look at a few.
OPEN_MANY = f"""
    SELECT c.id FROM (
        SELECT id FROM ops.change_set
        WHERE state IN {PENDING_MANY_SQL} AND source IN ('bulk', 'import', 'action', 'undo')
        ORDER BY id DESC LIMIT 200) AS c
    JOIN ops.change_bulk b ON b.change_id = c.id
    JOIN ops.operation o ON o.change_id = c.id AND o.position = 0
    WHERE o.schema_name = :schema AND o.table_name = :table ORDER BY c.id DESC LIMIT {MANY}"""

# A function of the database, whose plan stays: ops.open_row has the open changes of a row in order, however many were
# about it, and of the open changes of many rows those count that have this row among theirs.
_TOLD = "SELECT ops.waits_for_row(%(waits_schema)s, %(waits_table)s, CAST(%(waits_key)s AS jsonb), %(waits_most)s)"
_NAMES = ("waits_schema", "waits_table", "waits_key", "waits_most")


@dataclass(frozen=True, slots=True)
class Pending:
    """One open change of a row. `columns`: those the reader may see, among the ones it would set.

    One without a reference is out of the reader's sight: all that is said of it is that it waits.
    """

    reference: str | None
    proposer: str
    kind: str
    columns: tuple[str, ...]


def pending(tx: Session, view: View, key: str) -> list[Pending]:
    """The open changes of the row at `key` (address form), newest first, at most twenty.

    That the row is the reader's to see is the caller's check; its page has just read it.
    """
    return pending_of(tx, view, {_ALSO: direct.rows(tx, _TOLD, _named(view, key))[0][0]})


def pending_item(view: View, key: str) -> Also:
    """The same as one more item of the statement that reads the row; `pending_of` makes of it what `pending` gives.

    Raises NotVisible for what is no key of the table.
    """
    try:
        return Also(_ALSO, _item, _named(view, key))
    except BadAddress as error:
        raise NotVisible(key) from error


def _item() -> sa.ColumnElement[Any]:
    schema, table, key, most = (sa.bindparam(name, type_=sa.Text) for name in _NAMES)
    return sa.func.ops.waits_for_row(schema, table, sa.cast(key, PgType("jsonb")), sa.cast(most, sa.Integer))


def pending_of(tx: Session, view: View, also: Mapping[str, Any]) -> list[Pending]:
    """The open changes that a record was read with (`Record.also`); none where it was read without."""
    found = also.get(_ALSO) or ()
    lost = beyond(tx, view, {number for number, *_ in found})
    return [
        _OUT_OF_SIGHT if number in lost else _seen(view, number, name, kind, columns or ())
        for number, name, kind, columns in found
    ]


_OUT_OF_SIGHT = Pending(None, "", "", ())


_CHANGES = sa.table("change_set", sa.column("id"), sa.column("state"), schema="ops")
_OPEN_ROWS = sa.table(
    "open_row", sa.column("change_id"), sa.column("schema_name"), sa.column("table_name"), sa.column("row_key"),
    schema="ops",
)  # fmt: skip
_TARGETS = sa.table(
    "change_target", sa.column("change_id"), sa.column("row_key"), sa.column("state"), schema="ops"
)
_WAITS = sa.text("change_target.state IN ('waiting', 'held')")
_IS_OPEN = sa.text(f"change_set.state IN {PENDING_SQL}")


def waits_item(view: View) -> sa.ColumnElement[Any]:
    """The newest open change of each row as one more item of a list's statement: its number, or NULL.

    Costs nothing where nothing waits in the whole house; else each row is looked up by its key, and by it in the ten
    newest open changes of many rows of the table, which are found once for all rows.
    """
    key = sa.func.jsonb_build_array(*(view.text(name) for name in view.table.key))
    changes, rows = _CHANGES, _OPEN_ROWS
    newest = (
        sa.select(rows.c.change_id)
        .select_from(rows.join(changes, changes.c.id == rows.c.change_id))
        .where(
            rows.c.schema_name == view.table.schema,
            rows.c.table_name == view.table.name,
            rows.c.row_key == key,
            _IS_OPEN,
        )
        .order_by(rows.c.change_id.desc())
        .limit(sa.literal_column("1"))
        .scalar_subquery()
    )
    named = sa.text(OPEN_MANY).bindparams(schema=view.table.schema, table=view.table.name)
    some = sa.func.array(named.columns(sa.column("id")).scalar_subquery())
    among = (
        sa.select(sa.func.max(_TARGETS.c.change_id))
        .where(_TARGETS.c.change_id == sa.any_(some), _TARGETS.c.row_key == key, _WAITS)
        .scalar_subquery()
    )
    anything = sa.exists(sa.select(sa.literal_column("1")).select_from(changes).where(_IS_OPEN))
    return sa.case((anything, sa.func.greatest(newest, among)), else_=sa.null())


def _named(view: View, key: str) -> dict[str, Any]:
    table = view.table
    parts = json.dumps(parse_key(key, len(table.key)))
    return dict(zip(_NAMES, (table.schema, table.name, parts, MOST), strict=True))


def _seen(view: View, number: int, name: str, kind: str, columns: Sequence[str]) -> Pending:
    seen = view.shape.by_name
    return Pending(reference(number), name, kind, tuple(sorted(one for one in columns if one in seen)))

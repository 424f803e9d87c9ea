"""The open changes of one row: what is asked for and not decided yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from ops.catalog import BadAddress, parse_key
from ops.changes.operation import reference
from ops.changes.reach import beyond
from ops.changes.states import PENDING_MANY_SQL, PENDING_SQL
from ops.policy import View

MOST = 20
MANY = 10

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

# However many changes were about a row: ops.open_row has the open ones in order, each is asked for its state.
_OPEN = sa.text(
    "SELECT * FROM (SELECT c.id, c.submitted_at, p.name, o.kind, "
    "       ARRAY(SELECT jsonb_object_keys(coalesce(o.after, '{}'))) AS columns "
    "FROM ops.open_row w JOIN ops.change_set c ON c.id = w.change_id "
    "JOIN ops.operation o ON o.change_id = w.change_id AND o.position = w.position "
    "JOIN ops.person p ON p.id = c.proposer_id "
    "WHERE w.schema_name = :schema AND w.table_name = :table AND w.row_key = :key "
    f"AND c.state IN {PENDING_SQL} ORDER BY w.change_id DESC LIMIT :most) AS s "
    # And of the open changes of many rows those that have this row among theirs.
    "UNION ALL SELECT c.id, c.submitted_at, p.name, r.kind, b.columns "
    "FROM ops.change_target r JOIN ops.change_set c ON c.id = r.change_id "
    "JOIN ops.change_bulk b ON b.change_id = c.id JOIN ops.person p ON p.id = c.proposer_id "
    f"WHERE r.change_id = ANY(ARRAY({OPEN_MANY})) AND r.row_key = :key AND r.state IN ('waiting', 'held') "
    "ORDER BY 1 DESC LIMIT :most"
).bindparams(sa.bindparam("key", type_=JSONB))


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
    rows = [dict(row._mapping) for row in tx.execute(_OPEN, _named(view, key))]
    return pending_of(tx, view, rows)


def pending_item(view: View, key: str) -> sa.ColumnElement[Any] | None:
    """The same as one more item of the statement that reads the row; `pending_of` makes of it what `pending` gives.

    None where the key names no row of the table.
    """
    try:
        named = _named(view, key)
    except BadAddress:
        return None
    rows = _OPEN.bindparams(**named).columns(sa.column("id")).subquery("waiting")
    listed = sa.func.jsonb_agg(sa.func.to_jsonb(sa.literal_column("waiting")))
    return sa.select(listed).select_from(rows).scalar_subquery()


def pending_of(tx: Session, view: View, item: Sequence[Mapping[str, Any]] | None) -> list[Pending]:
    """The open changes that the item holds."""
    found = sorted(item or (), key=lambda one: int(one["id"]), reverse=True)
    lost = beyond(tx, view, {one["id"] for one in found})
    return [
        _OUT_OF_SIGHT
        if one["id"] in lost
        else _seen(view, one["id"], one["name"], one["kind"], one["columns"] or ())
        for one in found
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
    return {"schema": table.schema, "table": table.name, "key": parse_key(key, len(table.key)), "most": MOST}


def _seen(view: View, number: int, name: str, kind: str, columns: Sequence[str]) -> Pending:
    seen = view.shape.by_name
    return Pending(reference(number), name, kind, tuple(sorted(one for one in columns if one in seen)))

"""What else is open on the rows of a change: whoever decides should know what others asked for there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes.lists import visible_tables
from ops.changes.operation import reference
from ops.changes.pending import OPEN_MANY
from ops.changes.show import ChangeView, OperationView
from ops.changes.sight import out_of_sight
from ops.changes.states import OPEN_SQL, PENDING_MANY_SQL
from ops.policy import view

MOST = 20
NEWEST = 40  # open changes of one row that are looked at
LOOKED_AT = 1000  # rows of a change of many that are looked up in others

# Of a change of which any table is not there for the person, none of it is.
_THERE = (
    "NOT EXISTS (SELECT FROM ops.operation t WHERE t.change_id = c.id AND "
    "((CAST(:visible AS jsonb) -> t.schema_name) ? t.table_name) IS NOT TRUE)"
)
# The rows of one change are few; of each ops.open_row has what is open in order, whatever else was ever about it: the
# newest forty are looked at, which holds however the statement is planned. The open changes of many rows are few.
_OPEN = direct.finished(
    sa.text(
        "SELECT x.id, x.name, x.kind, m.position, x.columns FROM ops.operation m CROSS JOIN LATERAL ("
        "  SELECT c.id, p.name, o.kind, ARRAY(SELECT jsonb_object_keys(coalesce(o.after, '{}'))) AS columns "
        "  FROM (SELECT r.change_id, r.position FROM ops.open_row r WHERE r.schema_name = m.schema_name "
        "        AND r.table_name = m.table_name AND r.row_key = m.row_key AND r.change_id <> m.change_id "
        f"       ORDER BY r.change_id DESC LIMIT {NEWEST}) AS w JOIN ops.change_set c ON c.id = w.change_id "
        "  JOIN ops.operation o ON o.change_id = w.change_id AND o.position = w.position "
        "  JOIN ops.person p ON p.id = c.proposer_id "
        f" WHERE c.state IN {OPEN_SQL} AND {_THERE} "
        "  ORDER BY w.change_id DESC LIMIT :most) AS x "
        "WHERE m.change_id = :id AND m.position = ANY(CAST(:positions AS int[])) AND m.row_key IS NOT NULL "
        "UNION ALL SELECT c.id, p.name, r.kind, m.position, b.columns "
        "FROM ops.change_set c JOIN ops.change_bulk b ON b.change_id = c.id JOIN ops.person p ON p.id = c.proposer_id "
        "JOIN ops.operation o ON o.change_id = c.id AND o.position = 0 "
        "JOIN ops.operation m ON m.change_id = :id AND m.position = ANY(CAST(:positions AS int[])) "
        " AND m.schema_name = o.schema_name AND m.table_name = o.table_name "
        "JOIN ops.change_target r ON r.change_id = c.id AND r.row_key = m.row_key AND r.state IN ('waiting', 'held') "
        f"WHERE c.state IN {PENDING_MANY_SQL} AND c.id <> :id "
        "AND c.source IN ('bulk', 'import', 'action', 'undo') "
        "ORDER BY 1 DESC, 4 LIMIT :most"
    )
)

_OF_MANY = sa.text(
    f"""
    WITH mine AS MATERIALIZED (
        SELECT row_key FROM ops.change_target
        WHERE change_id = :id AND position <= :most_rows AND row_key IS NOT NULL AND state IN ('waiting', 'held'))
    SELECT c.id, p.name, x.kind, x.rows, x.columns FROM (
        SELECT o.change_id, min(o.kind) AS kind, count(DISTINCT o.row_key) AS rows,
               array_agg(DISTINCT k.name) FILTER (WHERE k.name IS NOT NULL) AS columns
        FROM mine JOIN ops.open_row w
            ON w.schema_name = :schema AND w.table_name = :table AND w.row_key = mine.row_key
        JOIN ops.operation o ON o.change_id = w.change_id AND o.position = w.position
        LEFT JOIN LATERAL jsonb_object_keys(coalesce(o.after, '{{}}')) AS k (name) ON true
        JOIN ops.change_set s ON s.id = o.change_id
        WHERE s.state IN {OPEN_SQL} GROUP BY o.change_id
        UNION ALL
        SELECT r.change_id, min(r.kind), count(*),
               (SELECT b.columns FROM ops.change_bulk b WHERE b.change_id = r.change_id)
        FROM mine JOIN ops.change_target r ON r.row_key = mine.row_key AND r.state IN ('waiting', 'held')
        WHERE r.change_id = ANY(ARRAY({OPEN_MANY})) AND r.change_id <> :id GROUP BY r.change_id
    ) AS x JOIN ops.change_set c ON c.id = x.change_id JOIN ops.person p ON p.id = c.proposer_id
    WHERE {_THERE} ORDER BY c.id DESC LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class AlsoOpen:
    """Another open change of a row. `columns`: labels the reader may see; `same`: those that both would set.

    `number`: which operation of the change looked at has that row, from 1 on; 0 where that is a change of many rows,
    of which the other has so many `rows` among those that were looked at.
    """

    reference: str
    proposer: str
    kind: str
    number: int
    columns: tuple[str, ...]
    same: tuple[str, ...]
    rows: int = 1


def also_open(tx: Session, catalog: Catalog, actor: Actor, change: ChangeView) -> list[AlsoOpen]:
    """Other open changes of the rows that the person sees now, newest first, at most twenty.

    One statement, and those of `out_of_sight` where a row condition holds: a change that is not theirs to see is not
    named (P14).
    """
    there = [n for n, one in enumerate(change.operations) if one.title is not None and one.key is not None]
    if not there or change.head is not None:
        return []
    values = {
        "id": change.change.id, "positions": there, "most": MOST, "visible": visible_tables(catalog, actor),
    }  # fmt: skip
    rows = direct.named_rows(tx, _OPEN, values)
    lost = out_of_sight(tx, catalog, actor, sorted({row.id for row in rows})) if rows else set()
    return [
        _seen(
            actor,
            catalog,
            change.operations[row.position],
            row.id,
            row.name,
            row.kind,
            row.position,
            row.columns,
        )
        for row in rows
        if row.id not in lost
    ]


def also_open_of_many(tx: Session, catalog: Catalog, actor: Actor, change: ChangeView) -> list[AlsoOpen]:
    """The same of the first thousand rows of a change of many that have no result yet, newest first, at most twenty.

    One statement, and those of `out_of_sight`. Nothing for whom a condition limits which rows are theirs to see.
    """
    mine = change.operations[0]
    seen = view(actor, mine.table, catalog)
    if change.head is None or seen.limited_rows():
        return []
    values = {
        "id": change.change.id, "most_rows": LOOKED_AT, "most": MOST,
        "schema": mine.table.schema, "table": mine.table.name, "visible": visible_tables(catalog, actor),
    }  # fmt: skip
    rows = tx.execute(_OF_MANY, values).all()
    lost = out_of_sight(tx, catalog, actor, [row.id for row in rows]) if rows else set()
    found = []
    for row in rows:
        if row.id not in lost:
            one = _seen(actor, catalog, mine, row.id, row.name, row.kind, -1, row.columns or ())
            found.append(replace(one, rows=row.rows))
    return found


def _seen(
    actor: Actor, catalog: Catalog, mine: OperationView, number: int, name: str, kind: str, position: int,
    columns: Collection[str],
) -> AlsoOpen:  # fmt: skip
    shape = view(actor, mine.table, catalog).shape.by_name
    seen = sorted(one for one in columns if one in shape)
    ours = {one.column for one in mine.differences} if mine.kind == "update" else set[str]()
    labels = tuple(mine.table.columns[one].label or one for one in seen)
    same = tuple(mine.table.columns[one].label or one for one in seen if one in ours)
    return AlsoOpen(reference(number), name, kind, position + 1, labels, same)

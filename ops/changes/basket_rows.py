"""The rows of baskets: what somebody collects before it becomes a change. Statements, and operations made of rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import Catalog, UnknownTable
from ops.changes.operation import Link, Operation

KEPT_DAYS = 30

_READ = sa.text(
    "SELECT id, version, kind, schema_name, table_name, table_digest, row_key, base, after, links, added_at "
    "FROM ops.basket_row WHERE person_id = :person ORDER BY id"
)
# The basket's own row is what two forms of one person wait for.
_OPEN = sa.text(
    """
    INSERT INTO ops.basket AS b (person_id, reason) VALUES (:person, :reason)
    ON CONFLICT (person_id) DO UPDATE SET changed_at = now(), reason = CASE
        WHEN excluded.reason = '' OR position(excluded.reason IN b.reason) > 0 THEN b.reason
        WHEN b.reason = '' THEN excluded.reason ELSE left(b.reason || E'\\n' || excluded.reason, 4000) END
    """
)
_SIZE = sa.text(
    "SELECT count(*), coalesce(sum(octet_length(CAST(base AS text)) + octet_length(CAST(after AS text))), 0) "
    "FROM ops.basket_row WHERE person_id = :person"
)
# What was typed last counts, column by column, with the base its form showed. Deleting takes the place of editing, and
# the other way round. A form that is sent again adds nothing.
_PUT = sa.text(
    """
    INSERT INTO ops.basket_row AS r (person_id, form_token, place, kind, schema_name, table_name, table_digest, row_key,
                                     base, after, links)
    VALUES (:person, :token, :place, :kind, :schema, :table, :digest, :key, CAST(:base AS jsonb),
            CAST(:after AS jsonb), CAST(:links AS jsonb))
    ON CONFLICT (person_id, schema_name, table_name, row_key) WHERE row_key IS NOT NULL DO UPDATE
    SET version = r.version + 1, form_token = excluded.form_token, place = excluded.place, kind = excluded.kind,
        table_digest = excluded.table_digest, added_at = now(), links = excluded.links,
        base = CASE WHEN r.kind = 'update' AND excluded.kind = 'update' AND r.table_digest = excluded.table_digest
                    THEN r.base || excluded.base ELSE excluded.base END,
        after = CASE WHEN r.kind = 'update' AND excluded.kind = 'update' AND r.table_digest = excluded.table_digest
                     THEN r.after || excluded.after ELSE excluded.after END
    RETURNING id
    """
)
_THERE = sa.text(
    "SELECT id FROM ops.basket_row "
    "WHERE person_id = :person AND form_token = :token AND place = :place AND row_key IS NULL"
)
_TAKE = sa.text(
    """
    DELETE FROM ops.basket_row b USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS x (id bigint, version int)
    WHERE b.person_id = :person AND b.id = x.id AND b.version = x.version RETURNING b.id
    """
)
# A row that waits for a value of one that is taken out cannot stay.
_REMOVE = sa.text(
    """
    DELETE FROM ops.basket_row b WHERE b.person_id = :person AND (b.id = :id OR EXISTS (
        SELECT FROM jsonb_each(b.links) AS l WHERE CAST(l.value ->> 'row' AS bigint) = :id)) RETURNING b.id
    """
)
_EMPTY = sa.text("DELETE FROM ops.basket WHERE person_id = :person AND NOT EXISTS (SELECT FROM ops.basket_row r "
                 "WHERE r.person_id = :person)")  # fmt: skip
_DISCARD = sa.text("DELETE FROM ops.basket WHERE person_id = :person RETURNING 1")
_REASON = sa.text("SELECT reason FROM ops.basket WHERE person_id = :person")
_LED_TO = sa.text(
    "SELECT EXISTS (SELECT FROM ops.form_token WHERE person_id = :person AND token = :token AND change_id IS NOT NULL)"
)
_SWEEP = sa.text("DELETE FROM ops.basket WHERE changed_at < now() - make_interval(days => :days)")


@dataclass(frozen=True, slots=True)
class BasketRow:
    """One row of a basket. `operation` is None where its table is gone; `reshaped`: it has another shape by now."""

    id: int
    version: int
    label: str
    kind: str
    operation: Operation | None
    reshaped: bool
    added_at: datetime


def read(tx: Session, catalog: Catalog, person_id: int) -> list[BasketRow]:
    """What the person has collected, in the order it came; links name places in this list."""
    rows = tx.execute(_READ, {"person": person_id}).all()
    places = {row.id: place for place, row in enumerate(rows)}
    return [_row(catalog, row, places) for row in rows]


def _row(catalog: Catalog, row: Any, places: Mapping[int, int]) -> BasketRow:
    try:
        table = catalog.by_name(row.schema_name, row.table_name)
    except UnknownTable:
        name = f"{row.schema_name}.{row.table_name}"
        return BasketRow(row.id, row.version, name, row.kind, None, True, row.added_at)
    links = {name: Link(places[one["row"]], one["column"]) for name, one in row.links.items()}
    whole = set(row.base) | set(row.after) | set(links) <= set(table.columns)
    made = Operation(row.kind, table, row.row_key, row.base, row.after, row.table_digest, links=links)
    reshaped = table.digest != row.table_digest
    return BasketRow(
        row.id, row.version, table.label, row.kind, made if whole else None, reshaped, row.added_at
    )


def open_basket(tx: Session, person_id: int, reason: str) -> None:
    """Have a basket, locked for the rest of the transaction; what was given as a reason is added to its own."""
    tx.execute(_OPEN, {"person": person_id, "reason": reason})


def size(tx: Session, person_id: int) -> tuple[int, int]:
    """How many rows it has, and how many bytes of values."""
    count, weight = tx.execute(_SIZE, {"person": person_id}).one()
    return int(count), int(weight)


def put(tx: Session, person_id: int, token: str, operations: Sequence[Operation]) -> None:
    """Add rows, or what is new of them where they are there already."""
    ids: list[int] = []
    for place, one in enumerate(operations):
        asked = {"person": person_id, "token": token, "place": place}
        there = tx.scalar(_THERE, asked) if one.kind == "create" else None
        ids.append(int(there) if there is not None else _put(tx, person_id, token, place, one, ids))


def _put(tx: Session, person_id: int, token: str, place: int, one: Operation, before: Sequence[int]) -> int:
    links = {name: {**asdict(link), "row": before[link.position]} for name, link in one.links.items()}
    values = {
        "person": person_id, "token": token, "place": place, "kind": one.kind, "schema": one.table.schema,
        "table": one.table.name, "digest": one.digest_of_table, "key": one.key, "base": json.dumps(dict(one.base)),
        "after": json.dumps(dict(one.after)), "links": json.dumps(links),
    }  # fmt: skip
    return int(tx.execute(_PUT, values).scalar_one())


def take(tx: Session, person_id: int, rows: Sequence[BasketRow]) -> bool:
    """Take these rows out, as they were read; whether every one of them was still there so."""
    asked = json.dumps([{"id": one.id, "version": one.version} for one in rows])
    taken = len(tx.execute(_TAKE, {"person": person_id, "rows": asked}).all())
    tx.execute(_EMPTY, {"person": person_id})
    return taken == len(rows)


def remove(tx: Session, person_id: int, row_id: int) -> int:
    """Take one row out, and those that need its values; how many that were."""
    removed = len(tx.execute(_REMOVE, {"person": person_id, "id": row_id}).all())
    tx.execute(_EMPTY, {"person": person_id})
    return removed


def discard(tx: Session, person_id: int) -> bool:
    """Take everything out; whether there was anything."""
    return tx.execute(_DISCARD, {"person": person_id}).first() is not None


def reason_of(tx: Session, person_id: int) -> str:
    """What was given as reasons while it was filled."""
    return str(tx.scalar(_REASON, {"person": person_id}) or "")


def led_to(tx: Session, person_id: int, token: str) -> bool:
    """Whether the form of this token has led to a change."""
    return bool(tx.scalar(_LED_TO, {"person": person_id, "token": token}))


def sweep(tx: Session) -> None:
    """Forget baskets that nobody touched for a month; the clock calls it."""
    tx.execute(_SWEEP, {"days": KEPT_DAYS})

"""From a selection to frozen rows: one pass over the table by its key, a piece at a time, in any number of sittings.

Read through the person's View, like the list itself: what they do not see is not in it (P14).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from ops.catalog import Table
from ops.changes import heads, writing
from ops.changes.authorise import VERBS
from ops.changes.bulk import each, long_texts
from ops.changes.bulk.acting import act_of, allowed
from ops.changes.bulk.targets import TABLE, Target, fill
from ops.changes.bulk.wish import Listed, Ticked, parts_of, query_of
from ops.changes.errors import Invalid
from ops.changes.heads import Head
from ops.changes.operation import LONG, fold
from ops.policy import View
from ops.records import statement
from ops.words import t

PIECE = 20_000  # rows frozen by one statement
_LAST = sa.text(
    "SELECT position, row_key FROM ops.change_target WHERE change_id = :change_id ORDER BY position DESC LIMIT 1"
)

# What was written is what was given, but where the database made something else of it; a long text that stood there is
# known by its digest alone, so the trail is asked for it (`long_texts`). What is compared is folded like all bases.
# New rows are deleted where what was given still stands; deleted ones are made again of what was seen of them.
_UNDO = sa.text(
    """
    INSERT INTO ops.change_target (change_id, position, kind, row_key, base, after, state, problem)
    SELECT :change_id, t.position,
           CASE t.kind WHEN 'create' THEN 'delete' WHEN 'delete' THEN 'create' ELSE 'update' END,
           CASE t.kind WHEN 'delete' THEN NULL ELSE coalesce(t.result->'key', t.row_key) END,
           CASE t.kind WHEN 'delete' THEN NULL ELSE g.given || coalesce(t.result->'values', '{}') END,
           CASE t.kind WHEN 'create' THEN NULL
                WHEN 'delete' THEN t.base - CAST(:computed AS text[])
                ELSE (SELECT jsonb_object_agg(v.key, v.value) FROM jsonb_each(t.base) v WHERE g.given ? v.key) END,
           CASE WHEN l.long THEN 'failed' ELSE 'waiting' END, CASE WHEN l.long THEN :too_long END
    FROM (SELECT * FROM ops.change_target
          WHERE change_id = :undone AND position > :last AND state = 'applied' ORDER BY position LIMIT :limit) t
    CROSS JOIN LATERAL (SELECT coalesce(t.after, CAST(:after AS jsonb)) AS raw) r
    CROSS JOIN LATERAL (
        SELECT CASE WHEN octet_length(r.raw::text) <= :most THEN r.raw ELSE (
            SELECT jsonb_object_agg(v.name, CASE WHEN octet_length(v.text) > :most
                THEN 'sha256:' || encode(sha256(convert_to(v.text, 'UTF8')), 'hex') ELSE v.text END)
            FROM jsonb_each_text(r.raw) AS v (name, text)) END AS given) g
    CROSS JOIN LATERAL (
        SELECT t.kind <> 'create' AND EXISTS (
            SELECT FROM jsonb_each_text(t.base) AS v (name, text) WHERE v.text ~ '^sha256:[0-9a-f]{64}$') AS long) l
    ORDER BY t.position
    RETURNING 1
    """
)


def columns_of(seen: View, kind: str, touched: Sequence[str]) -> tuple[str, ...]:
    """The columns whose values are frozen with each row: those touched; of a delete all that the person sees."""
    if kind == "delete":
        return tuple(one.name for one in seen.columns if not one.masked and one.column.expression is None)
    return tuple(touched)


def piece(
    tx: Session, change_id: int, seen: View, kind: str, selection: Ticked | Listed,
    columns: Sequence[str], after: Mapping[str, str | None] | None,
) -> bool:  # fmt: skip
    """Freeze the next rows of the selection; False where there are none left.

    Begins behind the last row that is frozen already, so whoever died in between is gone on from. Raises Invalid
    where there are more than a million.
    """
    last = tx.execute(_LAST, {"change_id": change_id}).first()
    position = last.position if last else 0
    found = rows_of(seen, selection, last.row_key if last else None)
    table = seen.table
    key = [writing.expression(table, name, full=True) for name in table.key]
    items: list[Any] = [
        sa.literal(change_id, sa.BigInteger),
        sa.literal(position, sa.Integer)
        + sa.func.row_number().over(order_by=[seen.raw(n) for n in table.key]),
        sa.literal(kind, sa.Text),
        sa.func.jsonb_build_array(*key),
        _object(table, columns),
        _state(seen, kind, after),
    ]
    select = found.with_only_columns(*items, maintain_column_froms=True)
    names = ["change_id", "position", "kind", "row_key", "base", "state"]
    into = sa.insert(TABLE).from_select(names, select.limit(PIECE))
    many = len(tx.execute(into.returning(sa.literal_column("1"))).all())
    if position + many > heads.MOST:
        raise Invalid({}, t("bulk.too_many", most=f"{heads.MOST:,}"))
    return many == PIECE


def piece_of_each(
    tx: Session, change_id: int, seen: View, selection: Ticked | Listed, spec: Mapping[str, Any]
) -> bool:
    """The same where a maker computes every row's new values from the row as it stands."""
    last = tx.execute(_LAST, {"change_id": change_id}).first()
    position = last.position if last else 0
    table = seen.table
    names = [name for name, column in table.columns.items() if column.expression is None]
    select = rows_of(seen, selection, last.row_key if last else None).with_only_columns(
        *(writing.expression(table, name, full=True) for name in names),
        writing.in_sight(allowed(seen, "update", act_of(spec))),
        maintain_column_froms=True,
    )
    rows = tx.execute(select.limit(each.PIECE)).all()
    if position + len(rows) > heads.MOST:
        raise Invalid({}, t("bulk.too_many", most=f"{heads.MOST:,}"))
    live = [dict(zip(names, row[:-1], strict=True)) for row in rows]
    made = each.make(tx, seen, spec, live, [bool(row[-1]) for row in rows])
    fill(
        tx, change_id,
        (target(table, position + n, row, new)
         for n, (row, new) in enumerate(zip(live, made, strict=True), start=1)),
    )  # fmt: skip
    return len(rows) == each.PIECE


def piece_of_undo(tx: Session, head: Head, table: Table) -> bool:
    """The same of what an earlier change wrote: each row shall get back what stood there; False at the end."""
    earlier = heads.head(tx, head.undo_of or 0)
    last = tx.execute(_LAST, {"change_id": head.change_id}).first()
    if earlier is None:
        return False
    behind = last.position if last else 0
    values = {
        "change_id": head.change_id,
        "undone": earlier.change_id,
        "last": behind,
        "after": json.dumps(dict(earlier.after or {})),
        "computed": [name for name, column in table.columns.items() if column.computed],
        "too_long": t("bulk.too_long_to_undo"),
        "most": LONG,
        "limit": PIECE,
    }
    many = len(tx.execute(_UNDO, values).all())
    long_texts.found(tx, table, head.change_id, earlier.change_id, behind)
    return many == PIECE


def missing(tx: Session, change_id: int, table: Table, wanted: Sequence[tuple[str, ...]]) -> None:
    """Note of ticked rows that are not there any more, or not for this person, that they are gone."""
    found = sa.text(
        "SELECT row_key, position FROM ops.change_target WHERE change_id = :change_id ORDER BY position"
    )
    there = {tuple(row.row_key): row.position for row in tx.execute(found, {"change_id": change_id})}
    position = max(there.values(), default=0)
    lost = [parts for parts in wanted if parts not in there]
    fill(
        tx, change_id,
        (Target(position + n, "update", parts, state="gone", problem=t("bulk.gone"))
         for n, parts in enumerate(lost, start=1)),
    )  # fmt: skip


def target(table: Table, position: int, row: writing.Row, new: each.Made | None) -> Target:
    """The target of a row with what its maker gave it; None: the row is not the person's to change."""
    parts = tuple(row[name] or "" for name in table.key)
    if new is None:
        return Target(position, "update", parts, state="unseen", problem=t("bulk.unseen"))
    if isinstance(new, str):
        return Target(position, "update", parts, state="failed", problem=new)
    touched = {name: text for name, text in new.items() if fold(text) != fold(row.get(name))}
    base = {name: fold(row.get(name)) for name in touched}
    return Target(position, "update", parts, base, touched, "waiting" if touched else "same")


def rows_of(seen: View, selection: Ticked | Listed, last: Sequence[str] | None) -> sa.Select[Any]:
    """The rows behind the key `last`, in the order of the key."""
    table = seen.table
    if isinstance(selection, Listed):
        found = statement(seen, query_of(seen, selection)).order_by(None)
    else:
        found = seen.select().where(writing.one_of(table, parts_of(table, selection.keys)))
    if last is not None:
        names = zip(table.key, last, strict=True)
        found = found.where(
            sa.tuple_(*(seen.raw(name) for name in table.key))
            > sa.tuple_(*(seen.constant(name, part) for name, part in names))
        )
    return found.order_by(*(seen.raw(name) for name in table.key))


def _object(table: Table, columns: Sequence[str]) -> sa.ColumnElement[Any]:
    """What stands in the columns, folded, as one JSON object."""
    texts = [writing.expression(table, name, full=False) for name in columns]
    names = sa.cast(sa.literal(list(columns), writing.TEXTS), writing.TEXTS)
    return sa.func.jsonb_object(names, sa.cast(array(texts, type_=sa.Text), writing.TEXTS))


def _state(seen: View, kind: str, after: Mapping[str, str | None] | None) -> sa.ColumnElement[Any]:
    """Rows of which it is known at once what becomes of them: not the person's to change, or so already."""
    cases: list[tuple[Any, Any]] = []
    allowed = seen.rows(VERBS[kind])
    if allowed is not None:
        cases.append((sa.not_(writing.in_sight(allowed)), sa.literal_column("'unseen'")))
    if kind == "update" and after is not None:
        same = sa.and_(
            *(
                writing.expression(seen.table, name, full=False).is_not_distinct_from(
                    sa.literal(fold(text), sa.Text)
                )
                for name, text in after.items()
            )
        )
        cases.append((same, sa.literal_column("'same'")))
    waiting: sa.ColumnElement[Any] = sa.literal_column("'waiting'")
    return sa.case(*cases, else_=waiting) if cases else waiting

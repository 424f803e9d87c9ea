"""Few rows, found, locked and frozen in one statement: what a request can do itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from ops.approvals import ApprovalRule
from ops.approvals.each import read_columns
from ops.catalog import Table
from ops.changes import writing
from ops.changes.bulk import each
from ops.changes.bulk import writing as many
from ops.changes.bulk.acting import allowed
from ops.changes.bulk.freeze import columns_of, rows_of
from ops.changes.bulk.freeze import target as made_target
from ops.changes.bulk.targets import Target
from ops.changes.bulk.wish import Ticked, Wish, parts_of
from ops.changes.operation import fold
from ops.changes.writing import Seen
from ops.policy import View
from ops.words import t

AT_ONCE = 100
Held = Mapping[int, Seen]


def found(
    tx: Session, seen: View, asked: Wish, rules: Sequence[ApprovalRule] = ()
) -> tuple[list[Target], Held] | None:
    """The rows of the selection as targets, and held until the transaction ends; None where they are many.

    What any of the `rules` reads comes whole.
    """
    if isinstance(asked.selection, Ticked) and len(asked.selection.keys) > AT_ONCE:
        return None
    ticked = parts_of(seen.table, asked.selection.keys) if isinstance(asked.selection, Ticked) else None
    rows = _locked(tx, seen, asked, ticked, rules)
    if len(rows) > AT_ONCE:
        return None
    held = dict(enumerate(rows, start=1))
    targets = _each(tx, seen, asked, held) if asked.each is not None else _alike(seen, asked, held)
    if ticked is not None:
        there = {one.parts for one in targets}
        lost = [parts for parts in ticked if parts not in there]
        targets += [
            Target(len(rows) + n, asked.kind, parts, {}, None, "gone", t("bulk.gone"))
            for n, parts in enumerate(lost, start=1)
        ]
    return targets, held


def _locked(
    tx: Session,
    seen: View,
    asked: Wish,
    ticked: Sequence[tuple[str, ...]] | None,
    rules: Sequence[ApprovalRule],
) -> list[Seen]:
    table = seen.table
    names = list(table.columns)
    whole = asked.kind == "delete" or asked.each is not None
    full = None if whole else set(asked.touched) | read_columns(table, rules)
    limit = allowed(seen, asked.kind, asked.act)
    if ticked is not None and limit is None and not seen.limited_rows():
        read = many.read(tx, table, ticked, full=full, locked=True).values()
        return list({_parts(table, one.row): one for one in read}.values())  # `~7` and `~07` are one row
    select = (
        rows_of(seen, asked.selection, None)
        .with_only_columns(
            *writing.expressions(table, names, full),
            writing.in_sight(limit),
            maintain_column_froms=True,
        )
        .limit(AT_ONCE + 1)
        .with_for_update(of=writing.source(table))
    )
    return [Seen(dict(zip(names, row[:-1], strict=True)), bool(row[-1])) for row in tx.execute(select)]


def _alike(seen: View, asked: Wish, held: Held) -> list[Target]:
    columns = columns_of(seen, asked.kind, asked.touched)
    after = None if asked.kind == "delete" else asked.after
    return [
        Target(
            position,
            asked.kind,
            _parts(seen.table, one.row),
            {name: fold(one.row[name]) for name in columns},
            after,
        )
        for position, one in held.items()
    ]


def _each(tx: Session, seen: View, asked: Wish, held: Held) -> list[Target]:
    rows, within = [one.row for one in held.values()], [one.in_sight for one in held.values()]
    made = each.make(tx, seen, asked.each or {}, rows, within)
    return [
        made_target(seen.table, position, one.row, new)
        for (position, one), new in zip(held.items(), made, strict=True)
    ]


def _parts(table: Table, row: writing.Row) -> tuple[str, ...]:
    return tuple(row[name] or "" for name in table.key)

"""What deleting a row would do to rows that refer to it, counted cheaply and only as far as the reader sees them.

Two levels are looked at: what points at the row, and what points at the rows that would be deleted along with it.
Each statement asks a few tables, each of them up to a limit, along an index; where none leads there, nobody looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog, ForeignKey, Table
from ops.policy import NotVisible, View, view
from ops.records.counting import UNKNOWN, Count
from ops.records.related import is_served
from ops.records.rows import Record
from ops.records.trying import HEAVY, TooSlow, within

MOST = 100  # rows that are counted of each table
MOST_TABLES = 30  # that are looked into on each level
_PARENTS = 50  # rows going along whose own followers are looked for
_AT_ONCE = (
    12,
    4,
)  # tables in one statement of the first level, and of the second: each stays under 2,000 blocks

Column = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Consequence:
    """Rows of `table` that point at the row through `foreign_key`, and what becomes of them.

    `effect`: "cascade", "set null", "set default", "stops"; "may stop" where they may go along by another way;
    "cannot" where they would have to be emptied and may not be. `quick` is False where no index finds them in a large
    table: nothing was counted. `parent` is the table of the first level whose rows take these along.
    """

    label: str
    table: str
    foreign_key: ForeignKey
    effect: str
    count: Count
    quick: bool = True
    parent: str | None = None

    @property
    def stops(self) -> bool:
        """Whether the row cannot be deleted while they are there."""
        return self.effect in ("stops", "cannot") and bool(self.count.rows)


@dataclass(frozen=True, slots=True)
class Consequences:
    """Everything found. `others`: there may be rows that are not the reader's to see; that follows from rights alone.

    `deeper`: rows of the second level may take others along. `left`: tables that were not looked into.
    """

    first: tuple[Consequence, ...] = ()
    second: tuple[Consequence, ...] = ()
    others: bool = False
    deeper: bool = False
    left: int = 0


@dataclass(frozen=True)
class _Way:
    """One foreign key through which rows of `source` point at a row."""

    foreign: ForeignKey
    source: View
    effect: str
    values: tuple[str, ...] = ()
    parent: int | None = None  # the way of the first level it hangs on


def consequences(tx: Session, catalog: Catalog, actor: Actor, seen: View, record: Record) -> Consequences:
    """What deleting the record would do: one to three round trips a level."""
    ways, unseen = _ways(catalog, actor, seen.table)
    first = [
        replace(one, values=values)
        for one in ways
        if (values := _values(one.foreign, record)) is not None and _told(one, seen)
    ]
    others = unseen or any(one.source.limited_rows() or not _told(one, seen) for one in ways)
    left = max(0, len(first) - MOST_TABLES)
    first = first[:MOST_TABLES]
    direct = _counted(tx, first, lambda ask: _directly(ask, seen, record), _AT_ONCE[0])
    taken = [n for n, one in enumerate(first) if one.effect == "cascade" and (direct[n].rows or 0) > 0]
    second, deeper = [], False
    for n in taken:
        below, unseen = _ways(catalog, actor, first[n].source.table)
        above = first[n].source
        others = others or unseen or any(one.source.limited_rows() or not _told(one, above) for one in below)
        second += [replace(one, parent=n) for one in below if _told(one, above)]
    left += max(0, len(second) - MOST_TABLES)
    second = second[:MOST_TABLES]
    further = _counted(tx, second, lambda ask: _below(ask, first[ask.parent or 0]), _AT_ONCE[1])
    gone = {seen.table.ref, *(first[n].source.table.ref for n in taken)}
    for one, count in zip(second, further, strict=True):
        deeper = deeper or (
            one.effect == "cascade" and bool(count.rows) and bool(one.source.table.referenced_by)
        )
    return Consequences(
        tuple(_said(one, count, gone, None) for one, count in zip(first, direct, strict=True)),
        tuple(
            _said(one, count, gone, first[one.parent or 0].source.table.label)
            for one, count in zip(second, further, strict=True)
        ),
        others,
        deeper,
        left,
    )


def _ways(catalog: Catalog, actor: Actor, table: Table) -> tuple[list[_Way], bool]:
    """What may point at rows of the table, as far as the reader sees the tables; whether there are others."""
    found, unseen = [], False
    for foreign in table.referenced_by:
        try:
            source = view(actor, catalog.source(foreign), catalog)
        except NotVisible:
            unseen = True
            continue
        found.append(_Way(foreign, source, _effect(foreign, source.table)))
    return found, unseen


def _effect(foreign: ForeignKey, source: Table) -> str:
    if foreign.on_delete == "set null":
        emptied = (source.columns.get(name) for name in foreign.emptied or foreign.columns)
        return "set null" if all(one is None or one.nullable for one in emptied) else "cannot"
    return foreign.on_delete if foreign.on_delete in ("cascade", "set default") else "stops"


def _told(one: _Way, target: View) -> bool:
    """Whether the reader may see where the rows point, and what they are pointed at by: not through a mask."""
    return all(map(one.source.sees, one.foreign.columns)) and all(
        map(target.sees, one.foreign.target_columns)
    )


def _values(foreign: ForeignKey, record: Record) -> tuple[str, ...] | None:
    values = [record.values.get(name) for name in foreign.target_columns]
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else None


def _said(one: _Way, count: Count, gone: set[str], parent: str | None) -> Consequence:
    table = one.source.table
    effect = "may stop" if one.effect == "stops" and table.ref in gone else one.effect
    quick = is_served(one.source.table, one.foreign) and count.rows is not None
    return Consequence(table.label, table.ref, one.foreign, effect, count, quick, parent)


def _counted(tx: Session, ways: Sequence[_Way], rows: Any, at_once: int) -> list[Count]:
    """How many rows each way leads to, up to the limit; UNKNOWN where that is not quickly told."""
    counts = [UNKNOWN] * len(ways)
    asked = [n for n, one in enumerate(ways) if is_served(one.source.table, one.foreign)]
    for start in range(0, len(asked), at_once):
        some = asked[start : start + at_once]
        parts = [
            sa.select(
                sa.literal_column(str(n)).label("way"),
                sa.select(sa.func.count())
                .select_from(rows(ways[n]).subquery(f"w{n}"))
                .scalar_subquery()
                .label("found"),
            )
            for n in some
        ]
        limited = any(ways[n].source.limited_rows() for n in some)
        for row in _patiently(tx, sa.union_all(*parts), limited):
            counts[row.way] = Count(min(row.found, MOST), more=row.found > MOST)
    return counts


def _patiently(tx: Session, statement: Any, limited: bool) -> Sequence[sa.Row[Any]]:
    """What the statement finds; a row condition, which may be anything, has less than a second for it."""
    try:
        if limited:
            return within(tx, HEAVY, lambda: tx.execute(statement).all())
        return tx.execute(statement).all()
    except TooSlow:
        return ()


def _directly(one: _Way, seen: View, record: Record) -> sa.Select[Any]:
    source = one.source
    pairs = zip(one.foreign.columns, one.values, strict=True)
    condition = [source.raw(name) == source.constant(name, value) for name, value in pairs]
    if source.table is seen.table and source.table.key:
        # A row that points at itself goes with itself.
        same = (
            source.raw(name) == source.constant(name, record.values[name] or "") for name in source.table.key
        )
        condition.append(sa.not_(sa.and_(*same)))
    return source.select(sa.literal_column("1")).where(*condition).limit(sa.literal_column(str(MOST + 1)))


def _below(one: _Way, above: _Way) -> sa.Select[Any]:
    """Rows that point at the first rows going along: for each of these an index is asked, never the table."""
    parent = above.source.alias("above")
    pairs = zip(above.foreign.columns, above.values, strict=True)
    going = (
        parent.select(*(parent.raw(name).label(f"t{n}") for n, name in enumerate(one.foreign.target_columns)))
        .where(*(parent.raw(name) == parent.constant(name, value) for name, value in pairs))
        .limit(sa.literal_column(str(_PARENTS)))
        .subquery("going")
    )
    source = one.source
    same = (source.raw(name) == going.c[f"t{n}"] for n, name in enumerate(one.foreign.columns))
    most: Any = sa.literal_column(str(MOST + 1))
    found = source.select(sa.literal_column("1").label("one")).where(*same).limit(most)
    pointing = found.correlate(going).lateral("pointing")
    return sa.select(sa.literal_column("1")).select_from(going.join(pointing, sa.true())).limit(most)

"""Deleting many rows: which of them other rows hold back, and which rows go along with which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from ops.catalog import Catalog, ForeignKey, Table
from ops.changes import cascades
from ops.changes.bulk import writing
from ops.changes.cascades import TAKES_ALONG, Along, Cascade

MOST = 5000  # rows that go along with one chunk and are listed one by one
Row = Mapping[str, str | None]


def stopped(tx: Session, catalog: Catalog, table: Table, rows: Sequence[Row]) -> dict[int, Table]:
    """The places of rows that cannot go while others refer to them, each with the table these are in.

    One statement for each foreign key that forbids. One of the table to itself is left to PostgreSQL: rows of the
    same deletion may refer to each other.
    """
    found: dict[int, Table] = {}
    for foreign in table.referenced_by:
        source = catalog.source(foreign)
        if foreign.on_delete in TAKES_ALONG or source is table:
            continue
        places, targets = _targets(foreign, rows)
        if targets:
            for place in writing.referred(tx, source, foreign, targets):
                found.setdefault(places[place], source)
    return found


def of_each(tx: Session, catalog: Catalog, table: Table, rows: Sequence[Row]) -> list[Cascade]:
    """What goes along with each row, held from now on; at most five thousand rows together."""
    if not any(foreign.on_delete in TAKES_ALONG for foreign in table.referenced_by):
        return [Cascade()] * len(rows)
    together = cascades.along(tx, catalog, [(table, row) for row in rows], locked=True, most=MOST)
    roots: dict[tuple[str, str, tuple[str | None, ...]], int] = {}
    for place, row in enumerate(rows):
        _register(roots, table, row, place)
    going: list[list[Along]] = [[] for _ in rows]
    for one in together.rows:
        values = tuple(one.row[name] for name in one.foreign_key.columns)
        place = roots.get((one.foreign_key.ref, one.foreign_key.name, values), 0)
        going[place].append(one)
        if one.effect == "delete":
            _register(roots, one.table, one.row, place)
    # Of what is not listed nobody knows with which row it goes: with any.
    return [
        Cascade(tuple(some), more=together.more and not place, beyond=together.beyond)
        for place, some in enumerate(going)
    ]


def _register(
    roots: dict[tuple[str, str, tuple[str | None, ...]], int], table: Table, row: Row, place: int
) -> None:
    for foreign in table.referenced_by:
        values = tuple(row[name] for name in foreign.target_columns)
        roots.setdefault((foreign.ref, foreign.name, values), place)


def _targets(foreign: ForeignKey, rows: Sequence[Row]) -> tuple[list[int], list[tuple[str, ...]]]:
    places, targets = [], []
    for place, row in enumerate(rows):
        values = [row[name] for name in foreign.target_columns]
        if None not in values:
            places.append(place)
            targets.append(tuple(value or "" for value in values))
    return places, targets

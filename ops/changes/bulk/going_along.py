"""Writing many rows: which of them others hold back from being deleted, and which rows go along with which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from ops.catalog import Catalog, ForeignKey, Table
from ops.changes import carried, cascades
from ops.changes.bulk import writing
from ops.changes.cascades import TAKES_ALONG, Along, Cascade, Start

MOST = 5000  # rows that go along with one chunk and are listed one by one
Row = Mapping[str, str | None]


class Together(NamedTuple):
    """Rows of one kind of change, and what goes along with all of them."""

    starts: Sequence[Start]
    found: Cascade


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


def found(
    tx: Session, catalog: Catalog, table: Table, rows: Sequence[Row], moved: frozenset[str] | None = None
) -> Together:
    """What goes along with rows that are deleted, or edited in the columns `moved`, held from now on; at most five
    thousand rows together. No statement where no foreign key acts.
    """
    starts = [Start(table, row, moved) for row in rows]
    if not cascades.ways(catalog, table, moved):
        return Together(starts, Cascade())
    return Together(starts, cascades.along(tx, catalog, starts, locked=True, most=MOST))


def of_each(tx: Session, catalog: Catalog, together: Together, afters: Sequence[Row | None]) -> list[Cascade]:
    """What went along with each row now that they are written: as `afters`, None where it is deleted.

    A row that went along with several of them, or with any of several, stands with each.
    """
    settled = carried.settled(tx, catalog, together.found, together.starts, afters)
    going: list[list[Along]] = [[] for _ in together.starts]
    for one in settled.rows:
        for place in one.roots:
            going[place].append(one)
    # Of what is not listed nobody knows with which row it goes: with any.
    return [
        Cascade(tuple(some), more=settled.more and not place, beyond=settled.beyond)
        for place, some in enumerate(going)
    ]


def _targets(foreign: ForeignKey, rows: Sequence[Row]) -> tuple[list[int], list[tuple[str, ...]]]:
    places, targets = [], []
    for place, row in enumerate(rows):
        values = [row[name] for name in foreign.target_columns]
        if None not in values:
            places.append(place)
            targets.append(tuple(value or "" for value in values))
    return places, targets

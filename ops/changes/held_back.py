"""What keeps a row from being written as things stand: rows that refer to it, and that no foreign key takes along.

Told when the change is asked for, so that nobody approves what cannot be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops.catalog import Catalog, ForeignKey, Table
from ops.changes import writing
from ops.changes.cascades import CARRIES, TAKES_ALONG, Start

Row = Mapping[str, str | None]
_Own = Mapping[tuple[str, str | None], frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Stop:
    """The row at `position` cannot be written while rows of `source` refer to it."""

    position: int
    source: Table


def stopped_by(tx: Session, catalog: Catalog, starts: Sequence[Start], afters: Sequence[Row]) -> Stop | None:
    """The first of the rows that others hold back, `afters` being what is wanted of those that stay.

    Rows that are deleted or led elsewhere in the same change do not count.
    """
    own = {(one.table.ref, writing.key_of(one.table, one.row)): one.moved for one in starts}
    for position, (start, after) in enumerate(zip(starts, afters, strict=True)):
        for foreign_key in start.table.referenced_by:
            if not _forbids(start, foreign_key):
                continue
            source = catalog.source(foreign_key)
            if not _referred(tx, source, foreign_key, start.row, own):
                continue
            # What differs may be equal still (1.0 and 1.00): then these rows stay where they point.
            if start.moved is None or not _referred(tx, source, foreign_key, {**start.row, **after}, own):
                return Stop(position, source)
    return None


def _forbids(start: Start, foreign_key: ForeignKey) -> bool:
    if start.moved is None:
        return foreign_key.on_delete not in TAKES_ALONG
    return foreign_key.on_update not in CARRIES and bool(start.moved & set(foreign_key.target_columns))


def _referred(tx: Session, source: Table, foreign_key: ForeignKey, row: Row, own: _Own) -> bool:
    """Whether rows refer to this one that the change itself neither deletes nor leads elsewhere."""
    values = [row[name] for name in foreign_key.target_columns]
    if None in values:
        return False
    texts = [tuple(value or "" for value in values)]
    found = writing.pointing(tx, source, foreign_key, texts, limit=len(own) + 1, locked=False)
    return any(not _led(source, one, foreign_key, own) for one in found)


def _led(source: Table, row: Row, foreign_key: ForeignKey, own: _Own) -> bool:
    named = (source.ref, writing.key_of(source, row))
    if named not in own:
        return False
    moved = own[named]
    return moved is None or bool(moved & set(foreign_key.columns))

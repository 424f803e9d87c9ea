"""The rows that a foreign key will take along with a deleted row, read before it is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops.catalog import Catalog, ForeignKey, Table
from ops.changes import writing

MOST = 1000
_CHUNK = 200
TAKES_ALONG = {"cascade": "delete", "set null": "set null", "set default": "set default"}


@dataclass(frozen=True, slots=True)
class Along:
    """One row that goes along through `foreign_key`: `effect` is "delete", "set null" or "set default"."""

    table: Table
    row: Mapping[str, str | None]
    key: str | None
    effect: str
    foreign_key: ForeignKey


@dataclass(frozen=True, slots=True)
class Stop:
    """The row at `position` cannot be deleted while rows of `source` refer to it."""

    position: int
    source: Table


# A table of which rows may go along, how, and the columns through which.
Way = tuple[Table, str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Cascade:
    """All rows that go along, at most a thousand; `more` tells that there are others, in any of the tables `beyond`."""

    rows: tuple[Along, ...] = ()
    more: bool = False
    beyond: tuple[Way, ...] = ()


def along(
    tx: Session,
    catalog: Catalog,
    deleted: Iterable[tuple[Table, Mapping[str, str | None]]],
    *,
    locked: bool,
    most: int | None = None,
) -> Cascade:
    """What deleting the rows takes along, level by level, each row once, `most` of them.

    With `locked` the rows found are held: nobody can then add to them between this reading and the deletion,
    for a new reference needs a lock on the row it points at.
    """
    most = MOST if most is None else most
    found: list[Along] = []
    seen: set[tuple[str, str]] = set()
    level = list(deleted)
    roots = {table.ref: table for table, _ in level}
    for table, row in level:
        seen.add((table.ref, writing.key_of(table, row) or ""))
    while level:
        next_level: list[tuple[Table, Mapping[str, str | None]]] = []
        for foreign_key, rows in _by_foreign_key(level):
            source = catalog.source(foreign_key)
            for row in _pointing(tx, source, foreign_key, rows, most + 1 - len(found), locked):
                key = writing.key_of(source, row)
                if key is not None and (source.ref, key) in seen:
                    continue
                if len(found) == most:
                    return Cascade(tuple(found), more=True, beyond=_beyond(catalog, roots.values()))
                effect = TAKES_ALONG[foreign_key.on_delete]
                found.append(Along(source, row, key, effect, foreign_key))
                if effect == "delete":
                    seen.add((source.ref, key or ""))
                    next_level.append((source, row))
        level = next_level
    return Cascade(tuple(found))


def ways(catalog: Catalog, table: Table) -> list[ForeignKey]:
    """Every foreign key through which deleting a row of the table can take others along."""
    found: list[ForeignKey] = []
    waiting, known = [table], {table.ref}
    while waiting:
        for foreign_key in waiting.pop().referenced_by:
            if foreign_key.on_delete not in TAKES_ALONG:
                continue
            found.append(foreign_key)
            source = catalog.source(foreign_key)
            if TAKES_ALONG[foreign_key.on_delete] == "delete" and source.ref not in known:
                known.add(source.ref)
                waiting.append(source)
    return found


def _beyond(catalog: Catalog, tables: Iterable[Table]) -> tuple[Way, ...]:
    return tuple(
        (catalog.source(one), TAKES_ALONG[one.on_delete], frozenset(one.columns))
        for table in tables
        for one in ways(catalog, table)
    )


def stopped_by(
    tx: Session, deleted: Sequence[tuple[Table, Mapping[str, str | None]]], catalog: Catalog
) -> Stop | None:
    """What keeps the rows from being deleted as things stand: rows that refer to them and go not along.

    Told when the deletion is asked for, so that nobody approves what cannot be. Rows that are deleted in the
    same change do not count.
    """
    going = {(table.ref, writing.key_of(table, row)) for table, row in deleted}
    for position, (table, row) in enumerate(deleted):
        for foreign_key in table.referenced_by:
            values = [row[name] for name in foreign_key.target_columns]
            if foreign_key.on_delete in TAKES_ALONG or None in values:
                continue
            source = catalog.source(foreign_key)
            texts = [tuple(value or "" for value in values)]
            found = writing.pointing(tx, source, foreign_key, texts, limit=len(going) + 1, locked=False)
            if any((source.ref, writing.key_of(source, one)) not in going for one in found):
                return Stop(position, source)
    return None


def _by_foreign_key(
    level: list[tuple[Table, Mapping[str, str | None]]],
) -> list[tuple[ForeignKey, list[tuple[str, ...]]]]:
    targets: dict[tuple[str, str, str], tuple[ForeignKey, list[tuple[str, ...]]]] = {}
    for table, row in level:
        for foreign_key in table.referenced_by:
            values = tuple(row[name] for name in foreign_key.target_columns)
            if foreign_key.on_delete in TAKES_ALONG and None not in values:
                name = (foreign_key.schema, foreign_key.table, foreign_key.name)
                texts = tuple(value or "" for value in values)
                targets.setdefault(name, (foreign_key, []))[1].append(texts)
    return list(targets.values())


def _pointing(
    tx: Session,
    source: Table,
    foreign_key: ForeignKey,
    targets: list[tuple[str, ...]],
    limit: int,
    locked: bool,
) -> list[writing.Row]:
    rows: list[writing.Row] = []
    for start in range(0, len(targets), _CHUNK):
        if len(rows) >= limit:
            break
        chunk = targets[start : start + _CHUNK]
        rows += writing.pointing(tx, source, foreign_key, chunk, limit=limit - len(rows), locked=locked)
    return rows

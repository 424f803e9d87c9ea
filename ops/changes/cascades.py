"""The rows that foreign keys take along with a deleted row, or change with one that is edited where they point.

Read, and held, before the row is written; `carried` looks at them again afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sqlalchemy.orm import Session

from ops.catalog import Catalog, ForeignKey, Table
from ops.changes import writing

MOST = 1000
_CHUNK = 200
# What becomes of rows that point at a deleted one, and at one that gets other values there.
TAKES_ALONG = {"cascade": "delete", "set null": "set null", "set default": "set default"}
CARRIES = {"cascade": "update", "set null": "set null", "set default": "set default"}


class Start(NamedTuple):
    """A row as it is, before it is deleted or, where `moved` says so, given other values in these columns."""

    table: Table
    row: Mapping[str, str | None]
    moved: frozenset[str] | None = None


class Tie(NamedTuple):
    """How a row hangs on another one: `above` is its place among the starts and, behind them, the rows found.

    `columns` are written through it. `above` is None where several may be meant, whose texts are not the row's own.
    """

    foreign_key: ForeignKey
    effect: str
    columns: tuple[str, ...]
    above: int | None


@dataclass(frozen=True, slots=True)
class Along:
    """One row that goes along, through each of `ties`: `effect` is "delete", "update", "set null" or "set default".

    `roots`: with which of the starts, of all that may be meant. `after` is the row as it came out, once it is known; of
    a deleted one None.
    """

    table: Table
    row: Mapping[str, str | None]
    key: str | None
    effect: str
    ties: tuple[Tie, ...]
    roots: tuple[int, ...]
    after: Mapping[str, str | None] | None = None
    key_after: str | None = None

    @property
    def columns(self) -> frozenset[str]:
        """What the foreign keys write."""
        return frozenset(name for tie in self.ties for name in tie.columns)


# A table of which rows may go along, how, and the columns through which.
Way = tuple[Table, str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Cascade:
    """All rows that go along, at most a thousand; `more` tells that there are others, in any of the tables `beyond`."""

    rows: tuple[Along, ...] = ()
    more: bool = False
    beyond: tuple[Way, ...] = ()


def acting(table: Table) -> list[ForeignKey]:
    """The foreign keys that change the rows that point at one of the table, where it is edited there."""
    return [one for one in table.referenced_by if one.on_update in CARRIES]


def carries(table: Table, moved: Collection[str]) -> list[ForeignKey]:
    """Those of `acting` that act where these columns are edited.

    A generated column counts as edited with any other. Asked of every edit: it costs no statement.
    """
    return [
        one
        for one in acting(table)
        if any(name in moved or table.columns[name].generated for name in one.target_columns)
    ]


def along(
    tx: Session,
    catalog: Catalog,
    starts: Sequence[Start],
    *,
    locked: bool,
    most: int | None = None,
) -> Cascade:
    """What writing the rows takes along, level by level, each row once, `most` of them.

    With `locked` the rows found are held: nobody can then add to them between this reading and the writing,
    for a new reference needs a lock on the row it points at. Rows that only foreign keys may write are not held: the
    database role may lock no others.
    """
    walk = _Walk(starts, MOST if most is None else most)
    level = list(enumerate(starts))
    while level:
        below: list[tuple[int, Start]] = []
        for batch in _batches(level):
            source = catalog.source(batch.foreign_key)
            # Rows that are known already must not stand in for others.
            limit = walk.most + 1 - len(walk.rows) + len(walk.known)
            held = locked and source.may_update
            for row in _pointing(tx, source, batch.foreign_key, list(batch.ends), limit, held):
                if not walk.take(source, row, batch, below):
                    return Cascade(tuple(walk.rows), more=True, beyond=_beyond(catalog, starts))
        level = below
    return Cascade(tuple(walk.rows))


def ways(
    catalog: Catalog, table: Table, moved: frozenset[str] | None = None
) -> list[tuple[ForeignKey, str, tuple[str, ...]]]:
    """Every foreign key through which writing a row of the table can reach others: what it does, to which columns."""
    found: dict[tuple[str, str, str, tuple[str, ...]], tuple[ForeignKey, str, tuple[str, ...]]] = {}
    waiting, known = [(table, moved)], {(table.ref, moved)}
    while waiting:
        for foreign_key, effect, columns in _ties(*waiting.pop()):
            found[foreign_key.ref, foreign_key.name, effect, columns] = foreign_key, effect, columns
            source = catalog.source(foreign_key)
            further = None if effect == "delete" else frozenset(columns)
            if (source.ref, further) not in known:
                known.add((source.ref, further))
                waiting.append((source, further))
    return list(found.values())


def unforeseen(catalog: Catalog, start: Start, after: Mapping[str, str | None]) -> tuple[Way, ...]:
    """Where rows went along that nobody read before: a trigger gave a column that they point at another value."""
    table, row, moved = start
    if not (every := acting(table)):
        return ()
    foreseen = carries(table, moved or ())
    news = {
        name
        for one in every
        if one not in foreseen
        for name in one.target_columns
        if row[name] is not None and row[name] != after[name]
    }
    return _beyond(catalog, [Start(table, row, frozenset(news))]) if news else ()


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows that are pointed at through one foreign key: their values there, and their places."""

    foreign_key: ForeignKey
    effect: str
    columns: tuple[str, ...]
    ends: dict[tuple[str, ...], int] = field(default_factory=dict)


class _Walk:
    """What was found so far: each row once, however many ways lead to it."""

    def __init__(self, starts: Sequence[Start], most: int) -> None:
        self.most = most
        self.rows: list[Along] = []
        self.known: dict[tuple[str, str], int | None] = {}  # None: it is deleted by itself
        self._roots: list[tuple[int, ...]] = [(place,) for place in range(len(starts))]
        for start in starts:
            key = writing.key_of(start.table, start.row)
            if start.moved is None and key is not None:
                self.known[start.table.ref, key] = None

    def take(self, source: Table, row: writing.Row, batch: _Batch, below: list[tuple[int, Start]]) -> bool:
        """Write down one row; False where it is one too many. What may hang on it comes into `below`."""
        key = writing.key_of(source, row)
        named = (source.ref, key or "")
        above = _end(row, batch)
        tie = Tie(batch.foreign_key, batch.effect, batch.columns, above)
        ends = list(batch.ends.values()) if above is None else [above]
        roots = tuple(dict.fromkeys(root for end in ends for root in self._roots[end]))
        if key is not None and named in self.known:
            place = self.known[named]
            if place is None or not self._tied(place, tie, roots):
                return True
        elif len(self.rows) == self.most:
            return False
        else:
            place = len(self.rows)
            self.rows.append(Along(source, row, key, batch.effect, (tie,), roots))
            self._roots.append(roots)
            if key is not None:
                self.known[named] = place
        if source.referenced_by:
            moved = None if batch.effect == "delete" else frozenset(batch.columns)
            below.append((len(self._roots) - len(self.rows) + place, Start(source, row, moved)))
        return True

    def _tied(self, place: int, tie: Tie, roots: tuple[int, ...]) -> bool:
        """One more way to a row that is known; False where nothing follows of it."""
        one = self.rows[place]
        known = any((tie.foreign_key, tie.above) == (other.foreign_key, other.above) for other in one.ties)
        if one.effect == "delete" or known:
            return False
        effect = "delete" if tie.effect == "delete" else one.effect
        roots = tuple(dict.fromkeys([*one.roots, *roots]))
        self.rows[place] = replace(one, effect=effect, ties=(*one.ties, tie), roots=roots)
        self._roots[len(self._roots) - len(self.rows) + place] = roots
        return True


def _end(row: writing.Row, batch: _Batch) -> int | None:
    values = tuple(row[name] or "" for name in batch.foreign_key.columns)
    only = next(iter(batch.ends.values())) if len(batch.ends) == 1 else None
    return batch.ends.get(values, only)


def _ties(table: Table, moved: frozenset[str] | None) -> Iterator[tuple[ForeignKey, str, tuple[str, ...]]]:
    """The foreign keys that act, what each does, and the columns it writes."""
    if moved is not None:
        for one in carries(table, moved):
            yield one, CARRIES[one.on_update], one.columns
        return
    for one in table.referenced_by:
        if one.on_delete in TAKES_ALONG:
            yield one, TAKES_ALONG[one.on_delete], one.emptied or one.columns


def _batches(level: Sequence[tuple[int, Start]]) -> list[_Batch]:
    found: dict[tuple[str, str, str, tuple[str, ...]], _Batch] = {}
    for place, start in level:
        for foreign_key, effect, columns in _ties(start.table, start.moved):
            values = tuple(start.row[name] for name in foreign_key.target_columns)
            if None not in values:
                named = (foreign_key.ref, foreign_key.name, effect, columns)
                batch = found.setdefault(named, _Batch(foreign_key, effect, columns))
                batch.ends.setdefault(tuple(value or "" for value in values), place)
    return list(found.values())


def _beyond(catalog: Catalog, starts: Sequence[Start]) -> tuple[Way, ...]:
    reached = dict.fromkeys((start.table.ref, start.moved) for start in starts)
    return tuple(
        (catalog.source(one), effect, frozenset(columns))
        for ref, moved in reached
        for one, effect, columns in ways(catalog, catalog.table(ref), moved)
    )


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

"""What a deletion takes along, as far as the person who looks may see it: rows out of their sight leave no number."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog, ForeignKey, Table
from ops.changes import cascades, writing
from ops.changes.authorise import in_full, sees
from ops.changes.cascades import Along, ways
from ops.changes.operation import Operation
from ops.changes.sight import rows_there
from ops.policy import View, view

_CHUNK = 200  # keys of one statement


@dataclass(frozen=True, slots=True)
class Also:
    """Rows of one table that go along with a deleted one, and how; `more`: there are others like them."""

    label: str
    effect: str
    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class TakenAlong:
    """Everything that goes along. `others`: there may be rows that are not counted, for they are not to be seen.

    That follows from the tables and the person's rights alone, never from the rows.
    """

    also: tuple[Also, ...] = ()
    others: bool = False


def taken_along(tx: Session, catalog: Catalog, actor: Actor, one: Operation) -> TakenAlong:
    """What deleting the operation's row takes along, in the person's eyes."""
    gone = writing.read(tx, one.table, one.parts, full=(), locked=False)
    if gone is None:
        return TakenAlong()
    views: dict[str, View] = {}
    others = False
    for foreign_key in ways(catalog, one.table):
        source = catalog.source(foreign_key)
        if source.ref not in views and sees(actor, source):
            views[source.ref] = view(actor, source, catalog)
        seen = views.get(source.ref)
        others |= seen is None or seen.limited_rows() or not _told(seen, foreign_key)
    found = cascades.along(tx, catalog, [(one.table, gone.row)], locked=False)
    shown = _shown(found.rows, views, _in_sight(tx, found.rows, views), catalog, (one.table, gone.row))
    counts = Counter((row.table.ref, row.effect) for row in shown)
    also = (
        # That there are more of them is itself about rows that may be out of sight.
        Also(catalog.table(ref).label, effect, count, found.more and not others)
        for (ref, effect), count in counts.items()
    )
    return TakenAlong(tuple(also), others)


def _told(seen: View, foreign_key: ForeignKey) -> bool:
    """Whether the person may read where the rows point."""
    return in_full(seen, frozenset(foreign_key.columns))


def _in_sight(tx: Session, rows: Sequence[Along], views: dict[str, View]) -> dict[str, set[str]]:
    """By table on which a row condition holds: the keys of the rows that are there for the person."""
    asked: dict[str, set[str]] = defaultdict(set)
    parts: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in rows:
        seen = views.get(row.table.ref)
        if seen is not None and seen.limited_rows() and row.key is not None:
            asked[row.table.ref].add(row.key)
            parts[row.table.ref, row.key] = tuple(row.row[name] or "" for name in row.table.key)
    there: dict[str, set[str]] = {}
    for ref, keys in asked.items():
        ordered = sorted(keys)
        found: set[tuple[str, ...]] = set()
        for start in range(0, len(ordered), _CHUNK):
            found |= rows_there(tx, views[ref], [parts[ref, key] for key in ordered[start : start + _CHUNK]])
        there[ref] = {key for key in ordered if parts[ref, key] in found}
    return there


def _shown(
    rows: Sequence[Along],
    views: dict[str, View],
    there: dict[str, set[str]],
    catalog: Catalog,
    deleted: tuple[Table, writing.Row],
) -> list[Along]:
    """The rows the person sees, each hanging from one they see, down from the deleted one."""
    shown: list[Along] = []
    pointed: dict[str, list[writing.Row]] = defaultdict(list)
    pointed[deleted[0].ref].append(deleted[1])
    ends: dict[tuple[str, str], tuple[int, set[tuple[str | None, ...]]]] = {}
    for row in rows:
        seen, foreign_key = views.get(row.table.ref), row.foreign_key
        if seen is None or not _told(seen, foreign_key):
            continue
        if seen.limited_rows() and row.key not in there.get(row.table.ref, ()):
            continue
        target = catalog.target(foreign_key).ref
        known, values = ends.get((row.table.ref, foreign_key.name), (0, set()))
        values |= {tuple(one[name] for name in foreign_key.target_columns) for one in pointed[target][known:]}
        ends[row.table.ref, foreign_key.name] = (len(pointed[target]), values)
        if tuple(row.row[name] for name in foreign_key.columns) in values:
            shown.append(row)
            if row.effect == "delete":
                pointed[row.table.ref].append(dict(row.row))
    return shown

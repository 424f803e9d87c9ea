"""What a deletion or edit takes along, as far as who looks may see it: rows out of their sight leave no number."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog, ForeignKey
from ops.changes import cascades, writing
from ops.changes.authorise import in_full, sees
from ops.changes.cascades import Along, Start
from ops.changes.operation import Operation
from ops.changes.sight import rows_there
from ops.policy import View, view

_CHUNK = 200  # keys of one statement


@dataclass(frozen=True, slots=True)
class Also:
    """Rows of one table that go along with the operation's, and how; `more`: there are others like them."""

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
    """What writing the operation's row takes along, in the person's eyes. Asks nothing where nothing can go along."""
    moved = None if one.kind == "delete" else one.touched
    reached = cascades.ways(catalog, one.table, moved) if one.kind != "create" else []
    there = writing.read(tx, one.table, one.parts, full=(), locked=False) if reached else None
    if there is None:
        return TakenAlong()
    views: dict[str, View] = {}
    others = False
    for foreign_key, _, _ in reached:
        source = catalog.source(foreign_key)
        if source.ref not in views and sees(actor, source):
            views[source.ref] = view(actor, source, catalog)
        seen = views.get(source.ref)
        others |= seen is None or seen.limited_rows() or not _told(seen, foreign_key)
    found = cascades.along(tx, catalog, [Start(one.table, there.row, moved)], locked=False)
    shown = _shown(found.rows, views, _in_sight(tx, found.rows, views), every=not others)
    counts = Counter((row.table.ref, effect) for row, effect in shown)
    also = (
        # That there are more of them is itself about rows that may be out of sight.
        Also(catalog.table(ref).label, effect, count, found.more and not others)
        for (ref, effect), count in counts.items()
    )
    return TakenAlong(tuple(also), others)


@dataclass(frozen=True, slots=True)
class Followers:
    """Tables of which rows change where a column is edited that they refer to; `others`: also some not to be named."""

    labels: tuple[str, ...]
    others: bool


def followers(seen: View, name: str) -> Followers | None:
    """What editing the column can change elsewhere, in the person's eyes; None: nothing. From the tables alone."""
    catalog = seen.catalog
    if catalog is None or not cascades.acting(seen.table):
        return None
    reached = cascades.ways(catalog, seen.table, frozenset({name}))
    sources = [(seen.of(one.ref), one) for one, _, _ in reached]
    labels = [view.table.label for view, one in sources if view is not None and _told(view, one)]
    return Followers(tuple(dict.fromkeys(labels)), len(labels) < len(reached)) if reached else None


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
    rows: Sequence[Along], views: dict[str, View], there: dict[str, set[str]], *, every: bool
) -> list[tuple[Along, str]]:
    """The rows the person sees, each hanging from one they see, down from the operation's, and what becomes of each.

    `every`: nothing is out of their sight, so that it matters not from which of several a row hangs.
    """
    shown: list[tuple[Along, str]] = []
    places = {0}  # of the operation's own row, and behind it those that are shown
    for place, row in enumerate(rows, start=1):
        seen = views.get(row.table.ref)
        if seen is None or (seen.limited_rows() and row.key not in there.get(row.table.ref, ())):
            continue
        effects = [
            tie.effect
            for tie in row.ties
            if _told(seen, tie.foreign_key) and (tie.above in places or (every and tie.above is None))
        ]
        if effects:
            places.add(place)
            shown.append((row, "delete" if "delete" in effects else effects[0]))
    return shown

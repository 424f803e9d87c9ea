"""Rows that point at a row: the newest five of each table, and how many, in one statement for all tables.

Which tables point there, and what of them is shown, is worked out once for a shape of rights.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog, ForeignKey, Index, Table, key_text
from ops.policy import NotVisible, View, view
from ops.records.counting import UNKNOWN, Count
from ops.records.facts import SMALL, known_rows
from ops.records.query import default_columns, filter_name
from ops.records.remembered import bound, read
from ops.records.rows import Record

SHOWN = 5
MOST_LISTS = 12
COLUMNS = 3  # beside the title: enough to tell one row from the other
LONGEST = 80  # characters of a value
_CAPS = (1000, 500, 200, 100)  # up to so many are counted: together so few that the statement stays small
_COUNTED = 1500
_TOO_LONG = frozenset({"json", "xml", "bytes", "search", "array", "composite", "geometry"})


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """A row that points here; `key` is None where rows of its table cannot be told apart.

    `values` are those of the list's columns, the long ones cut.
    """

    key: str | None
    title: str
    values: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Related:
    """Rows of `table` (a reference) that point here by `foreign_key`; `args` is the query string of them all.

    `served` is False where no index finds them in a large table: then nothing was asked, nothing counted.
    `asked` is False where so many tables point here that these were left out.
    """

    label: str
    table: str
    foreign_key: ForeignKey
    args: Mapping[str, str]
    rows: list[RelatedRow]
    count: Count
    served: bool = True
    columns: tuple[str, ...] = ()
    asked: bool = True


@dataclass(frozen=True, slots=True)
class _List:
    """A table that points here by a foreign key, as the person sees it."""

    foreign: ForeignKey
    table: Table
    columns: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """The same with the person's view of the table, while a statement is made; `number`: its place among the lists."""

    number: int
    foreign: ForeignKey
    source: View
    columns: tuple[str, ...]


def related(tx: Session, catalog: Catalog, actor: Actor, seen: View, record: Record) -> list[Related]:
    """What points at the record, table by table; of the first twelve the rows, in one round trip for all of them.

    Tables, rows and columns the person may not see are left out, as if they did not point here.
    """
    if (
        seen.catalog is not catalog
    ):  # what is remembered looks into other tables, so the shape must tell of them
        seen = view(actor, seen.table, catalog)
    found = ((one, _values(one.foreign, record)) for one in _lists(catalog, actor, seen))
    lists = [(one, values) for one, values in found if values is not None]
    served = {n for n, (one, _) in enumerate(lists[:MOST_LISTS]) if is_served(one.table, one.foreign)}
    cap = next((each for each in _CAPS if each * len(served) <= _COUNTED), _CAPS[-1])
    rows: dict[int, list[RelatedRow]] = {n: [] for n in served}
    counts: dict[int, Count] = {}
    for number, key, title, cells, total in _read(tx, catalog, actor, seen, lists, served, cap):
        if total is not None:
            counts[number] = Count(min(total, cap), more=total > cap)
        else:
            rows[number].append(RelatedRow(key_text(key) if key else None, title or "", tuple(cells)))
    return [
        Related(one.label, one.table.ref, one.foreign, _args(one.foreign, values), rows.get(n, []),
                counts.get(n, UNKNOWN), n in served or n >= MOST_LISTS, one.columns, n < MOST_LISTS)
        for n, (one, values) in enumerate(lists)
    ]  # fmt: skip


def _lists(catalog: Catalog, actor: Actor, seen: View) -> tuple[_List, ...]:
    """The tables that point at rows of the view, in order of their names: the same for all of its shape."""
    remembered = ("pointing here", id(catalog))
    found: tuple[_List, ...] | None = seen.shape.memory.get(remembered)
    if found is None:
        pointing = [(one, _source(catalog, actor, seen, one)) for one in seen.table.referenced_by]
        sources = [(one, source) for one, source in pointing if source is not None]
        sources.sort(key=lambda each: each[1].table.label.casefold())
        tables = [source.table for _, source in sources]
        found = tuple(
            _List(one, source.table, _columns(source, one), _label(one, source, tables))
            for one, source in sources
        )
        seen.shape.memory[remembered] = found
    return found


def _source(catalog: Catalog, actor: Actor, seen: View, foreign: ForeignKey) -> View | None:
    try:
        source = view(actor, catalog.source(foreign), catalog)
    except NotVisible:
        return None
    # Through a masked column one would learn what the mask hides.
    if not all(map(source.sees, foreign.columns)) or not all(map(seen.sees, foreign.target_columns)):
        return None
    return source


def _values(foreign: ForeignKey, record: Record) -> tuple[str, ...] | None:
    """What the record is pointed at by; None where part of it is missing, so that nothing can."""
    values = [record.values.get(name) for name in foreign.target_columns]
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else None


def _columns(source: View, foreign: ForeignKey) -> tuple[str, ...]:
    """What stands beside the title: of the list's columns the short ones that the title does not say."""
    table = source.table
    said = {str(part) for kind, part, *_ in table.resource.title if kind == "column"}
    return tuple(
        name
        for name in default_columns(source)
        if source.sees(name)
        and name not in said
        and name not in foreign.columns
        and not table.references_of(name)
        and table.columns[name].identity is None
        and table.columns[name].category not in _TOO_LONG
    )[:COLUMNS]


def is_served(table: Table, foreign: ForeignKey) -> bool:
    """Whether the rows that point somewhere by a foreign key are quickly found: by an index, or among few."""
    return _index(table, foreign, ()) is not None or known_rows(table) < SMALL


def _index(table: Table, foreign: ForeignKey, then: tuple[str, ...]) -> Index | None:
    """An index of the foreign key's columns, followed by `then`."""
    width = len(foreign.columns)
    for index in table.indexes:
        leading = {column.name for column in index.columns[:width]}
        fits = index.predicate is None or "IS NOT NULL" in index.predicate.upper()
        after = tuple(column.name for column in index.columns[width : width + len(then)])
        if index.method == "btree" and fits and leading == set(foreign.columns) and after == then:
            return index
    return None


def _read(
    tx: Session,
    catalog: Catalog,
    actor: Actor,
    seen: View,
    lists: Sequence[tuple[_List, tuple[str, ...]]],
    served: Collection[int],
    cap: int,
) -> list[Any]:
    if not served:
        return []

    def make() -> sa.CompoundSelect[Any]:
        chosen = [(n, lists[n][0]) for n in sorted(served)]
        return _statement(
            [_Asked(n, one.foreign, view(actor, one.table, catalog), one.columns) for n, one in chosen], cap
        )

    # Which of them have no value here, or no index just now, tells one statement from another.
    what = ("related", cap, *((n, lists[n][0].foreign.ref, lists[n][0].foreign.name) for n in sorted(served)))
    values = {_bind(n, place): value for n in served for place, value in enumerate(lists[n][1])}
    return read(tx, seen, what, make, values)


def _bind(number: int, place: int) -> str:
    return f"to{number}_{place}"


def _statement(lists: Sequence[_Asked], cap: int) -> sa.CompoundSelect[Any]:
    parts: list[sa.Select[Any]] = []
    for one in lists:
        number: Any = sa.literal_column(str(one.number)).label("list")
        found = _matches(one, cap).cte(f"found{one.number}").prefix_with("MATERIALIZED")
        parts.append(_first(number, one, found))
        total = sa.select(sa.func.count()).select_from(found).scalar_subquery()
        nothing = (
            sa.cast(sa.null(), ARRAY(sa.Text)).label("key"),
            sa.cast(sa.null(), sa.Text).label("title"),
            sa.cast(sa.null(), ARRAY(sa.Text)).label("cells"),
        )
        parts.append(sa.select(number, *nothing, total.label("total")))
    return sa.union_all(*parts)


def _matches(one: _Asked, cap: int) -> sa.Select[Any]:
    """Every row that points here, up to the cap of counts; the fence: no plan may walk the key instead."""
    source = one.source
    names = source.table.key
    items: list[Any] = [source.raw(name).label(f"k{n}") for n, name in enumerate(names)] or [
        sa.literal_column("1")
    ]
    return source.select(*items).where(*_pointing(one)).limit(sa.literal_column(str(cap + 1)))


def _pointing(one: _Asked) -> list[sa.ColumnElement[bool]]:
    source = one.source
    return [
        source.raw(name) == bound(source, name, _bind(one.number, place))
        for place, name in enumerate(one.foreign.columns)
    ]


def _first(number: Any, one: _Asked, found: sa.CTE) -> sa.Select[Any]:
    source, names = one.source, one.source.table.key
    nothing = sa.cast(sa.null(), sa.BigInteger).label("total")
    most: Any = sa.literal_column(str(SHOWN))
    if not names:
        no_key = sa.cast(sa.null(), ARRAY(sa.Text)).label("key")
        items = (number, no_key, source.title().label("title"), _cells(one), nothing)
        return sa.select(source.select(*items).where(*_pointing(one)).limit(most).subquery())
    keys = [source.raw(name).label(f"k{n}") for n, name in enumerate(names)]
    if (
        _index(source.table, one.foreign, names) is not None
    ):  # which has them in order: the newest are really the newest
        newest = source.select(*keys).where(*_pointing(one)).order_by(*(key.desc() for key in keys))
    else:
        newest = sa.select(found).order_by(*(found.c[f"k{n}"].desc() for n in range(len(names))))
    cut = newest.limit(most).subquery()
    same = sa.and_(*(source.raw(name) == cut.c[f"k{n}"] for n, name in enumerate(names)))
    key = _array(source, names)
    rows = source.select(number, key.label("key"), source.title().label("title"), _cells(one), nothing).join(
        cut, same
    )
    return sa.select(rows.order_by(*(cut.c[f"k{n}"].desc() for n in range(len(names)))).subquery())


def _array(source: View, names: tuple[str, ...]) -> Any:
    return array([source.text(name) for name in names], type_=sa.Text())


def _cells(one: _Asked) -> Any:
    texts = [one.source.brief(name, LONGEST) for name in one.columns]
    return sa.cast(array(texts, type_=sa.Text()), ARRAY(sa.Text)).label("cells")


def _label(foreign: ForeignKey, source: View, tables: Sequence[Table]) -> str:
    """The table's name; with the column where a table points here by two."""
    twice = sum(one is source.table for one in tables) > 1
    column = source.column(foreign.columns[-1]).column.label
    return f"{source.table.label} ({column})" if twice else source.table.label


def _args(foreign: ForeignKey, values: Sequence[str]) -> dict[str, str]:
    pairs = zip(foreign.columns, values, strict=True)
    return {filter_name(name, "is"): value for name, value in pairs}

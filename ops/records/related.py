"""Rows that point at a row: the newest five of each table, and how many, in one statement for all tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog, ForeignKey, Index, key_text
from ops.policy import NotVisible, View, view
from ops.records.counting import UNKNOWN, Count
from ops.records.facts import SMALL, known_rows
from ops.records.query import default_columns, filter_name
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


@dataclass(frozen=True)
class _List:
    foreign: ForeignKey
    source: View
    values: tuple[str, ...]
    columns: tuple[str, ...]


def related(tx: Session, catalog: Catalog, actor: Actor, seen: View, record: Record) -> list[Related]:
    """What points at the record, table by table; of the first twelve the rows, in one round trip for all of them.

    Tables, rows and columns the person may not see are left out, as if they did not point here.
    """
    lists = [
        one for one in (_list(catalog, actor, seen, record, fk) for fk in seen.table.referenced_by) if one
    ]
    lists.sort(key=lambda one: one.source.table.label.casefold())
    served = {n: one for n, one in enumerate(lists[:MOST_LISTS]) if is_served(one.source, one.foreign)}
    cap = next((each for each in _CAPS if each * len(served) <= _COUNTED), _CAPS[-1])
    rows: dict[int, list[RelatedRow]] = {n: [] for n in served}
    counts: dict[int, Count] = {}
    for row in tx.execute(_statement(served, cap)) if served else ():
        if row.total is not None:
            counts[row.list] = Count(min(row.total, cap), more=row.total > cap)
        else:
            key = key_text(row.key) if row.key else None
            rows[row.list].append(RelatedRow(key, row.title or "", tuple(row.cells)))
    return [
        Related(_label(one, lists), one.source.table.ref, one.foreign, _args(one), rows.get(n, []),
                counts.get(n, UNKNOWN), n in served or n >= MOST_LISTS, one.columns, n < MOST_LISTS)
        for n, one in enumerate(lists)
    ]  # fmt: skip


def _list(catalog: Catalog, actor: Actor, seen: View, record: Record, foreign: ForeignKey) -> _List | None:
    try:
        source = view(actor, catalog.source(foreign), catalog)
    except NotVisible:
        return None
    # Through a masked column one would learn what the mask hides.
    if not all(map(source.sees, foreign.columns)) or not all(map(seen.sees, foreign.target_columns)):
        return None
    values = [record.values.get(name) for name in foreign.target_columns]
    known = tuple(value for value in values if value is not None)
    return _List(foreign, source, known, _columns(source, foreign)) if len(known) == len(values) else None


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


def is_served(source: View, foreign: ForeignKey) -> bool:
    """Whether the rows that point somewhere by a foreign key are quickly found: by an index, or among few."""
    return known_rows(source.table) < SMALL or _index(source, foreign, ()) is not None


def _index(source: View, foreign: ForeignKey, then: tuple[str, ...]) -> Index | None:
    """An index of the foreign key's columns, followed by `then`."""
    width = len(foreign.columns)
    for index in source.table.indexes:
        leading = {column.name for column in index.columns[:width]}
        fits = index.predicate is None or "IS NOT NULL" in index.predicate.upper()
        after = tuple(column.name for column in index.columns[width : width + len(then)])
        if index.method == "btree" and fits and leading == set(foreign.columns) and after == then:
            return index
    return None


def _statement(lists: Mapping[int, _List], cap: int) -> sa.CompoundSelect[Any]:
    parts: list[sa.Select[Any]] = []
    for n, one in lists.items():
        number: Any = sa.literal_column(str(n)).label("list")
        found = _matches(one, cap).cte(f"found{n}").prefix_with("MATERIALIZED")
        parts.append(_first(number, one, found))
        total = sa.select(sa.func.count()).select_from(found).scalar_subquery()
        nothing = (
            sa.cast(sa.null(), ARRAY(sa.Text)).label("key"),
            sa.cast(sa.null(), sa.Text).label("title"),
            sa.cast(sa.null(), ARRAY(sa.Text)).label("cells"),
        )
        parts.append(sa.select(number, *nothing, total.label("total")))
    return sa.union_all(*parts)


def _matches(one: _List, cap: int) -> sa.Select[Any]:
    """Every row that points here, up to the cap of counts; the fence: no plan may walk the key instead."""
    source = one.source
    names = source.table.key
    items: list[Any] = [source.raw(name).label(f"k{n}") for n, name in enumerate(names)] or [
        sa.literal_column("1")
    ]
    return source.select(*items).where(*_pointing(one)).limit(sa.literal_column(str(cap + 1)))


def _pointing(one: _List) -> list[sa.ColumnElement[bool]]:
    pairs = zip(one.foreign.columns, one.values, strict=True)
    return [one.source.raw(name) == one.source.constant(name, value) for name, value in pairs]


def _first(number: Any, one: _List, found: sa.CTE) -> sa.Select[Any]:
    source, names = one.source, one.source.table.key
    nothing = sa.cast(sa.null(), sa.BigInteger).label("total")
    most: Any = sa.literal_column(str(SHOWN))
    if not names:
        no_key = sa.cast(sa.null(), ARRAY(sa.Text)).label("key")
        items = (number, no_key, source.title().label("title"), _cells(one), nothing)
        return sa.select(source.select(*items).where(*_pointing(one)).limit(most).subquery())
    keys = [source.raw(name).label(f"k{n}") for n, name in enumerate(names)]
    if (
        _index(source, one.foreign, names) is not None
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


def _cells(one: _List) -> Any:
    texts = [one.source.brief(name, LONGEST) for name in one.columns]
    return sa.cast(array(texts, type_=sa.Text()), ARRAY(sa.Text)).label("cells")


def _label(one: _List, lists: list[_List]) -> str:
    """The table's name; with the column where a table points here by two."""
    table = one.source.table
    twice = sum(other.source.table is table for other in lists) > 1
    column = one.source.column(one.foreign.columns[-1]).column.label
    return f"{table.label} ({column})" if twice else table.label


def _args(one: _List) -> dict[str, str]:
    pairs = zip(one.foreign.columns, one.values, strict=True)
    return {filter_name(name, "is"): value for name, value in pairs}

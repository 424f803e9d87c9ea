"""Rows to choose from: small tables whole, in one statement for all of them; large ones are searched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from ops.policy import NotVisible, View
from ops.records.listing import page
from ops.records.query import ListQuery
from ops.records.remembered import read
from ops.records.rows import Also

FEW = 50  # rows: up to so many are offered as one list, more are searched
MOST = 20  # rows that a search offers at a time
_LONGEST = 200  # characters of what is typed
Wanted = Sequence[tuple[View, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Offer:
    """A row one may choose: what a reference to it holds, and what it is called."""

    values: tuple[str, ...]
    title: str


def whole(
    tx: Session, wanted: Wanted, brought: Iterable[Sequence[Any]] | None = None
) -> list[list[Offer] | None]:
    """All rows of each table with their values of these columns, by title; None for one of more than fifty.

    One round trip, whatever their number, and none where another statement has `brought` what `whole_also` asks for;
    a table that has grown since the catalog was read costs 51 rows.
    """
    found: list[list[Offer]] = [[] for _ in wanted]
    if brought is None and wanted:
        brought = read(tx, wanted[0][0], ("whole", *_named(wanted)), lambda: _every(wanted), {})
    for number, title, values in brought or ():
        if None not in values:
            found[number].append(Offer(tuple(values), title))
    return [
        None if len(one) > FEW else sorted(one, key=lambda offer: offer.title.casefold()) for one in found
    ]


def whole_also(wanted: Wanted) -> Also:
    """The same as one more item of the statement that reads a row."""

    def make() -> sa.ColumnElement[Any]:
        every = _every(wanted).subquery("every")
        listed = sa.func.jsonb_agg(sa.func.jsonb_build_array(every.c.number, every.c.title, every.c.parts))
        return sa.select(listed).select_from(every).scalar_subquery()

    return Also(repr(("whole", *_named(wanted))), make)


def _named(wanted: Wanted) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((view.table.ref, columns) for view, columns in wanted)


def _every(wanted: Wanted) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    parts = [_part(number, view, columns) for number, (view, columns) in enumerate(wanted)]
    return parts[0] if len(parts) == 1 else sa.union_all(*parts)


def offered(tx: Session, view: View, columns: Sequence[str], text: str) -> list[Offer]:
    """Up to twenty rows that a search for `text` finds, as a list finds them.

    Raises NotVisible for a column that the person does not see in full.
    """
    for name in columns:
        if not view.sees(name):
            raise NotVisible(name)
    query = ListQuery(columns=tuple(columns), search=text.strip()[:_LONGEST])
    rows = page(tx, view, query, size=MOST, counts=False).rows
    return [
        Offer(tuple(row.cells[name].text for name in columns), row.title)
        for row in rows
        if not any(row.cells[name].null or row.cells[name].cut for name in columns)
    ]


def _part(number: int, view: View, columns: Sequence[str]) -> sa.Select[Any]:
    values = sa.cast(array([view.text(name) for name in columns], type_=sa.Text()), ARRAY(sa.Text))
    some = view.select(
        sa.literal_column(str(number)).label("number"), view.title().label("title"), values.label("parts")
    ).limit(sa.literal_column(str(FEW + 1)))
    return sa.select(some.subquery())

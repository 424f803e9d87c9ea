"""One row in full, found by its key, through the person's View."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import BadAddress, key_text, parse_key
from ops.policy import NotVisible, View, ViewColumn
from ops.records.attached import text_or_digest
from ops.records.probing import values_fit
from ops.records.remembered import Select, bound, read
from ops.records.rows import Also, Record
from ops.records.titles import pointed_from, titles_at, titles_of


def one(
    tx: Session,
    view: View,
    key: str,
    *,
    revealed: bool = False,
    computed: bool = False,
    titled: bool = False,
    also: Sequence[Also] = (),
) -> Record:
    """The row with this key (address form). Raises NotVisible where there is none for the person.

    A key that is none (wrong number of parts, not of the column's type) names no row: NotVisible as well.
    `revealed`: what the person has revealed of the row for now stands in full. `computed`: with the columns that
    the Resource computes. `titled`: with what rows are called that it points at (`Record.titles`). `also`: what else
    the same statement reads.
    """
    parts = _parts(tx, view, key)
    asked = _Asked(view, computed=computed, titled=titled, also=also)
    values = {f"key{n}": part for n, part in enumerate(parts)}
    for each in also:
        values |= each.values
    if revealed and asked.masked:  # by when, and for whom, stands in the statement itself
        rows: Sequence[Any] = tx.execute(asked.statement(view.revealing(key)), values).all()
    else:
        what = ("one", computed, titled, *(each.name for each in also))
        rows = read(tx, view, what, lambda: asked.statement(view), values)
    if not rows:
        raise NotVisible(key)
    return asked.record(rows[0])


class _Asked:
    """What is read of a row, and where it stands in what comes back."""

    def __init__(self, view: View, *, computed: bool, titled: bool, also: Sequence[Also]) -> None:
        self.view, self.also = view, also
        self.columns: tuple[ViewColumn, ...] = view.shown if computed else view.columns
        self.masked = [one.name for one in view.columns if one.masked]
        self.files = [one.name for one in view.columns if one.column.category == "bytes" and not one.masked]
        self.pointed = pointed_from(view) if titled else ()

    def statement(self, view: View) -> Select:
        """The statement for a view, which may be one that reveals."""
        items: list[Any] = [text_or_digest(view, one.name) for one in self.columns]
        items.append(view.title())
        items += [view.revealed_until(name) for name in self.masked]
        items += [sa.func.octet_length(view.raw(name)) for name in self.files]
        items += titles_at(view, self.pointed)
        items += [each.make() for each in self.also]
        same = (view.raw(name) == bound(view, name, f"key{n}") for n, name in enumerate(view.table.key))
        return view.select(*(item.label(f"c{n}") for n, item in enumerate(items))).where(*same)

    def record(self, row: Sequence[Any]) -> Record:
        """What came back, as a record."""
        rest = iter(row)
        values = {one.name: next(rest) for one in self.columns}
        title = next(rest) or ""
        until = {name: next(rest) for name in self.masked}
        sizes = {name: next(rest) for name in self.files}
        return Record(
            key_text([values[name] or "" for name in self.view.table.key]),
            values,
            title,
            {name: moment for name, moment in until.items() if moment is not None},
            {name: size for name, size in sizes.items() if size is not None},
            titles_of(self.pointed, values, [next(rest) for _ in self.pointed]),
            {each.name: next(rest) for each in self.also},
        )


def key_condition(tx: Session, view: View, key: str) -> sa.ColumnElement[bool]:
    """The condition that names the row of this key. Raises NotVisible for what cannot be a key."""
    pairs = zip(view.table.key, _parts(tx, view, key), strict=True)
    return sa.and_(*(view.raw(name) == view.constant(name, part) for name, part in pairs))


def _parts(tx: Session, view: View, key: str) -> tuple[str, ...]:
    names = view.table.key
    if not names:
        raise NotVisible(key)
    try:
        parts = parse_key(key, len(names))
    except BadAddress as error:
        raise NotVisible(key) from error
    if not values_fit(tx, view, list(zip(names, parts, strict=True))):
        raise NotVisible(key)
    return parts

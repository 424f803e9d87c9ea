"""One row in full, found by its key, through the person's View."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import BadAddress, key_text, parse_key
from ops.policy import NotVisible, View
from ops.records.attached import text_or_digest
from ops.records.probing import values_fit
from ops.records.rows import Record


def one(
    tx: Session,
    view: View,
    key: str,
    *,
    revealed: bool = False,
    computed: bool = False,
    also: sa.ColumnElement[Any] | None = None,
) -> Record:
    """The row with this key (address form). Raises NotVisible where there is none for the person.

    A key that is none (wrong number of parts, not of the column's type) names no row: NotVisible as well.
    `revealed`: what the person has revealed of the row for now stands in full. `computed`: with the columns that
    the Resource computes. `also` is one more item of the same statement, whose value comes back as `Record.also`.
    """
    condition = key_condition(tx, view, key)
    columns = view.shown if computed else view.columns
    masked = [column.name for column in view.columns if column.masked]
    if revealed and masked:
        view = view.revealing(key)
    items = [text_or_digest(view, column.name).label(f"c{n}") for n, column in enumerate(columns)]
    items.append(view.title().label("title"))
    items += [view.revealed_until(name).label(f"u{n}") for n, name in enumerate(masked) if revealed]
    files = [
        column.name for column in view.columns if column.column.category == "bytes" and not column.masked
    ]
    items += [sa.func.octet_length(view.raw(name)).label(f"s{n}") for n, name in enumerate(files)]
    if also is not None:
        items.append(also.label("also"))
    row = tx.execute(view.select(*items).where(condition)).one_or_none()
    if row is None:
        raise NotVisible(key)
    values = {column.name: row[n] for n, column in enumerate(columns)}
    rest = row[len(columns) + 1 : -1 if also is not None else None]
    until = dict(zip(masked, rest, strict=False)) if revealed else {}
    sizes = dict(zip(files, rest[len(rest) - len(files) :], strict=True))
    return Record(
        key_text([values[name] or "" for name in view.table.key]),
        values,
        row.title or "",
        {name: moment for name, moment in until.items() if moment is not None},
        {name: size for name, size in sizes.items() if size is not None},
        row.also if also is not None else None,
    )


def key_condition(tx: Session, view: View, key: str) -> sa.ColumnElement[bool]:
    """The condition that names the row of this key. Raises NotVisible for what cannot be a key."""
    names = view.table.key
    if not names:
        raise NotVisible(key)
    try:
        parts = parse_key(key, len(names))
    except BadAddress as error:
        raise NotVisible(key) from error
    pairs = list(zip(names, parts, strict=True))
    if not values_fit(tx, view, pairs):
        raise NotVisible(key)
    return sa.and_(*(view.raw(name) == view.constant(name, part) for name, part in pairs))

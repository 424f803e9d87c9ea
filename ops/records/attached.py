"""Rows that belong to a row: its children by one foreign key, whole, for a form that holds parent and children."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import ForeignKey, key_text
from ops.policy import View
from ops.records.remembered import bound, read
from ops.records.rows import Also, Record
from ops.records.titles import pointed_from, titles_at, titles_of

MOST = 50  # on one form; more are a list of their own
_LONGEST = 4095  # bytes of a file from which its text is longer than the door compares as it is


def attached(
    tx: Session, view: View, foreign: ForeignKey, values: Sequence[str]
) -> tuple[list[Record], bool]:
    """The first fifty rows of `view` whose `foreign` key is `values`, by key, and whether there are more.

    With what rows are called that they point at, beside the one they belong to.
    """
    said = {f"of{n}": value for n, value in enumerate(values)}
    what = ("attached", foreign.name)
    return attached_of(
        view, foreign, read(tx, view, what, lambda: _select(view, foreign, "of", _items(view, foreign)), said)
    )


def attached_also(name: str, number: int, view: View, foreign: ForeignKey, values: Sequence[str]) -> Also:
    """The same as one more item of the statement that reads the row they belong to, which `attached_of` reads.

    `number` tells the values of one such item from those of others in the same statement.
    """
    bind = f"of{number}_"

    def make() -> sa.ColumnElement[Any]:
        one = sa.func.jsonb_build_array(*_items(view, foreign))
        rows = _select(view, foreign, bind, [one]).correlate(None).scalar_subquery()
        return sa.func.to_jsonb(sa.func.array(rows))  # an array keeps the order of its SELECT

    return Also(name, make, {f"{bind}{n}": value for n, value in enumerate(values)})


def attached_of(view: View, foreign: ForeignKey, rows: Sequence[Sequence[Any]]) -> tuple[list[Record], bool]:
    """What came back, as records, and whether there are more."""
    names, pointed = [one.name for one in view.columns], _pointed(view, foreign)
    return [_record(view, names, pointed, row) for row in rows[:MOST]], len(rows) > MOST


def _select(view: View, foreign: ForeignKey, bind: str, items: Sequence[Any]) -> sa.Select[Any]:
    same = (view.raw(name) == bound(view, name, f"{bind}{n}") for n, name in enumerate(foreign.columns))
    return (
        view.select(*(item.label(f"c{n}") for n, item in enumerate(items)))
        .where(*same)
        .order_by(*(view.raw(name) for name in view.table.key))
        .limit(sa.literal_column(str(MOST + 1)))
    )


def _items(view: View, foreign: ForeignKey) -> list[sa.ColumnElement[Any]]:
    texts = [text_or_digest(view, one.name) for one in view.columns]
    return [*texts, view.title(), *titles_at(view, _pointed(view, foreign))]


def _pointed(view: View, foreign: ForeignKey) -> list[ForeignKey]:
    return [one for one in pointed_from(view) if one is not foreign]


def text_or_digest(view: View, name: str) -> sa.ColumnElement[Any]:
    """A column as `view.text` has it; of a large file its digest alone, as the door compares it: files never travel."""
    text = view.text(name)
    if view.column(name).column.category != "bytes" or not view.sees(name):
        return text
    raw = sa.func.convert_to(text, sa.literal_column("'UTF8'"))
    digest = sa.func.concat(
        sa.literal_column("'sha256:'"), sa.func.encode(sa.func.sha256(raw), sa.literal_column("'hex'"))
    )
    large = sa.func.octet_length(view.raw(name)) > sa.literal_column(str(_LONGEST))
    return sa.case((large, digest), else_=text)


def _record(view: View, names: Sequence[str], pointed: Sequence[ForeignKey], row: Sequence[Any]) -> Record:
    values: dict[str, str | None] = dict(zip(names, row, strict=False))
    key = key_text([values[name] or "" for name in view.table.key])
    title, *titles = row[len(names) :]
    return Record(key, values, title or "", titles=titles_of(pointed, values, titles))

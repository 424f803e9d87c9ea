"""Rows that belong to a row: its children by one foreign key, whole, for a form that holds parent and children."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import ForeignKey, key_text
from ops.policy import View
from ops.records.rows import Record

MOST = 50  # on one form; more are a list of their own
_LONGEST = 4095  # bytes of a file from which its text is longer than the door compares as it is


def attached(
    tx: Session, view: View, foreign: ForeignKey, values: Sequence[str]
) -> tuple[list[Record], bool]:
    """The first fifty rows of `view` whose `foreign` key is `values`, by key, and whether there are more."""
    same = (
        view.raw(name) == view.constant(name, text)
        for name, text in zip(foreign.columns, values, strict=True)
    )
    names = [one.name for one in view.columns]
    items = [text_or_digest(view, name).label(f"c{n}") for n, name in enumerate(names)]
    rows = tx.execute(
        view.select(*items, view.title().label("title"))
        .where(*same)
        .order_by(*(view.raw(name) for name in view.table.key))
        .limit(sa.literal_column(str(MOST + 1)))
    ).all()
    return [_record(view, names, row) for row in rows[:MOST]], len(rows) > MOST


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


def _record(view: View, names: Sequence[str], row: sa.Row[Any]) -> Record:
    values: dict[str, str | None] = dict(zip(names, row[:-1], strict=True))
    return Record(key_text([values[name] or "" for name in view.table.key]), values, row.title or "")

"""Foreign keys that rows of a change set: their targets must be there for the person who asks (P14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from ops.catalog import ForeignKey
from ops.changes.bulk import writing
from ops.changes.bulk.targets import Result
from ops.policy import NotVisible, view
from ops.words import t

if TYPE_CHECKING:
    from ops.changes.bulk.locking import Chunk, Going, Terms


def within_sight(tx: Session, terms: Terms, going: list[Going], chunk: Chunk) -> list[Going]:
    """The rows without those that would refer to what the person does not see: these fail.

    One statement for each foreign key whose target's rows are limited for the person; whether a target is there at
    all is PostgreSQL's to say.
    """
    for foreign in terms.table.foreign_keys:
        lost = _lost(tx, terms, foreign, going)
        if lost:
            text = t("door.no_target", row=terms.catalog.target(foreign).label_one)
            chunk.results += [Result(position, "failed", text) for position in sorted(lost)]
            going = [one for one in going if one.target.position not in lost]
    return going


def _lost(tx: Session, terms: Terms, foreign: ForeignKey, going: Sequence[Going]) -> set[int]:
    setting = [one for one in going if set(foreign.columns) & set(one.after)]
    if not setting:
        return set()
    try:
        target = view(terms.actor, terms.catalog.target(foreign))
    except NotVisible:
        return {one.target.position for one in setting}
    if not target.limited_rows():
        return set()
    wanted: dict[tuple[str, ...], set[int]] = {}
    for one in setting:
        row = {**(one.before or {}), **one.after}
        values = [row.get(name) for name in foreign.columns]
        if None not in values:
            wanted.setdefault(tuple(value or "" for value in values), set()).add(one.target.position)
    texts = list(wanted)
    found = writing.there(tx, target.table, foreign.target_columns, texts, target.rows()) if texts else set()
    return {position for n, text in enumerate(texts) if n not in found for position in wanted[text]}

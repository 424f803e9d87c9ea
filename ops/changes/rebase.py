"""A change as its maker takes it up again: of each column what was seen, what was asked for, and what is there now.

The form made of it brings back, as its base, what is there now: so a revision never overwrites what nobody looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import BadAddress, Catalog, Column, Table
from ops.changes import writing
from ops.changes.authorise import settable
from ops.changes.known import known
from ops.changes.operation import Link, Operation, base_of, fold, reference
from ops.changes.revise import why_not_revise
from ops.changes.sight import in_sight
from ops.changes.store import ChangeSet
from ops.policy import NotVisible, View


@dataclass(frozen=True, slots=True)
class Side:
    """One column: `original` as the proposer saw it (a long text by its digest), `proposed`, `now`. Where not
    `touched` the change leaves it alone so far.
    """

    column: Column
    original: str | None
    proposed: str | None
    now: str | None
    touched: bool

    @property
    def moved(self) -> bool:
        """Whether somebody else changed what this change is about."""
        return self.touched and fold(self.now) != fold(self.original) and not self.there_already

    @property
    def there_already(self) -> bool:
        """Whether what was asked for stands there by now."""
        return self.touched and self.now == self.proposed


@dataclass(frozen=True, slots=True)
class Row:
    """One operation to be revised. `gone`: its row is not there any more, so nothing can be done to it."""

    position: int
    kind: str
    table: Table
    key: str | None
    title: str | None
    sides: tuple[Side, ...]
    links: Mapping[str, Link]
    gone: bool
    now: Mapping[str, str | None]  # the row as the person sees it now, folded: the base of what they send

    @property
    def moved(self) -> int:
        """How many of its values are not what the proposer saw."""
        return sum(one.moved for one in self.sides)


@dataclass(frozen=True, slots=True)
class Taken:
    """The change, as somebody takes it up to revise it. `why_not`: why they may not, in words."""

    change: ChangeSet
    rows: tuple[Row, ...]
    why_not: str | None

    @property
    def reference(self) -> str:
        """CH-1042."""
        return reference(self.change.id)

    @property
    def moved(self) -> int:
        """How many values moved, over all rows."""
        return sum(one.moved for one in self.rows)


def taken_up(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> Taken:
    """The change for somebody who would revise it. Raises NotVisible where it is not theirs to know of."""
    change, operations, views = known(tx, catalog, actor, change_id)
    if change.proposer_id != actor.person_id and not all(map(in_sight, [tx] * len(views), views, operations)):
        raise NotVisible(reference(change_id))
    why = why_not_revise(tx, actor, change, operations)
    rows = () if why else tuple(_rows(tx, views, operations))
    return Taken(change, rows, why)


def _rows(tx: Session, views: Sequence[View], operations: Sequence[Operation]) -> list[Row]:
    found = []
    for position, (seen, one) in enumerate(zip(views, operations, strict=True)):
        now, title = (None, None) if one.kind == "create" else _now(tx, seen, one)
        found.append(
            Row(position, one.kind, one.table, one.key, title, _sides(seen, one, now or {}), one.links,
                gone=one.kind != "create" and now is None, now=base_of(now or {}))
        )  # fmt: skip
    return found


def _now(tx: Session, seen: View, one: Operation) -> tuple[dict[str, str | None] | None, str | None]:
    """The row as it is now in the person's eyes, unmasked columns alone, and its title."""
    try:
        parts = one.parts
    except BadAddress:
        return None, None
    names = [column.column.name for column in seen.columns if not column.masked]
    columns = (seen.title(), *(seen.text(name) for name in names))
    row = tx.execute(seen.select(*columns).where(writing.is_row(seen.table, parts))).first()
    return (None, None) if row is None else (dict(zip(names, row[1:], strict=True)), row[0])


def _sides(seen: View, one: Operation, now: Mapping[str, str | None]) -> tuple[Side, ...]:
    if one.kind == "delete":
        return tuple(
            Side(one.table.columns[name], text, None, now.get(name), True)
            for name, text in one.base.items()
            if name in one.table.columns
        )
    offered = settable(seen, one.kind) - frozenset(one.links)
    return tuple(
        Side(column, one.base.get(name), one.after.get(name) if name in one.after else now.get(name),
             now.get(name), name in one.after)
        for name, column in one.table.columns.items()
        if name in offered
    )  # fmt: skip

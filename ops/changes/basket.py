"""A basket: edits of several rows and tables, collected by one person and sent in together as one change.

What lies in it is no change yet: nobody is asked, nothing is locked, nothing of the company is touched. The door looks
at all of it when it is sent, as at any other change; it is sent whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from ops import identity
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import basket_rows, refusals, sentences, weighing
from ops.changes.authorise import authorise
from ops.changes.basket_rows import BasketRow, sweep
from ops.changes.errors import Invalid, Rejected, Stale, Unfit
from ops.changes.operation import Operation, Outcome
from ops.changes.propose import propose
from ops.changes.show import OperationView, preview
from ops.changes.values import problems
from ops.db import Database
from ops.policy import Forbidden, NotVisible
from ops.words import t

__all__ = [
    "MOST_ROWS",
    "Basket",
    "BasketRow",
    "Seen",
    "add",
    "basket_of",
    "discard",
    "remove",
    "submit",
    "sweep",
]

MOST_ROWS = 100
MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """One row as its person sees it now; `view` is None where table or rights are not what they were."""

    row: BasketRow
    view: OperationView | None


@dataclass(frozen=True, slots=True)
class Basket:
    """What one person has collected. `stamp` names exactly this content: what is sent is what was looked at."""

    rows: tuple[Seen, ...]
    reason: str

    @property
    def stamp(self) -> str:
        """A digest of the rows as they are."""
        return stamp_of([one.row for one in self.rows])


def stamp_of(rows: Sequence[BasketRow]) -> str:
    """A digest of these rows in these versions."""
    return hashlib.sha256(json.dumps([(one.id, one.version) for one in rows]).encode()).hexdigest()[:32]


def add(
    db: Database, catalog: Catalog, actor: Actor, operations: Sequence[Operation], *, token: str, reason: str = ""
) -> int:  # fmt: skip
    """Put rows into the person's basket; return how many it has now. The same form again adds nothing.

    A row that is there already gets what was typed last, column by column. Raises Invalid (a value that cannot be
    stored, too many rows), Forbidden, NotVisible, identity.Disabled.
    """
    weighing.said(reason)
    wanted = weighing.wanted(operations)
    if any(one.table.house for one in wanted):
        raise Forbidden(t("basket.no_rights"))
    with refusals.recorded(db, actor, "change.collected", wanted):
        try:
            with db.transaction() as tx:
                return _add(tx, actor, wanted, token, reason)
        except Rejected as error:
            raise weighing.explained(db, catalog, actor, wanted, error) from error


def _add(tx: Session, actor: Actor, wanted: Sequence[Operation], token: str, reason: str) -> int:
    actor = identity.current_actor(tx, actor)
    authorise(actor, wanted)
    _fit(tx, wanted)
    me = _me(actor)
    basket_rows.open_basket(tx, me, reason)
    basket_rows.put(tx, me, token, wanted)
    count, weight = basket_rows.size(tx, me)
    if count > MOST_ROWS or weight > MOST_BYTES:
        raise Invalid({}, t("basket.full", most=MOST_ROWS, megabytes=MOST_BYTES // 1024**2))
    return count


def basket_of(tx: Session, catalog: Catalog, actor: Actor) -> Basket:
    """The person's basket, each row beside how it stands now."""
    me = _me(actor)
    rows = basket_rows.read(tx, catalog, me)
    return Basket(
        tuple(Seen(one, _seen(tx, catalog, actor, one, rows)) for one in rows), basket_rows.reason_of(tx, me)
    )


def remove(db: Database, actor: Actor, row_id: int) -> int:
    """Take one row out, and those that need its values; how many that were."""
    with db.transaction() as tx:
        return basket_rows.remove(tx, _me(actor), row_id)


def discard(db: Database, actor: Actor) -> bool:
    """Take everything out; whether there was anything."""
    with db.transaction() as tx:
        return basket_rows.discard(tx, _me(actor))


def submit(
    db: Database, catalog: Catalog, actor: Actor, *, stamp: str, reason: str = "", title: str = "",
    token: str | None = None, apply_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """Send everything in as one change: all of it passes the door, or none of it does and it stays in the basket.

    The rows leave the basket in the transaction that makes the change. Raises Stale where the basket is not what
    `stamp` names, and what `propose` raises; `position` of those is the place in the basket.
    """
    me = _me(actor)
    with db.reading() as tx:
        rows = basket_rows.read(tx, catalog, me)
    current = stamp_of(rows) == stamp
    asked = [one.operation for one in rows if one.operation is not None] if current else []
    if current:
        _whole(rows)

    def leave(tx: Session, _: int) -> None:
        # Another tab sent or changed it between our reading and now: then nothing of this happens.
        if not current or not rows or not basket_rows.take(tx, me, rows):
            raise Stale(t("basket.stale"), "draft")

    if not asked and not (token and _sent_before(db, me, token)):
        raise Stale(t("basket.stale" if rows else "basket.nothing"), "draft")
    return propose(
        db, catalog, actor, asked, title=title, reason=reason, source="form", token=token, apply_at=apply_at,
        within=leave,
    )  # fmt: skip


def _sent_before(db: Database, person_id: int, token: str) -> bool:
    """Whether this very form led to a change already: its basket is empty since."""
    with db.reading() as tx:
        return basket_rows.led_to(tx, person_id, token)


def _whole(rows: Sequence[BasketRow]) -> None:
    """Refuse rows whose table is not what it was when they were added. Raises Invalid."""
    for position, one in enumerate(rows):
        if one.operation is None or one.reshaped:
            raise Invalid({}, t("basket.reshaped", table=one.label), position=position)


def _seen(
    tx: Session, catalog: Catalog, actor: Actor, row: BasketRow, rows: Sequence[BasketRow]
) -> OperationView | None:
    if row.operation is None:
        return None
    try:
        (shown,) = preview(tx, catalog, actor, [_told(row.operation, rows)])
    except NotVisible:
        return None
    return shown


def _told(one: Operation, rows: Sequence[BasketRow]) -> Operation:
    """The operation with its links in words: whose value it will be."""
    after = dict(one.after)
    for name, link in one.links.items():
        label = rows[link.position].label.lower()
        after[name] = t("door.linked", row=label, number=link.position + 1)
    return replace(one, after=after, links=one.links) if one.links else one


def _fit(tx: Session, wanted: Sequence[Operation]) -> None:
    """Refuse what could never be written, as long as its form is there to be told. Raises Rejected."""
    for position, one in enumerate(wanted):
        if one.kind != "delete" and (
            problems(one.table, one.kind, one.after, one.links)
            or sentences.as_written(tx, one.table, one.after) is None
        ):
            raise Rejected(position, Unfit())


def _me(actor: Actor) -> int:
    if actor.person_id is None:
        raise Forbidden(t("door.refused.nobody"))
    return actor.person_id

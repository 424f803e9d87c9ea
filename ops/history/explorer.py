"""The trail explorer: every event, newest first, filtered, paged by id without OFFSET or count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog
from ops.history.events import COLUMNS, JOINED, Event, readable
from ops.policy import Permission, require


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for; None is no condition. `since` and `until` are moments, `until` not included."""

    person_id: int | None = None
    schema: str | None = None
    table: str | None = None
    key: str | None = None
    action: str | None = None
    outcome: str | None = None
    change_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrailPage:
    """One page. `older` and `newer` are ids to page from, None at an end."""

    events: list[Event]
    older: int | None
    newer: int | None


_CONDITIONS: Mapping[str, sa.TextClause] = {
    "person_id": sa.text("e.person_id = :person_id"),
    "schema": sa.text("e.schema_name = :schema"),
    "table": sa.text("e.table_name = :table"),
    "key": sa.text("e.row_key = :key"),
    "action": sa.text("e.action = :action"),
    "outcome": sa.text("e.outcome = :outcome"),
    "change_id": sa.text("e.change_id = :change_id"),
    "since": sa.text("e.at >= :since"),
    "until": sa.text("e.at < :until"),
}


def trail(
    tx: Session,
    catalog: Catalog,
    actor: Actor,
    filters: Filters,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
    size: int = 50,
) -> TrailPage:
    """One page of the whole trail, newest first, from an id on. Raises Forbidden without the permission.

    That it was read is an event too; the caller writes it before anything is shown (P35).
    """
    require(actor, Permission.TRAIL_READ)
    backwards = newer_than is not None and older_than is None
    rows = tx.execute(*_statement(filters, older_than, newer_than, backwards, size + 1)).all()
    more, rows = len(rows) > size, rows[:size]
    rows = rows[::-1] if backwards else rows
    if not rows:
        return TrailPage([], None, None)
    came_from_newer = older_than is not None
    older = rows[-1].id if (more or backwards) else None
    newer = rows[0].id if (came_from_newer or (backwards and more)) else None
    return TrailPage(readable(tx, catalog, actor, rows), older, newer)


def _statement(
    filters: Filters, older_than: int | None, newer_than: int | None, backwards: bool, limit: int
) -> tuple[sa.Select[Any], dict[str, Any]]:
    values = {name: getattr(filters, name) for name in _CONDITIONS if getattr(filters, name) is not None}
    conditions = [_CONDITIONS[name] for name in values]
    if older_than is not None:
        conditions.append(sa.text("e.id < :older_than"))
        values["older_than"] = older_than
    elif newer_than is not None:
        conditions.append(sa.text("e.id > :newer_than"))
        values["newer_than"] = newer_than
    select = sa.select(sa.text(COLUMNS)).select_from(sa.text(JOINED)).where(*conditions)
    order = sa.text("e.id ASC" if backwards else "e.id DESC")
    return select.order_by(order).limit(limit), values

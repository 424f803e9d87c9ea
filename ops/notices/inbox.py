"""A person's own notices: read them a page at a time, mark them as read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct
from ops.notices.bundles import said


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of the inbox. `change_id`: the change it is about, if it is about one.

    `many`: how often it was told of that change before it was read; `text` says the newest and the number.
    """

    id: int
    text: str
    href: str
    created_at: datetime
    unread: bool
    kind: str = "other"
    change_id: int | None = None
    many: int = 1


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of the inbox, newest first; `next` is the `before` of the following one."""

    notices: tuple[Notice, ...]
    next: int | None


_COLUMNS = "id, text, href, created_at, read_at IS NULL AS unread, kind, change_id, many FROM ops.notice"
_LATEST = (
    f"SELECT {_COLUMNS} WHERE person_id = %(person)s AND many > 0 "
    "ORDER BY (read_at IS NULL) DESC, id DESC LIMIT %(limit)s"
)
_PAGE = sa.text(
    f"SELECT {_COLUMNS} WHERE person_id = :person AND many > 0 AND (CAST(:before AS bigint) IS NULL OR id < :before) "
    "AND (NOT :unread OR read_at IS NULL) ORDER BY id DESC LIMIT :limit"
)
_READ = sa.text(
    "UPDATE ops.notice SET read_at = now() WHERE person_id = :person AND read_at IS NULL AND id <= :newest"
)
_READ_ONE = sa.text(
    "UPDATE ops.notice SET read_at = now() WHERE person_id = :person AND read_at IS NULL AND id = :id"
)
# Half a year: what a notice spoke of stands in the changes and in the trail for ever.
_OLD = sa.text(
    "DELETE FROM ops.notice WHERE id IN (SELECT id FROM ops.notice "
    "WHERE created_at < now() - interval '180 days' ORDER BY created_at LIMIT 1000)"
)


def latest(tx: Session, person_id: int, limit: int = 10) -> Sequence[Notice]:
    """The person's newest notices, unread ones first."""
    rows = direct.rows(tx, _LATEST, {"person": person_id, "limit": limit})
    return [_notice(row) for row in rows]


def page(
    tx: Session, person_id: int, *, unread: bool = False, before: int | None = None, size: int = 50
) -> InboxPage:
    """A page of the person's notices, or of those they have not read."""
    values = {"person": person_id, "unread": unread, "before": before, "limit": size + 1}
    rows = [_notice(row) for row in tx.execute(_PAGE, values)]
    return InboxPage(tuple(rows[:size]), rows[size - 1].id if len(rows) > size else None)


def mark_read(tx: Session, person_id: int, newest: int) -> None:
    """Mark the person's notices up to `newest` as read: those that were on the page, no later ones."""
    tx.execute(_READ, {"person": person_id, "newest": newest})


def mark_one(tx: Session, person_id: int, notice_id: int) -> None:
    """Mark one notice of the person as read; somebody else's stays as it is."""
    tx.execute(_READ_ONE, {"person": person_id, "id": notice_id})


def sweep(tx: Session) -> None:
    """Forget notices of more than half a year ago; the clock calls it."""
    tx.execute(_OLD)


def _notice(row: Sequence[Any]) -> Notice:
    number, text, href, created_at, unread, kind, change_id, many = row
    line = said(text, kind, many, new=unread)
    return Notice(number, line, href, created_at, unread, kind, change_id, many)

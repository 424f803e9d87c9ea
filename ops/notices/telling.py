"""Putting notices down: to each person by the way they chose, once for a row of the outbox whatever happens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import work
from ops.catalog import Catalog
from ops.notices import bundles
from ops.notices.kinds import KINDS
from ops.outbox import OutboxRow

# A mail server may be away for hours; then 15 s, 30 s … an hour between two tries.
MAIL_ATTEMPTS = 16
CHAT_ATTEMPTS = 10
MAIL, CHAT = "mail", "chat"  # kinds of work


@dataclass(frozen=True, slots=True)
class Reach:
    """How far notices can go: whether a mail server and a chat are set up, and the tables people may see."""

    catalog: Catalog | None = None
    mail: bool = False
    chat: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told what."""

    person_id: int
    text: str


_PUT = sa.text(
    """
    INSERT INTO ops.notice (outbox_id, person_id, text, href, kind, change_id, route)
    SELECT :outbox_id, x.person_id, x.text, :href, :kind, :change_id, coalesce(c.route, :usual)
    FROM jsonb_to_recordset(CAST(:told AS jsonb)) AS x (person_id bigint, text text)
    LEFT JOIN ops.notice_choice c ON c.person_id = x.person_id AND c.kind = :kind
    WHERE coalesce(c.route, :usual) <> 'none'
    ON CONFLICT (outbox_id, person_id) DO NOTHING RETURNING id, route
    """
)


def tell(
    tx: Session, reach: Reach, row: OutboxRow, kind: str, told: Iterable[Told], *, href: str,
    change_id: int | None = None,
) -> None:  # fmt: skip
    """Give each of `told` a notice of `kind`, and leave the mails of those who want one as work.

    A second run for the same row of the outbox finds them told, and leaves nothing more. Of a kind that is bundled, a
    burst about one change is one line for each person and one mail in ten minutes, which tells all that came since.
    """
    people = [{"person_id": one.person_id, "text": one.text} for one in told]
    if not people:
        return
    values = {
        "outbox_id": row.id, "kind": kind, "href": href, "change_id": change_id, "told": json.dumps(people),
        "usual": KINDS[kind].usual,
    }  # fmt: skip
    if change_id is not None and KINDS[kind].bundled:
        bundles.alone(tx, change_id)
        new = [notice.id for notice in tx.execute(_PUT, values)]
        bundles.fold(tx, new)
        mails = bundles.mails(tx, new) if reach.mail else []
    else:
        put = tx.execute(_PUT, values).all()
        mails = [bundles.Mail(one.id, 0) for one in put if reach.mail and one.route == "mail"]
    for mail in mails:
        subject = f"notice:{mail.notice_id}"
        work.add(tx, MAIL, subject, max_attempts=MAIL_ATTEMPTS, rung=False, after=mail.after)


def say_in_chat(tx: Session, reach: Reach, row: OutboxRow) -> None:
    """Leave word for the chat, where there is one: the work says it, once for this row."""
    if reach.chat:
        work.add(tx, CHAT, str(row.id), max_attempts=CHAT_ATTEMPTS, rung=False)

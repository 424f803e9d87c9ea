"""From a notice to its letter: what may be said of a change to this person, as it stands when the letter is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import identity
from ops.actor import Actor
from ops.catalog import Catalog
from ops.notices import bundles
from ops.notices.awaited import awaited, tables_of
from ops.notices.letters import Letter, Link
from ops.notices.moments import said
from ops.outgoing import mailbox
from ops.policy import sees
from ops.settings import Settings
from ops.words import t

_NOTICE = sa.text(
    "SELECT n.id, n.outbox_id, n.person_id, n.text, n.href, n.kind, n.change_id, n.mailed_at, n.letter_id "
    "FROM ops.notice n WHERE n.id = :id"
)
_CHANGE = sa.text(
    """
    SELECT c.state, c.submitted_at, p.name AS proposer,
        (SELECT min(o.kind) FROM ops.operation o WHERE o.change_id = c.id HAVING count(DISTINCT o.kind) = 1) AS kind,
        (SELECT s.due_at FROM ops.stage s WHERE s.change_id = c.id AND s.revision = c.revision
         AND s.closed_at IS NULL ORDER BY s.position LIMIT 1) AS due_at
    FROM ops.change_set c JOIN ops.person p ON p.id = c.proposer_id WHERE c.id = :id
    """
)
_RECIPIENT = sa.text("SELECT * FROM ops.person_now WHERE id = :id")
ASKING = ("asks", "reminders")


@dataclass(frozen=True, slots=True)
class Office:
    """What every letter is written with."""

    settings: Settings
    catalog: Catalog

    @property
    def host(self) -> str:
        """The part of a Message-ID behind its @: our own name, so that no two houses share one."""
        return urlsplit(self.settings.public_url).hostname or "localhost"

    def url(self, path: str) -> str:
        """A path of ours as people reach it, whatever a Host header says (P25)."""
        return self.settings.public_url + path


def recipient(tx: Session, person_id: int) -> Actor | None:
    """The person with today's rights and a verified address; None where they are off or have none."""
    row = tx.execute(_RECIPIENT, {"id": person_id}).one_or_none()
    who = None if row is None else identity.actor_from(tx, row)
    # To an address that nobody has vouched for nothing is sent: it may be anybody's.
    return who if who is not None and who.email and mailbox(who.email) is not None else None


def letter_of(tx: Session, office: Office, notice_id: int) -> Letter | None:
    """The letter of a notice, or None where there is none to send: sent already, nobody to send it to, or over."""
    notice = tx.execute(_NOTICE, {"id": notice_id}).one_or_none()
    if notice is None or notice.mailed_at is not None:
        return None
    who = recipient(tx, notice.person_id)
    to = mailbox(who.email, who.name) if who is not None and who.email else None
    if who is None or to is None:
        return None
    if notice.kind in ASKING and not _still(tx, office, notice):
        return None
    burst = bundles.Burst(notice.text, notice.href, 1)
    if notice.letter_id is not None:
        unread = bundles.in_letter(tx, notice_id)
        if unread is None:
            return None
        burst = unread
    message_id = f"<notice.{notice.outbox_id}.{notice.person_id}@{office.host}>"
    if notice.change_id is None:
        subject, button = (
            t(f"notices.mail.{notice.kind}"),
            Link(t("notices.mail.open"), office.url(notice.href)),
        )
        return Letter(to, subject, notice.text, message_id, button=button)
    intro = bundles.said(burst.text, notice.kind, burst.many)
    return _about_change(tx, office, who, notice, burst, Letter(to, "", intro, message_id))


def _still(tx: Session, office: Office, notice: Any) -> bool:
    """Whether it still waits for them: nobody is called to a table that is cleared."""
    waiting = awaited(tx, office.catalog, notice.change_id)
    return any(one.person_id == notice.person_id for one in waiting)


def _about_change(
    tx: Session, office: Office, who: Actor, notice: Any, burst: bundles.Burst, letter: Letter
) -> Letter:
    ref = f"CH-{notice.change_id}"
    change = tx.execute(_CHANGE, {"id": notice.change_id}).one()
    facts = [(t("notices.mail.change"), ref), *_what(tx, office, who, notice.change_id, change.kind)]
    facts.append((t("notices.mail.by"), change.proposer))
    facts += _when(who, "asked", change.submitted_at)
    if notice.kind in ASKING:
        facts += _when(who, "due", change.due_at)
    return Letter(
        letter.to,
        t(f"notices.mail.subject.{notice.kind}", ref=ref),
        letter.intro,
        letter.message_id,
        facts,
        button=Link(t("notices.mail.open_change", ref=ref), office.url(burst.href)),
        thread=f"<change.{notice.change_id}@{office.host}>",
    )


def _what(tx: Session, office: Office, who: Actor, change_id: int, kind: str | None) -> list[tuple[str, str]]:
    """Kind and table, for who may know of the table; of several their number is enough."""
    tables = tables_of(tx, office.catalog, change_id)
    if not tables or not all(sees(who, table) for table in tables):
        return []
    named = tables[0].label if len(tables) == 1 else t("notices.mail.tables", count=len(tables))
    verb = t(f"changes.kind.{kind}") if kind in ("create", "update", "delete") else t("notices.mail.several")
    return [(t("notices.mail.what"), f"{verb} · {named}")]


def _when(who: Actor, what: str, moment: datetime | None) -> list[tuple[str, str]]:
    return [(t(f"notices.mail.{what}"), said(moment, who.timezone, who.locale))] if moment else []

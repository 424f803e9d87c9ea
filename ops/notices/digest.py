"""The daily mail: what was put by for it, once for a person's own day, at the hour they chose."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import work
from ops.notices.bundles import UNREAD, said
from ops.notices.choices import USUAL_HOUR
from ops.notices.letters import Letter, Link
from ops.notices.moments import zone_of
from ops.notices.telling import MAIL, MAIL_ATTEMPTS
from ops.notices.writing import Office, recipient
from ops.outgoing import mailbox
from ops.words import t

MOST = 100  # lines of one mail; beyond, their number
# Everybody with something put by, and when their last daily mail was made.
_PEOPLE = sa.text(
    """
    SELECT p.id, p.timezone, coalesce(h.hour, :usual) AS hour, max(d.day) AS last
    FROM (SELECT DISTINCT person_id FROM ops.notice WHERE route = 'digest' AND digest_id IS NULL) n
    JOIN ops.person p ON p.id = n.person_id AND p.disabled_at IS NULL
    LEFT JOIN ops.notice_hour h ON h.person_id = p.id
    LEFT JOIN ops.digest d ON d.person_id = p.id
    GROUP BY p.id, h.hour
    """
)
# Two clocks make one: the day is taken once. What was read meanwhile is put by no longer.
_MAKE = sa.text(
    f"""
    WITH made AS (
        INSERT INTO ops.digest (person_id, day) VALUES (:person, :day)
        ON CONFLICT (person_id, day) DO NOTHING RETURNING id
    ), taken AS (
        UPDATE ops.notice n SET digest_id = m.id FROM made m
        WHERE n.person_id = :person AND n.route = 'digest' AND n.digest_id IS NULL
        RETURNING {UNREAD} AS unread
    )
    SELECT m.id, (SELECT count(*) FROM taken WHERE unread) AS unread FROM made m
    """
)
_DIGEST = sa.text("SELECT id, person_id, day FROM ops.digest WHERE id = :id AND mailed_at IS NULL")
# Of a burst, what came since the daily mail before: its first in the app, its newest in words.
_LINES = sa.text(
    f"""
    SELECT (array_agg(n.text ORDER BY n.id DESC))[1] AS text, (array_agg(n.href ORDER BY n.id))[1] AS href,
        n.kind, count(*) AS many, count(*) OVER () AS total
    FROM ops.notice n WHERE n.digest_id = :id AND {UNREAD}
    GROUP BY coalesce(n.bundle, n.id), n.kind ORDER BY max(n.id) LIMIT :most
    """
)


def make(tx: Session, now: datetime | None = None) -> int:
    """Make the daily mails that are due and leave them as work; return how many. For the clock."""
    now = now or datetime.now(UTC)
    made = 0
    for person in tx.execute(_PEOPLE, {"usual": USUAL_HOUR}).all():
        local = now.astimezone(zone_of(person.timezone))
        # On the day the clocks go forward the hour may not exist: any later one will do.
        if local.hour < person.hour or (person.last is not None and person.last >= local.date()):
            continue
        row = tx.execute(_MAKE, {"person": person.id, "day": local.date()}).one_or_none()
        if row is not None and row.unread:
            work.add(tx, MAIL, f"digest:{row.id}", max_attempts=MAIL_ATTEMPTS, rung=False)
            made += 1
    return made


def letter_of(tx: Session, office: Office, digest_id: int) -> Letter | None:
    """The daily mail, or None where everything in it was read meanwhile or nobody is there to get it."""
    digest = tx.execute(_DIGEST, {"id": digest_id}).one_or_none()
    rows = tx.execute(_LINES, {"id": digest_id, "most": MOST}).all() if digest is not None else []
    who = recipient(tx, digest.person_id) if digest is not None and rows else None
    to = mailbox(who.email, who.name) if who is not None and who.email else None
    if digest is None or to is None:
        return None
    total = rows[0].total
    lines = [Link(said(row.text, row.kind, row.many), office.url(row.href)) for row in rows]
    if total > len(rows):
        lines.append(Link(t("notices.mail.more", count=total - len(rows)), office.url("/notices/")))
    return Letter(
        to,
        t("notices.mail.subject.digest", count=total),
        t("notices.mail.digest", count=total),
        f"<digest.{digest.person_id}.{digest.day.isoformat()}@{office.host}>",
        lines=lines,
        button=Link(t("notices.mail.desk"), office.url("/")),
    )

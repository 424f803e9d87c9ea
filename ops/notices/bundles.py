"""A burst told as one: what is told of a change again and again is one line of the inbox, and one mail in a while.

Every telling keeps a row of its own (`ops.notice`), so that none is lost and none is counted twice. The newest unread
one is the line and says in `many` how many it stands for; those before it have `many` 0, count as read, and share
`bundle`, the number of the first of them. `letter_id` is the telling with whose mail a telling goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.words import t

PAUSE_SECONDS = 600  # between two mails to one person about the talk on one change

# Of `ops.notice` as `n`: not read by its person, also where it stands in a later line that is not.
UNREAD = (
    "(n.read_at IS NULL OR n.many = 0 AND EXISTS ("
    "SELECT FROM ops.notice h WHERE h.bundle = n.bundle AND h.read_at IS NULL))"
)

# Two clocks that tell of one change go one after the other: else each leaves a line, and a mail, of its own.
_ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('ops.notice', :change_id))")
_FOLD = sa.text(
    """
    WITH before AS (
        SELECT o.id, o.many, coalesce(o.bundle, o.id) AS bundle, line.id AS line
        FROM ops.notice line JOIN ops.notice o ON o.change_id = line.change_id AND o.person_id = line.person_id
            AND o.kind = line.kind AND o.id < line.id
        WHERE line.id = ANY(CAST(:new AS bigint[])) AND o.read_at IS NULL FOR UPDATE OF o
    ), together AS (
        SELECT line, sum(many) AS many, min(bundle) AS bundle FROM before GROUP BY line
    ), gone AS (
        UPDATE ops.notice n SET many = 0, read_at = now(), bundle = together.bundle
        FROM before JOIN together USING (line) WHERE n.id = before.id
    )
    UPDATE ops.notice n SET many = n.many + together.many, bundle = together.bundle
    FROM together WHERE n.id = together.line
    """
)
# A mail that is not written yet tells of this as well. Who writes it locks the same row: it is written without this
# telling, and then this one finds it written, or with it.
_LETTERS = sa.text(
    """
    UPDATE ops.notice n SET letter_id = CASE WHEN l.id IS NOT NULL AND l.written_at IS NULL THEN l.id ELSE n.id END
    FROM (
        SELECT new.id AS new, last.id, last.written_at FROM ops.notice new LEFT JOIN LATERAL (
            SELECT o.id, o.written_at FROM ops.notice o
            WHERE o.change_id = new.change_id AND o.person_id = new.person_id AND o.kind = new.kind
                AND o.letter_id = o.id AND o.id < new.id
            ORDER BY o.id DESC LIMIT 1 FOR UPDATE
        ) last ON true
        WHERE new.id = ANY(CAST(:new AS bigint[])) AND new.route = 'mail'
    ) l
    WHERE n.id = l.new
    RETURNING n.id, n.letter_id, coalesce(
        extract(epoch FROM l.written_at + make_interval(secs => :pause) - clock_timestamp()), 0) AS pause
    """
)
_WRITTEN = sa.text(
    "UPDATE ops.notice SET written_at = clock_timestamp() WHERE id = :id AND letter_id = id AND written_at IS NULL"
)
_IN_LETTER = sa.text(
    f"SELECT n.text, n.href FROM ops.notice n WHERE (n.id = :id OR n.letter_id = :id) AND {UNREAD} ORDER BY n.id"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to be written: the telling it is for, and how many seconds later, for one was written just now."""

    notice_id: int
    after: float


@dataclass(frozen=True, slots=True)
class Burst:
    """What one mail tells of: the newest of it in words, where the first of it stands, how many there are."""

    text: str
    href: str
    many: int


def alone(tx: Session, change_id: int) -> None:
    """Wait until nobody else tells of this change; holds until the transaction ends."""
    tx.execute(_ALONE, {"change_id": change_id})


def fold(tx: Session, new: Sequence[int]) -> None:
    """Let each new telling stand for the unread ones of its person, change and kind before it."""
    tx.execute(_FOLD, {"new": list(new)})


def mails(tx: Session, new: Sequence[int]) -> list[Mail]:
    """The mails that the new tellings need beside those that are to be written anyway."""
    rows = tx.execute(_LETTERS, {"new": list(new), "pause": PAUSE_SECONDS}).all()
    return [Mail(row.id, max(0.0, float(row.pause))) for row in rows if row.letter_id == row.id]


def written(tx: Session, notice_id: int) -> None:
    """From now on no telling joins this mail: all attempts at sending it say the same."""
    tx.execute(_WRITTEN, {"id": notice_id})


def in_letter(tx: Session, notice_id: int) -> Burst | None:
    """What the mail of this telling says; None where all of it was read in the app meanwhile."""
    rows = tx.execute(_IN_LETTER, {"id": notice_id}).all()
    return Burst(rows[-1].text, rows[0].href, len(rows)) if rows else None


def said(text: str, kind: str, many: int, *, new: bool = True) -> str:
    """The line of `many` tellings, of which `text` is the newest; `new`: none of them is read."""
    if many < 2:
        return text
    return t(f"notices.many{'_new' if new else ''}.{kind}", text=text, count=many)

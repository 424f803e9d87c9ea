"""A review from its start to its signature: lines frozen at the start, judged one by one, then signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import identity
from ops.actor import Actor
from ops.audit import Entry, record
from ops.policy import Permission, require
from ops.reviews.holding import HELD_AT
from ops.words import t

LONGEST = 2000  # signs of a note or a comment
VERDICTS = ("keep", "remove")


class Refused(ValueError):
    """It cannot be done so; the text says why, for people."""


class NoSuchReview(LookupError):
    """There is no review of this number; a page answers 404."""


@dataclass(frozen=True, slots=True)
class Review:
    """One review with how far it is."""

    id: int
    as_of: datetime
    note: str
    started_by: str
    started_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    lines: int
    open: int
    removed: int

    @property
    def name(self) -> str:
        """What people call it: AR-7."""
        return f"AR-{self.id}"


@dataclass(frozen=True, slots=True)
class Line:
    """A role of a person in a review. `held`: whether they still hold it now."""

    person_id: int
    person: str
    role: str
    origin: str
    since: datetime
    verdict: str | None
    comment: str
    judged_by: str | None
    judged_at: datetime | None
    held: bool


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines by person; `next` is the person to page from."""

    lines: list[Line]
    next: int | None


_START = sa.text(
    "INSERT INTO ops.access_review (as_of, note, started_by) VALUES (:at, :note, :person) RETURNING id"
)
_FREEZE = sa.text(
    f"""
    INSERT INTO ops.access_review_line (review_id, person_id, role, origin, since)
    SELECT :review, h.person_id, h.role, h.origin, min(h.since) FROM {HELD_AT}
    GROUP BY h.person_id, h.role, h.origin RETURNING 1
    """
)
_REVIEW = """
    SELECT v.id, v.as_of, v.note, s.name AS started_by, v.started_at, g.name AS signed_by, v.signed_at,
        c.lines, c.open, c.removed
    FROM ops.access_review v JOIN ops.person s ON s.id = v.started_by LEFT JOIN ops.person g ON g.id = v.signed_by
    CROSS JOIN LATERAL (
        SELECT count(*) AS lines, count(*) FILTER (WHERE verdict IS NULL) AS open,
               count(*) FILTER (WHERE verdict = 'remove') AS removed
        FROM ops.access_review_line l WHERE l.review_id = v.id) c
"""
_ONE = sa.text(f"{_REVIEW} WHERE v.id = :review")
_LATEST = sa.text(
    f"{_REVIEW} WHERE CAST(:before AS bigint) IS NULL OR v.id < :before ORDER BY v.id DESC LIMIT :limit"
)
# A person's lines are never torn apart by a page: it is cut between people.
_LINES = sa.text(
    """
    WITH page AS (
        SELECT DISTINCT l.person_id FROM ops.access_review_line l
        WHERE l.review_id = :review AND (CAST(:after AS bigint) IS NULL OR l.person_id > :after)
          AND (NOT :open OR l.verdict IS NULL)
        ORDER BY l.person_id LIMIT :limit
    )
    SELECT l.person_id, p.name, l.role, l.origin, l.since, l.verdict, l.comment, j.name AS judged_by, l.judged_at,
        EXISTS (SELECT FROM ops.held_role h WHERE h.person_id = l.person_id AND h.role = l.role
                AND h.origin = l.origin) AS held
    FROM ops.access_review_line l JOIN page USING (person_id) JOIN ops.person p ON p.id = l.person_id
    LEFT JOIN ops.person j ON j.id = l.judged_by
    WHERE l.review_id = :review AND (NOT :open OR l.verdict IS NULL)
    ORDER BY l.person_id, l.role, l.origin
    """
)
_LOCK = sa.text("SELECT id, signed_at FROM ops.access_review WHERE id = :review FOR UPDATE")
_JUDGE = sa.text(
    """
    UPDATE ops.access_review_line SET verdict = :verdict, comment = :comment, judged_by = :judge, judged_at = now()
    WHERE review_id = :review AND person_id = :person AND role = :role AND origin = :origin RETURNING 1
    """
)
_SIGN = sa.text("UPDATE ops.access_review SET signed_by = :person, signed_at = now() WHERE id = :review")
_REMOVALS = sa.text(
    """
    SELECT l.person_id, p.name, l.role, l.origin, l.since, l.verdict, l.comment, j.name AS judged_by, l.judged_at,
        true AS held
    FROM ops.access_review_line l JOIN ops.person p ON p.id = l.person_id
    LEFT JOIN ops.person j ON j.id = l.judged_by
    JOIN ops.held_role h ON h.person_id = l.person_id AND h.role = l.role AND h.origin = l.origin
    WHERE l.review_id = :review AND l.verdict = 'remove' ORDER BY l.person_id, l.role LIMIT 500
    """
)


def start(tx: Session, actor: Actor, *, as_of: datetime | None = None, note: str = "") -> int:
    """Begin a review of who held what at `as_of` (with a zone; None: now): its lines are frozen at once.

    Raises Forbidden, Refused.
    """
    actor = _allowed(tx, actor)
    if as_of is None:
        as_of = cast(datetime, tx.scalar(sa.select(sa.func.clock_timestamp())))
    if not tx.scalar(sa.select(sa.literal(as_of) <= sa.func.clock_timestamp())):
        raise Refused(t("reviews.future"))
    values = {"at": as_of, "note": note.strip()[:LONGEST], "person": actor.person_id}
    review = int(tx.execute(_START, values).scalar_one())
    count = len(tx.execute(_FREEZE, {"at": as_of, "review": review}).all())
    if not count:
        raise Refused(t("reviews.nobody"))
    facts = {"review": f"AR-{review}", "as_of": as_of.isoformat(), "lines": str(count)}
    record(tx, actor, [Entry("review.started", reason=note.strip()[:LONGEST] or None, facts=facts)])
    return review


def judge(
    tx: Session,
    actor: Actor,
    review: int,
    said: Sequence[tuple[int, str, str, str, str]],
) -> int:
    """Judge lines: (person, role, origin, "keep" or "remove", comment) each. Returns how many.

    Raises Refused where the review is signed, a line is one's own, or a removal has no comment; then nothing
    is judged. Raises NoSuchReview, Forbidden.
    """
    actor = _allowed(tx, actor)
    _open(tx, review)
    entries = []
    for person, role, origin, verdict, comment in said:
        if verdict not in VERDICTS:
            raise Refused(t("reviews.verdict"))
        if person == actor.person_id:
            raise Refused(t("reviews.own"))
        if verdict == "remove" and not comment.strip():
            raise Refused(t("reviews.comment_needed"))
        values = {
            "review": review, "person": person, "role": role, "origin": origin, "verdict": verdict,
            "comment": comment.strip()[:LONGEST], "judge": actor.person_id,
        }  # fmt: skip
        if tx.execute(_JUDGE, values).first() is None:
            raise Refused(t("reviews.no_line"))
        facts = {
            "review": f"AR-{review}",
            "person": str(person),
            "role": role,
            "origin": origin,
            "verdict": verdict,
        }
        entries.append(Entry("review.judged", reason=comment.strip()[:LONGEST] or None, facts=facts))
    record(tx, actor, entries)
    return len(entries)


def sign(tx: Session, actor: Actor, review: int) -> None:
    """Sign the review off, once every line is judged; it never changes again. Raises Refused, NoSuchReview."""
    actor = _allowed(tx, actor)
    _open(tx, review)
    found = one(tx, review)
    if found.open:
        raise Refused(t("reviews.still_open", count=found.open))
    tx.execute(_SIGN, {"review": review, "person": actor.person_id})
    facts = {"review": found.name, "lines": str(found.lines), "removed": str(found.removed)}
    record(tx, actor, [Entry("review.signed", facts=facts)])


def one(tx: Session, review: int) -> Review:
    """The review of this number. Raises NoSuchReview."""
    row = tx.execute(_ONE, {"review": review}).one_or_none()
    if row is None:
        raise NoSuchReview(review)
    return Review(*row)


def latest(tx: Session, *, before: int | None = None, limit: int = 50) -> list[Review]:
    """Reviews, the newest first."""
    return [Review(*row) for row in tx.execute(_LATEST, {"before": before, "limit": limit})]


def lines(
    tx: Session, review: int, *, after: int | None = None, only_open: bool = False, people: int = 50
) -> LinePage:
    """Lines of up to `people` people, from the one behind `after` on."""
    values = {"review": review, "after": after, "open": only_open, "limit": people + 1}
    found = [Line(*row) for row in tx.execute(_LINES, values)]
    order = list(dict.fromkeys(line.person_id for line in found))
    if len(order) <= people:
        return LinePage(found, None)
    kept = set(order[:people])
    return LinePage([line for line in found if line.person_id in kept], order[people - 1])


def removals(tx: Session, review: int) -> list[Line]:
    """What was judged "remove" and is still held: up to 500."""
    return [Line(*row) for row in tx.execute(_REMOVALS, {"review": review})]


def _allowed(tx: Session, actor: Actor) -> Actor:
    actor = identity.current_actor(tx, actor)
    require(actor, Permission.PEOPLE_REVIEW)
    return actor


def _open(tx: Session, review: int) -> Any:
    row = tx.execute(_LOCK, {"review": review}).one_or_none()
    if row is None:
        raise NoSuchReview(review)
    if row.signed_at is not None:
        raise Refused(t("reviews.signed"))
    return row

"""Add, claim, keep, finish, fail: each one conditional statement, so that races have one winner."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.db import Database

LEASE_SECONDS = 90
RING_AGAIN_SECONDS = 20
LONGEST_BACKOFF_SECONDS = 3600
ERROR_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do one piece of work until the lease runs out. `fence` tells it from every other claim."""

    id: UUID
    kind: str
    subject: str
    fence: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Due:
    """Work nobody is doing, whose bell should be rung."""

    id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class Buried:
    """Work given up because whoever did it died each time; its room is told so."""

    id: UUID
    kind: str
    subject: str


class Fenced(Exception):
    """Another holds this work now, or it is finished: stop, write nothing more, roll back."""


def _of_holder(update: str) -> sa.TextClause:
    return sa.text(update + " WHERE id = :id AND fence = :fence AND state = 'claimed' RETURNING id")


# `dispatched_at` is set at once where the caller rings the bell after its commit; the clock rings again later.
_ADD = sa.text(
    """
    INSERT INTO ops.work (kind, subject, max_attempts, dispatched_at, due_at)
    VALUES (:kind, :subject, :max_attempts, CASE WHEN :rung THEN clock_timestamp() END,
            clock_timestamp() + make_interval(secs => :after))
    ON CONFLICT (kind, subject) DO UPDATE SET subject = excluded.subject
    RETURNING id
    """
)
_CLAIM = sa.text(
    """
    UPDATE ops.work SET state = 'claimed', holder = :holder, fence = fence + 1, attempts = attempts + 1,
           until = clock_timestamp() + make_interval(secs => :seconds)
    WHERE id = :id AND attempts < max_attempts
      AND (state = 'due' AND due_at <= clock_timestamp() OR state = 'claimed' AND until <= clock_timestamp())
    RETURNING id, kind, subject, fence, attempts
    """
)
_KEEP = _of_holder("UPDATE ops.work SET until = clock_timestamp() + make_interval(secs => :seconds)")
_FINISH = _of_holder(
    "UPDATE ops.work SET state = 'done', finished_at = clock_timestamp(), until = NULL, error = NULL"
)
_FAIL = _of_holder(
    """
    UPDATE ops.work SET
        state = CASE WHEN :permanent OR attempts >= max_attempts THEN 'failed' ELSE 'due' END,
        finished_at = CASE WHEN :permanent OR attempts >= max_attempts THEN clock_timestamp() END,
        due_at = clock_timestamp() + make_interval(secs => :seconds),
        dispatched_at = NULL, until = NULL, error = :error
    """
)
_GIVE_BACK = _of_holder(
    "UPDATE ops.work SET state = 'due', due_at = clock_timestamp(), dispatched_at = NULL, until = NULL, "
    "attempts = attempts - 1"
)
_CANCEL = sa.text(
    "UPDATE ops.work SET state = 'cancelled', finished_at = clock_timestamp(), until = NULL "
    "WHERE id = :id AND state IN ('due', 'claimed') RETURNING id"
)
_IS_OPEN = sa.text(
    "SELECT EXISTS (SELECT FROM ops.work WHERE kind = :kind AND subject = :subject AND state IN ('due', 'claimed'))"
)
_DUE = sa.text(
    """
    UPDATE ops.work SET dispatched_at = clock_timestamp() WHERE id IN (
        SELECT id FROM ops.work
        WHERE (state = 'due' AND due_at <= clock_timestamp()
               OR state = 'claimed' AND until <= clock_timestamp())
          AND attempts < max_attempts
          AND (dispatched_at IS NULL OR dispatched_at <= clock_timestamp() - make_interval(secs => :again))
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) RETURNING id, kind
    """
)
_BURY = sa.text(
    """
    UPDATE ops.work SET state = 'failed', finished_at = clock_timestamp(), until = NULL,
           error = 'Given up: the worker died every time it tried.'
    WHERE state = 'claimed' AND until <= clock_timestamp() AND attempts >= max_attempts
    RETURNING id, kind, subject
    """
)


def add(
    tx: Session, kind: str, subject: str, *, max_attempts: int = 5, rung: bool = True, after: float = 0
) -> UUID:
    """Leave work for later and return its id; the same kind and subject is the same work.

    `after`: seconds until it is due; before, nobody does it.

    The caller hands the id to `dispatch` after its commit; if it dies before, the clock does. Not `rung`: the
    caller cannot (it is the clock's own), and the clock's next round rings first.
    """
    values = {"kind": kind, "subject": subject, "max_attempts": max_attempts, "rung": rung, "after": after}
    return UUID(str(tx.scalar(_ADD, values)))


def claim(db: Database, work_id: UUID | str, holder: str) -> Claim | None:
    """Take the work for 90 seconds, or None where there is nothing to take (done, held, not due, unknown)."""
    try:
        wanted = UUID(str(work_id))
    except ValueError:
        return None  # Redis rings with whatever is in it: an id that is none is no work (P52)
    with db.transaction() as tx:
        row = tx.execute(_CLAIM, {"id": wanted, "holder": holder, "seconds": LEASE_SECONDS}).first()
    return None if row is None else Claim(*row)


def keep(tx: Session, claim: Claim) -> None:
    """Extend the lease by 90 seconds from now. Raises Fenced where another holds the work."""
    _mine(tx, _KEEP, claim, seconds=LEASE_SECONDS)


def finish(tx: Session, claim: Claim) -> None:
    """Done, in the transaction that wrote the result. Raises Fenced: then that result must not be."""
    _mine(tx, _FINISH, claim)


def fail(tx: Session, claim: Claim, error: str, *, permanent: bool, after: int | None = None) -> None:
    """Try again after a growing pause; give up if `permanent` or out of attempts. Raises Fenced.

    `after`: seconds that the other side asked us to wait, up to an hour.
    """
    pause = max(backoff(claim.attempts), min(after or 0, LONGEST_BACKOFF_SECONDS))
    _mine(tx, _FAIL, claim, permanent=permanent, seconds=pause, error=error[:ERROR_LENGTH])


def give_back(tx: Session, claim: Claim) -> None:
    """Somebody else may do it at once; the attempt is not counted (an orderly stop). Raises Fenced."""
    _mine(tx, _GIVE_BACK, claim)


def cancel(tx: Session, work_id: UUID) -> bool:
    """End the work; whoever does it now is fenced at its next step. False where it was over already."""
    return tx.scalar(_CANCEL, {"id": work_id}) is not None


def is_open(tx: Session, kind: str, subject: str) -> bool:
    """Whether there is such work that somebody does, or will."""
    return bool(tx.scalar(_IS_OPEN, {"kind": kind, "subject": subject}))


def due(tx: Session, limit: int = 100) -> list[Due]:
    """What should be rung for now, oldest first, marked as rung; the same again after 20 seconds."""
    rows = tx.execute(_DUE, {"limit": limit, "again": RING_AGAIN_SECONDS})
    return [Due(*row) for row in rows]


def bury(tx: Session) -> list[Buried]:
    """Fail what ran out of attempts without a word from its holder; the clock tells its room."""
    return [Buried(*row) for row in tx.execute(_BURY)]


def backoff(attempts: int) -> float:
    """Seconds until the next attempt: 15, 30, 60 … at most an hour, each times 0.5 to 1.5."""
    base = min(15.0 * (1 << min(max(attempts, 1) - 1, 12)), LONGEST_BACKOFF_SECONDS)
    return base * (0.5 + secrets.randbelow(1000) / 1000)


def _mine(tx: Session, statement: sa.TextClause, claim: Claim, **values: object) -> None:
    if tx.scalar(statement, {"id": claim.id, "fence": claim.fence, **values}) is None:
        raise Fenced(f"{claim.kind} {claim.subject}: claim {claim.fence} is no longer the holder's")

"""Rows of `ops.rehearsal`: ask for one, read what is to be looked at, keep what was found. No decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import work

KIND = "rehearse"
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """What a rehearsal came to. `findings`: counts and sentences, see `ops.changes.rehearsing.running`."""

    outcome: str
    findings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """One row: asked for, and found or not yet (`outcome` None)."""

    change_id: int
    round: int
    revision: int
    digest: str
    asked_at: datetime
    asked_by: int | None
    found_at: datetime | None
    outcome: str | None
    findings: Mapping[str, Any]


# Only what waits for people or for its time is looked at; after a submit once for each revision.
_ASK = sa.text(
    """
    INSERT INTO ops.rehearsal (change_id, round, revision, digest, asked_by)
    SELECT c.id, 1 + coalesce((SELECT max(r.round) FROM ops.rehearsal r WHERE r.change_id = c.id), 0),
           c.revision, c.digest, :by
    FROM ops.change_set c
    WHERE c.id = :id AND (c.state = 'in_review' OR c.state = 'approved' AND c.apply_at IS NOT NULL)
      AND NOT EXISTS (SELECT FROM ops.rehearsal r WHERE r.change_id = c.id AND r.revision = c.revision
                      AND (r.found_at IS NULL OR CAST(:by AS bigint) IS NULL))
    ON CONFLICT DO NOTHING RETURNING round
    """
)
_COLUMNS = "change_id, round, revision, digest, asked_at, asked_by, found_at, outcome, findings"
_LAST = sa.text(
    f"SELECT {_COLUMNS} FROM ops.rehearsal WHERE change_id = :id AND outcome IS DISTINCT FROM 'over' "
    "ORDER BY round DESC LIMIT 1"
)
_ONE = sa.text(f"SELECT {_COLUMNS} FROM ops.rehearsal WHERE change_id = :id AND round = :round")
_KEEP = sa.text(
    "UPDATE ops.rehearsal SET found_at = clock_timestamp(), outcome = :outcome, "
    "findings = CAST(:findings AS jsonb) "
    "WHERE change_id = :id AND round = :round AND found_at IS NULL RETURNING revision"
)


def ask(tx: Session, change_id: int, by: int | None = None) -> UUID | None:
    """Leave work for a rehearsal of the change as it stands, and return its id; None where there is nothing to do.

    Without a person (`by`) a revision is looked at once. One that is under way is not asked for again.
    """
    number = tx.scalar(_ASK, {"id": change_id, "by": by})
    if number is None:
        return None
    return work.add(tx, KIND, f"{change_id}:{number}", max_attempts=ATTEMPTS, rung=by is not None)


def last(tx: Session, change_id: int) -> Kept | None:
    """The latest rehearsal of the change, whatever revision it is of."""
    row = tx.execute(_LAST, {"id": change_id}).first()
    return None if row is None else Kept(*row)


def one(tx: Session, subject: str) -> Kept | None:
    """The rehearsal that a piece of work is about."""
    number, _, turn = subject.partition(":")
    row = tx.execute(_ONE, {"id": int(number), "round": int(turn)}).first()
    return None if row is None else Kept(*row)


def keep(tx: Session, kept: Kept, found: Found) -> bool:
    """Write down what was found; False where it was written down already."""
    values = {
        "id": kept.change_id,
        "round": kept.round,
        "outcome": found.outcome,
        "findings": json.dumps(dict(found.findings), ensure_ascii=False),
    }
    return tx.scalar(_KEEP, values) is not None

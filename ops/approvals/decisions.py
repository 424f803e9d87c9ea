"""Stages and seats of one change set: whose turn it is, who has decided, which seats still count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.approvals.matching import Stage


@dataclass(frozen=True, slots=True)
class PlacedStage:
    """A stage of a change set's revision; `closed_at` is set once enough people have said yes."""

    position: int
    role: str
    needed: int
    why: tuple[str, ...]
    closed_at: datetime | None

    @property
    def stage(self) -> Stage:
        """The stage without its place."""
        return Stage(self.role, self.needed, self.why)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person said about one revision."""

    revision: int
    position: int
    person_id: int
    person: str
    verdict: str
    comment: str
    decided_at: datetime


_PLACE = sa.text(
    """
    INSERT INTO ops.stage (change_id, revision, position, role, needed, why)
    SELECT :change_id, :revision, s.position, s.role, s.needed, ARRAY(SELECT jsonb_array_elements_text(s.why))
    FROM jsonb_to_recordset(CAST(:stages AS jsonb)) AS s (position int, role text, needed int, why jsonb)
    """
)
_STAGES = sa.text(
    "SELECT position, role, needed, why, closed_at FROM ops.stage "
    "WHERE change_id = :change_id AND revision = :revision ORDER BY position"
)
_DECISIONS = sa.text(
    """
    SELECT d.revision, d.position, d.person_id, p.name, d.verdict, d.comment, d.decided_at
    FROM ops.decision d JOIN ops.person p ON p.id = d.person_id
    WHERE d.change_id = :change_id ORDER BY d.decided_at, d.person_id
    """
)
# The party first: a maker stands there on the other side already, and the foreign key then refuses.
_DECIDE = sa.text(
    """
    WITH party AS (
        INSERT INTO ops.change_party (change_id, person_id, side, how)
        VALUES (:change_id, :person_id, 'decider', 'approver') ON CONFLICT (change_id, person_id) DO NOTHING
    )
    INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, comment, digest)
    VALUES (:change_id, :revision, :person_id, :position, :verdict, :comment, :digest)
    """
)
_CLOSE = sa.text(
    "UPDATE ops.stage SET closed_at = clock_timestamp() "
    "WHERE change_id = :change_id AND revision = :revision AND position = :position AND closed_at IS NULL"
)


def place(tx: Session, change_id: int, revision: int, stages: Sequence[Stage], after: int = 0) -> None:
    """Add the stages to a revision, behind position `after`."""
    rows = [
        {"position": after + n, "role": stage.role, "needed": stage.needed, "why": list(stage.why)}
        for n, stage in enumerate(stages, start=1)
    ]
    tx.execute(_PLACE, {"change_id": change_id, "revision": revision, "stages": json.dumps(rows)})


def stages_of(tx: Session, change_id: int, revision: int) -> list[PlacedStage]:
    """The stages of a revision, in their order."""
    rows = tx.execute(_STAGES, {"change_id": change_id, "revision": revision})
    return [PlacedStage(row.position, row.role, row.needed, tuple(row.why), row.closed_at) for row in rows]


def decisions_of(tx: Session, change_id: int) -> list[Decision]:
    """Every decision on a change set, of all revisions, oldest first."""
    return [Decision(*row) for row in tx.execute(_DECISIONS, {"change_id": change_id})]


def current(stages: Iterable[PlacedStage]) -> PlacedStage | None:
    """The stage whose turn it is: the first that is not closed."""
    return next((stage for stage in stages if stage.closed_at is None), None)


def decide(
    tx: Session,
    change_id: int,
    revision: int,
    stage: PlacedStage,
    person_id: int,
    *,
    verdict: str,
    comment: str,
    digest: str,
) -> None:
    """Take one seat. The database refuses a maker and a second seat (P27), whatever the caller checked."""
    tx.execute(
        _DECIDE,
        {
            "change_id": change_id, "revision": revision, "position": stage.position, "person_id": person_id,
            "verdict": verdict, "comment": comment, "digest": digest,
        },
    )  # fmt: skip


def close(
    tx: Session,
    change_id: int,
    revision: int,
    stage: PlacedStage,
    decisions: Iterable[Decision],
    still: Callable[[int], bool],
) -> bool:
    """Close the stage if enough people said yes who may `still` do so; return whether it is closed.

    A quorum counts people (P32), with the rights they have now (P9, P16).
    """
    yes = {
        one.person_id
        for one in decisions
        if (one.revision, one.position, one.verdict) == (revision, stage.position, "approve")
    }
    if len(yes) < stage.needed or sum(1 for person in yes if still(person)) < stage.needed:
        return False
    tx.execute(_CLOSE, {"change_id": change_id, "revision": revision, "position": stage.position})
    return True

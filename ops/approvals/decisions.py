"""Stages and seats of one change set: whose turn it is, who has decided, which seats still count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct
from ops.approvals.stages import Stage, expires_in


@dataclass(frozen=True, slots=True)
class PlacedStage:
    """A stage of a change set's revision; `closed_at` is set once enough people have said yes.

    `role` is empty where `people` are named. `opened_at`: its turn began; `due_at`, `remind_at` (the next reminder)
    and `escalate_at` are counted from then. From `escalated_at` on people of `escalate_to` may decide as well.
    """

    position: int
    role: str
    needed: int
    why: tuple[str, ...]
    closed_at: datetime | None
    people: frozenset[int] = frozenset()
    opened_at: datetime | None = None
    due_at: datetime | None = None
    remind_at: datetime | None = None
    escalate_at: datetime | None = None
    escalate_to: str | None = None
    escalated_at: datetime | None = None
    remind: int | None = None  # hours
    lapsed: bool = False  # closed by time, since there was nobody to ask

    @property
    def stage(self) -> Stage:
        """The stage without its place; `escalate_to` only where it has gone on to them."""
        gone_on = self.escalate_to if self.escalated_at is not None else None
        return Stage(self.role, self.needed, self.why, self.people, escalate_to=gone_on)


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
    digest: str  # of the difference it was said to
    on_behalf_of: int | None = None  # whose seat it was, where it was lent
    for_name: str | None = None

    @property
    def stood(self) -> frozenset[int]:
        """Everybody who stands behind it and takes no other seat of the revision."""
        return frozenset(one for one in (self.person_id, self.on_behalf_of) if one is not None)


_PLACE = (
    "SELECT ops.place_stages(%(change_id)s, %(revision)s, CAST(%(stages)s AS jsonb), %(first)s, %(hours)s)"
)
_STAGES = (
    "SELECT position, role, needed, why, closed_at, people, opened_at, due_at, remind_at, escalate_at, escalate_to, "
    "escalated_at, remind_hours, closed_at IS NOT NULL AND lapses_at IS NOT NULL AND lapses_at <= closed_at AS lapsed "
    "FROM ops.stage WHERE change_id = %(change_id)s AND revision = %(revision)s ORDER BY position"
)
_DECISIONS = """
    SELECT d.revision, d.position, d.person_id, p.name, d.verdict, d.comment, d.decided_at, d.digest,
        d.on_behalf_of, f.name
    FROM ops.decision d JOIN ops.person p ON p.id = d.person_id LEFT JOIN ops.person f ON f.id = d.on_behalf_of
    WHERE d.change_id = %(change_id)s ORDER BY d.decided_at, d.person_id
"""
_NAMES = sa.text("SELECT id, name FROM ops.person WHERE id = ANY(CAST(:people AS bigint[]))")
_REOPEN = sa.text(
    "UPDATE ops.stage SET closed_at = NULL, opened_at = NULL, due_at = NULL, remind_at = NULL, escalate_at = NULL, "
    "escalated_at = NULL WHERE change_id = :change_id AND revision = :revision "
    "AND position = ANY(CAST(:positions AS int[]))"
)
_BEGIN = sa.text(
    """
    UPDATE ops.stage s SET opened_at = n.at, due_at = n.at + make_interval(hours => s.due_hours),
        remind_at = n.at + make_interval(hours => s.remind_hours),
        escalate_at = n.at + make_interval(hours => s.escalate_hours)
    FROM (SELECT clock_timestamp() AS at) AS n
    WHERE s.change_id = :change_id AND s.revision = :revision AND s.opened_at IS NULL
      AND s.position = (SELECT min(f.position) FROM ops.stage f
                        WHERE f.change_id = :change_id AND f.revision = :revision AND f.closed_at IS NULL)
    """
)


def place(tx: Session, change_id: int, revision: int, stages: Sequence[Stage], after: int = 0) -> None:
    """Add the stages to a revision, behind position `after`; the strictest of their rules says how long it waits.

    The first one's turn begins at once, unless another's is.
    """
    values = {
        "change_id": change_id, "revision": revision, "stages": json.dumps(stage_rows(stages, after)),
        "first": after + 1, "hours": expires_in(stages),
    }  # fmt: skip
    direct.rows(tx, _PLACE, values)


def stage_rows(stages: Sequence[Stage], after: int = 0) -> list[Mapping[str, object]]:
    """The stages behind position `after`, for the statements that write them as JSON."""
    return [
        {
            "position": after + n, "role": stage.role, "needed": stage.needed, "why": list(stage.why),
            "people": sorted(stage.people), "due": stage.due, "remind": stage.remind, "escalate": stage.escalate,
            "escalate_to": stage.escalate_to,
        }
        for n, stage in enumerate(stages, start=1)
    ]  # fmt: skip


def placed(row: Mapping[str, Any]) -> PlacedStage:
    """A stage out of its row as JSON."""
    at = {
        name: datetime.fromisoformat(row[name]) if row[name] else None
        for name in (
            "closed_at",
            "opened_at",
            "due_at",
            "remind_at",
            "escalate_at",
            "escalated_at",
            "lapses_at",
        )
    }
    lapsed = bool(at["closed_at"] and at["lapses_at"] and at["lapses_at"] <= at["closed_at"])
    return PlacedStage(
        row["position"], row["role"], row["needed"], tuple(row["why"]), at["closed_at"], frozenset(row["people"]),
        at["opened_at"], at["due_at"], at["remind_at"], at["escalate_at"], row["escalate_to"], at["escalated_at"],
        row["remind_hours"], lapsed,
    )  # fmt: skip


def stages_of(tx: Session, change_id: int, revision: int) -> list[PlacedStage]:
    """The stages of a revision, in their order."""
    rows = direct.named_rows(tx, _STAGES, {"change_id": change_id, "revision": revision})
    return [_placed(row) for row in rows]


def _placed(row: Any) -> PlacedStage:
    return PlacedStage(
        row.position, row.role, row.needed, tuple(row.why), row.closed_at, frozenset(row.people), row.opened_at,
        row.due_at, row.remind_at, row.escalate_at, row.escalate_to, row.escalated_at, row.remind_hours, row.lapsed,
    )  # fmt: skip


def decisions_of(tx: Session, change_id: int) -> list[Decision]:
    """Every decision on a change set, of all revisions, oldest first."""
    return [Decision(*row) for row in direct.rows(tx, _DECISIONS, {"change_id": change_id})]


def names_of(tx: Session, people: Iterable[int]) -> dict[int, str]:
    """What these persons are called."""
    rows = tx.execute(_NAMES, {"people": sorted(people)})
    return {row.id: row.name for row in rows}


def current(stages: Iterable[PlacedStage]) -> PlacedStage | None:
    """The stage whose turn it is: the first that is not closed."""
    return next((stage for stage in stages if stage.closed_at is None), None)


def seat_row(said: Decision, *, closes: bool) -> str:
    """One seat taken, one's own or a lent one, as JSON for `ops.take_seat`.

    With `closes` the stage is closed by it, and the next one's turn begins as this one's ends.
    """
    return json.dumps(
        {
            "revision": said.revision, "position": said.position, "person_id": said.person_id,
            "verdict": said.verdict, "comment": said.comment, "digest": said.digest,
            "on_behalf_of": said.on_behalf_of, "closes": closes,
        }
    )  # fmt: skip


def reopen(tx: Session, change_id: int, revision: int, stages: Iterable[PlacedStage]) -> None:
    """Let closed stages ask again, one after the other; their times are counted anew."""
    values = {"change_id": change_id, "revision": revision}
    tx.execute(_REOPEN, {**values, "positions": [one.position for one in stages]})
    tx.execute(_BEGIN, values)


def closes(
    revision: int, digest: str, stage: PlacedStage, decisions: Iterable[Decision],
    still: Callable[[Decision], bool],
) -> bool:  # fmt: skip
    """Whether enough people said yes to this `digest` in the stage who may `still` do so.

    A quorum counts people (P32), with the rights they have now (P9, P16), and what they said yes to (P28).
    """
    yes = {one.person_id: one for one in yeses(revision, digest, stage, decisions)}
    return len(yes) >= stage.needed and sum(1 for one in yes.values() if still(one)) >= stage.needed


def yeses(revision: int, digest: str, stage: PlacedStage, decisions: Iterable[Decision]) -> list[Decision]:
    """Who said yes in the stage to just this difference: a yes to any other is none to this one (P28)."""
    wanted = (revision, stage.position, "approve", digest)
    return [one for one in decisions if (one.revision, one.position, one.verdict, one.digest) == wanted]

"""The head of a change of many rows: what is asked of all of them, how they were chosen, how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import work
from ops.changes.operation import Operation

KIND = "bulk"  # of the work that freezes and applies
MOST = 1_000_000  # rows of one change
WHOLE = 500  # rows that may be written all or nothing: no transaction holds more
RESULTS = ("applied", "same", "moved", "gone", "unseen", "failed", "held", "stopped")
"""What may become of a row. `applied` was written, `same` needed no writing, `held` waits for people."""


@dataclass(frozen=True, slots=True)
class Head:
    """One row of `ops.change_bulk`. `counts` by result; what is missing of `total` waits.

    `after`: the new values of every row, None where each has its own. `done`: the last position of this round
    that has its result. `wish`: run, pause or stop, as a person asked last.
    """

    change_id: int
    mode: str
    selection: Mapping[str, Any]
    columns: tuple[str, ...]
    after: Mapping[str, str | None] | None
    total: int
    targets_digest: str | None
    wish: str
    round: int
    done: int
    counts: Mapping[str, int]
    undo_of: int | None
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def waiting(self) -> int:
        """How many rows have no result yet; those held for people wait too."""
        return self.total - sum(self.counts.values()) + self.counts["held"]

    @property
    def judged(self) -> int:
        """How many rows have a result."""
        return self.total - self.waiting

    @property
    def subject(self) -> str:
        """Of its work in this round."""
        return f"{self.change_id}:{self.round}"


@dataclass(frozen=True)
class Bulk(Operation):
    """One kind of writing that a change does to many rows; it has no key, its rows are `ops.change_target`."""

    head: Head | None = None

    @property
    def touched(self) -> frozenset[str]:
        """Every column that any of its rows touches; of a delete, none."""
        if self.kind == "delete" or self.head is None:
            return frozenset()
        # Where each row has values of its own, new ones may set other columns than those that are there.
        return frozenset(self.head.selection.get("columns", {}).get(self.kind, self.head.columns))

    @property
    def shown(self) -> frozenset[str]:
        """The columns a decision is about: those touched, and of a delete those its proposer saw."""
        return frozenset(self.head.columns) if self.head is not None else frozenset()

    @property
    def part_of_digest(self) -> dict[str, Any]:
        """What a decision is bound to beyond the head's own values: every frozen row (P28)."""
        if self.head is None:
            return {}
        # What is written are the head's values: others than the operation's are nobody's who saw those.
        own = dict(self.head.after or {}) if self.kind == "update" else {}
        return {
            **(self.act.part_of_digest if self.act is not None else {}),
            **({"written": own} if own != dict(self.after) else {}),
            "columns": dict.fromkeys(sorted(self.head.columns)),
            "mode": self.head.mode,
            "targets": self.head.targets_digest,
            "total": str(self.head.total),
        }


_COUNTS = ", ".join(RESULTS)
COLUMNS = f"""change_id, mode, selection, columns, after, total, targets_digest, wish, round, done, undo_of,
    started_at, finished_at, {_COUNTS}"""
_OF = sa.text(f"SELECT {COLUMNS} FROM ops.change_bulk WHERE change_id = ANY(CAST(:ids AS bigint[]))")
_LOCKED = sa.text(f"SELECT {COLUMNS} FROM ops.change_bulk WHERE change_id = :id FOR UPDATE")
_ROUND = sa.text(
    "UPDATE ops.change_bulk SET round = round + 1, done = CASE WHEN :afresh THEN 0 ELSE done END, wish = 'run', "
    "finished_at = NULL WHERE change_id = :id RETURNING round"
)
# The clock rings within a second: whoever decides has no Redis at hand.
_RING = sa.text("UPDATE ops.work SET dispatched_at = NULL WHERE id = :id")
ATTEMPTS = 20  # a worker may die that often; each goes on where the one before was


def heads(tx: Session, ids: Sequence[int]) -> dict[int, Head]:
    """The heads among these changes, by change."""
    return {row.change_id: _head(row) for row in tx.execute(_OF, {"ids": list(ids)})} if ids else {}


def head(tx: Session, change_id: int, *, locked: bool = False) -> Head | None:
    """The head of the change, or None where it is of single rows; `locked` holds it."""
    if not locked:
        return heads(tx, [change_id]).get(change_id)
    row = tx.execute(_LOCKED, {"id": change_id}).first()
    return None if row is None else _head(row)


def launch(tx: Session, change_id: int, *, afresh: bool = True, ring: bool = True) -> UUID:
    """Begin a round: leave work for it and return the work's id. With `ring` the clock rings at once.

    `afresh`: it begins at the first row again, among those without a result.
    """
    number = tx.execute(_ROUND, {"id": change_id, "afresh": afresh}).scalar_one()
    work_id = work.add(tx, KIND, f"{change_id}:{number}", max_attempts=ATTEMPTS)
    if ring:
        tx.execute(_RING, {"id": work_id})
    return work_id


def _head(row: Any) -> Head:
    return Head(
        change_id=row.change_id, mode=row.mode, selection=row.selection, columns=tuple(row.columns),
        after=row.after, total=row.total, targets_digest=row.targets_digest, wish=row.wish, round=row.round,
        done=row.done, counts={name: getattr(row, name) for name in RESULTS}, undo_of=row.undo_of,
        started_at=row.started_at, finished_at=row.finished_at,
    )  # fmt: skip

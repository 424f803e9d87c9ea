"""The rows of `ops.export_run`, as the person sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.exports.errors import NoSuchRun
from ops.words import t

KEPT_DAYS = 7  # of a finished file
OVER = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Run:
    """One export: `list` is the list's query string, `expected` the planner's estimate until it is done."""

    id: UUID
    person_id: int
    schema: str
    table: str
    list: str
    rights: str | None
    state: str
    expected: int | None
    written: int
    bytes: int | None
    sha256: str | None
    file: str | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    keys: tuple[str, ...]  # the rows that were ticked, in address form; none: all of the list
    masked: tuple[str, ...]  # columns that stand in the file as masks only

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in OVER


_RUNS = """
    SELECT id, person_id, schema_name, table_name, query->>'list', query->>'rights', state, expected, written,
           bytes, sha256, file, error, created_at, started_at, finished_at,
           ARRAY(SELECT jsonb_array_elements_text(coalesce(query->'keys', '[]'))),
           ARRAY(SELECT jsonb_array_elements_text(coalesce(query->'masked', '[]')))
    FROM ops.export_run
"""
_ONE = sa.text(_RUNS + "WHERE id = :id AND person_id = :person_id")
_MINE = sa.text(_RUNS + "WHERE person_id = :person_id ORDER BY created_at DESC, id LIMIT :limit")
_BY_ID = sa.text(_RUNS + "WHERE id = :id")


def show(tx: Session, actor: Actor, run_id: UUID) -> Run:
    """The person's own run. Raises NoSuchRun for any other."""
    row = tx.execute(_ONE, {"id": run_id, "person_id": actor.person_id}).first()
    if row is None:
        raise NoSuchRun(t("exports.no_such_run"))
    return _run(row)


def mine(tx: Session, actor: Actor, limit: int = 50) -> list[Run]:
    """The person's own runs, newest first."""
    return [_run(row) for row in tx.execute(_MINE, {"person_id": actor.person_id, "limit": limit})]


def by_id(tx: Session, run_id: UUID) -> Run | None:
    """Any run, for the worker; it decides nothing about who may see it."""
    row = tx.execute(_BY_ID, {"id": run_id}).first()
    return None if row is None else _run(row)


def _run(row: Sequence[Any]) -> Run:
    values: list[Any] = [*row[:-2], tuple(row[-2]), tuple(row[-1])]
    return Run(*values)

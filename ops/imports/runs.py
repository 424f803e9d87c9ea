"""The rows of `ops.import_run`, as the person sees them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.imports.errors import NoSuchImport
from ops.imports.plan import Plan, plan_from
from ops.policy import View
from ops.words import t

KEPT_DAYS = 7  # of an upload and its rows
MOST_ROWS = 1_000_000  # of one file, as of one change
STATES = ("new", "changed", "same", "bad")  # of a row


@dataclass(frozen=True, slots=True)
class Run:
    """One file on its way in."""

    id: UUID
    person_id: int
    schema: str
    table: str
    file: str | None
    name: str
    kind: str
    bytes: int
    sha256: str
    plan: Plan
    state: str
    round: int
    table_digest: str | None
    rights: str | None
    progress: str | None
    read: int
    read_bytes: int
    position: int
    new: int
    changed: int
    same: int
    bad: int
    change_id: int | None
    error: str | None
    created_at: datetime
    checked_at: datetime | None
    finished_at: datetime | None

    @property
    def busy(self) -> bool:
        """Whether a worker has it, or shall have it."""
        return self.state in ("waiting", "running")

    @property
    def open(self) -> bool:
        """Whether its choices may still be changed."""
        return self.state in ("uploaded", "checked", "failed", "cancelled") and self.file is not None

    @property
    def rows(self) -> int:
        """How many rows were judged."""
        return self.new + self.changed + self.same + self.bad

    def count(self, state: str) -> int:
        """How many rows came out so; `state` is one of STATES."""
        return {"new": self.new, "changed": self.changed, "same": self.same, "bad": self.bad}[state]


_RUNS = """
    SELECT id, person_id, schema_name, table_name, file, name, kind, bytes, sha256, plan, state, round, table_digest,
           rights, progress, read, read_bytes, position, new, changed, same, bad, change_id, error,
           created_at, checked_at, finished_at
    FROM ops.import_run
"""
_ONE = sa.text(_RUNS + "WHERE id = :id AND person_id = :person_id")
_HELD = sa.text(_RUNS + "WHERE id = :id AND person_id = :person_id FOR UPDATE")
_MINE = sa.text(_RUNS + "WHERE person_id = :person_id ORDER BY created_at DESC, id LIMIT :limit")
_BY_ID = sa.text(_RUNS + "WHERE id = :id")


def show(tx: Session, actor: Actor, run_id: UUID, *, held: bool = False) -> Run:
    """The person's own import. Raises NoSuchImport for any other."""
    row = tx.execute(_HELD if held else _ONE, {"id": run_id, "person_id": actor.person_id}).first()
    if row is None:
        raise NoSuchImport(t("imports.no_such"))
    return _run(row)


def mine(tx: Session, actor: Actor, limit: int = 50) -> list[Run]:
    """The person's own imports, newest first."""
    return [_run(row) for row in tx.execute(_MINE, {"person_id": actor.person_id, "limit": limit})]


def by_id(tx: Session, run_id: UUID) -> Run | None:
    """Any import, for the worker; it decides nothing about who may see it."""
    row = tx.execute(_BY_ID, {"id": run_id}).first()
    return None if row is None else _run(row)


def run_id_of(actor: Actor, token: str) -> UUID:
    """The import's id is made of the form's token, so that the primary key refuses a second one of one form."""
    digest = hashlib.sha256(f"import\0{actor.person_id}\0{token}".encode()).digest()
    bits = int.from_bytes(digest[:16]) & ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=bits | 0x8 << 76 | 0x2 << 62)  # RFC 9562, 5.8: version 8, for uses of our own


def rights(seen: View, dialect: sa.Dialect) -> str:
    """A digest of what the person may see and set in the table: what was judged with it is theirs to see with it."""
    shown = seen.select(sa.literal_column("1"))
    edited = seen.under("edit").select(sa.literal_column("1")) if seen.may("edit") else None
    texts = []
    for one in (shown, edited):
        if one is not None:
            compiled = one.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
            texts.append(f"{compiled}{sorted((name, str(value)) for name, value in compiled.params.items())}")
    columns = [(one.name, one.pattern) for one in seen.columns]
    may = [sorted(seen.settable(verb)) if seen.may(verb) else None for verb in ("create", "edit")]
    return hashlib.sha256(repr((texts, columns, may)).encode()).hexdigest()


def _run(row: Sequence[Any]) -> Run:
    values = list(row)
    values[9] = plan_from(values[9])
    return Run(*values)

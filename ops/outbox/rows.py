"""Put a row in the caller's transaction; drain what is open, in order, by any number of clocks at once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.db import Database, sqlstate

log = logging.getLogger(__name__)

Value = str | None | Sequence[str]


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One open row: `id` is the same on every attempt, `body` is what `put` was given."""

    id: int
    kind: str
    body: Mapping[str, Any]
    created_at: datetime
    attempts: int


Handler = Callable[[Session, OutboxRow], None]

_PUT = sa.text("INSERT INTO ops.outbox (kind, body) VALUES (:kind, CAST(:body AS jsonb))")
_TAKE = sa.text(
    """
    SELECT id, kind, body, created_at, attempts FROM ops.outbox
    WHERE done_at IS NULL AND due_at <= clock_timestamp() AND kind = ANY(CAST(:kinds AS text[]))
    ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    """
)
_DONE = sa.text(
    "UPDATE ops.outbox SET done_at = clock_timestamp(), error = NULL WHERE id = ANY(CAST(:ids AS bigint[]))"
)
# 10 s, 20 s, 40 s … an hour: a row that cannot be handed on never stands in the way of the others.
_LATER = sa.text(
    """
    UPDATE ops.outbox SET attempts = attempts + 1, error = :error,
           due_at = clock_timestamp() + make_interval(secs => least(3600, 10 * 2 ^ least(attempts, 12)))
    WHERE id = :id
    """
)
_PRUNE = sa.text(
    "WITH gone AS (DELETE FROM ops.outbox WHERE done_at < now() - make_interval(days => :days) RETURNING 1) "
    "SELECT count(*) FROM gone"
)


def put(tx: Session, kind: str, body: Mapping[str, Value]) -> None:
    """Leave a row for later; it exists if and only if the caller's transaction commits."""
    tx.execute(_PUT, {"kind": kind, "body": json.dumps(dict(body), ensure_ascii=False)})


def drain(db: Database, handlers: Mapping[str, Handler], limit: int = 100) -> int:
    """Hand up to `limit` open rows to their handlers in one transaction; return how many are done.

    A row of a kind no handler knows waits (a newer release wrote it). A handler that raises undoes its own
    work only and is tried again later. Two clocks never hold the same row.
    """
    with db.transaction() as tx:
        rows = tx.execute(_TAKE, {"kinds": list(handlers), "limit": limit}).all()
        done = [row.id for row in rows if _hand_on(tx, handlers[row.kind], OutboxRow(*row))]
        if done:
            tx.execute(_DONE, {"ids": done})
    return len(done)


def prune(tx: Session, days: int = 30) -> int:
    """Forget rows handed on longer than `days` ago; return how many."""
    return int(tx.execute(_PRUNE, {"days": days}).scalar_one())


def _hand_on(tx: Session, handler: Handler, row: OutboxRow) -> bool:
    try:
        with tx.begin_nested():
            handler(tx, row)
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise
        _postpone(tx, row, f"{type(error).__name__} {sqlstate(error)}")
        return False
    except Exception as error:
        _postpone(tx, row, type(error).__name__)
        return False
    return True


def _postpone(tx: Session, row: OutboxRow, error: str) -> None:
    # The error's words may hold values of the company; its kind is enough to look further (P42).
    log.warning("outbox row %s (%s) was not handed on: %s", row.id, row.kind, error)
    tx.execute(_LATER, {"id": row.id, "error": error})

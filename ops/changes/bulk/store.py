"""A change of many rows as it is first written down, and the states it comes to: statements, no decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, direct
from ops.actor import Actor
from ops.audit import many
from ops.audit.many import CTES as EVENT_CTES
from ops.catalog import Table
from ops.changes import store as changes
from ops.changes.bulk.targets import INSERT, RESULTS_CTES, Result, Target, results_values, row
from ops.changes.heads import RESULTS


@dataclass(frozen=True, slots=True)
class Draft:
    """The head of a change to be: one operation for each kind of writing, and what holds for all its rows."""

    table: Table
    kinds: tuple[str, ...]
    columns: tuple[str, ...]
    after: Mapping[str, str | None] | None
    mode: str
    selection: Mapping[str, Any]
    title: str
    reason: str
    source: str
    undo_of: int | None = None
    apply_at: datetime | None = None


_ADD = direct.finished(
    sa.text(
        f"""
    WITH c AS (
        INSERT INTO ops.change_set (title, reason, source, state, digest, proposer_id, submitted_at, finished_at,
                                    failure)
        VALUES (:title, :reason, :source, :state, :digest, :person_id,
                CASE WHEN :state <> 'draft' THEN clock_timestamp() END,
                CASE WHEN :final THEN clock_timestamp() END, :failure)
        RETURNING id
    ), o AS (
        INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest, after)
        SELECT c.id, k.n - 1, k.kind, :schema_name, :table_name, :table_digest,
               CASE WHEN k.kind = 'update' THEN CAST(:after AS jsonb) END
        FROM c, unnest(CAST(:kinds AS text[])) WITH ORDINALITY AS k (kind, n)
    ), b AS (
        INSERT INTO ops.change_bulk (change_id, mode, selection, columns, after, total, undo_of, done, started_at,
                                     finished_at, applied, same, moved, gone, unseen, failed, held, stopped)
        SELECT c.id, :mode, CAST(:selection AS jsonb), CAST(:columns AS text[]), CAST(:after AS jsonb), :total,
               :undo_of, :done, CASE WHEN :final THEN clock_timestamp() END,
               CASE WHEN :final THEN clock_timestamp() END,
               :applied, :same, :moved, :gone, :unseen, :failed, :held, :stopped
        FROM c
    ), t AS (
        {INSERT}
    ), p AS (
        INSERT INTO ops.change_party (change_id, person_id, side, how)
        SELECT id, :person_id, 'maker', 'proposer' FROM c
    ), f AS (
        UPDATE ops.form_token SET change_id = c.id FROM c WHERE person_id = :person_id AND token = :token
    ), w AS (
        INSERT INTO ops.outbox (kind, body) SELECT :told, jsonb_build_object('change_id', CAST(c.id AS text)) FROM c
        WHERE CAST(:told AS text) IS NOT NULL
    ), {EVENT_CTES}
    SELECT id FROM c
    """
    )
)
_RESULTS = direct.finished(
    sa.text(f"WITH c AS (SELECT CAST(:change_id AS bigint) AS id), {RESULTS_CTES}, {EVENT_CTES} SELECT 1")
)
_FROZEN = sa.text(
    """
    WITH b AS (
        UPDATE ops.change_bulk SET total = :total, targets_digest = :targets_digest,
            selection = CAST(:selection AS jsonb),
            applied = :applied, same = :same, moved = :moved, gone = :gone, unseen = :unseen, failed = :failed,
            held = :held, stopped = :stopped
        WHERE change_id = :change_id
    )
    UPDATE ops.change_set SET title = :title, digest = :digest, state = :state, submitted_at = clock_timestamp()
    WHERE id = :change_id
    """
)
_STARTED = sa.text(
    "UPDATE ops.change_bulk SET started_at = coalesce(started_at, clock_timestamp()) WHERE change_id = :change_id"
)
_ENDED = sa.text("UPDATE ops.change_bulk SET finished_at = clock_timestamp() WHERE change_id = :change_id")
_WISH = sa.text("UPDATE ops.change_bulk SET wish = :wish WHERE change_id = :change_id")


def add(
    tx: Session, actor: Actor, token: str, draft: Draft, *, state: str, final: bool, digest: str,
    targets: Sequence[Target] = (), counts: Mapping[str, int] | None = None, failure: str | None = None,
    entries: Sequence[audit.Entry] = (), told: str | None = None,
) -> int:  # fmt: skip
    """Write the change with its head, targets, maker and events in one statement; return its id.

    A moment that it waits for takes another.
    """
    counted = counts or {}
    values = {
        "title": draft.title, "reason": draft.reason, "source": draft.source, "state": state, "final": final,
        "digest": digest, "failure": failure, "person_id": actor.person_id, "token": token, "told": told,
        "kinds": list(draft.kinds), "schema_name": draft.table.schema, "table_name": draft.table.name,
        "table_digest": draft.table.digest, "mode": draft.mode, "selection": json.dumps(draft.selection),
        "columns": list(draft.columns), "undo_of": draft.undo_of, "total": len(targets),
        "after": None if draft.after is None else json.dumps(dict(draft.after)),
        "targets": json.dumps([row(one) for one in targets]), "done": len(targets) if final else 0,
        **{name: counted.get(name, 0) for name in RESULTS}, **many.values(actor, entries),
    }  # fmt: skip
    change_id = int(direct.rows(tx, _ADD, values)[0][0])
    changes.set_terms(tx, change_id, changes.Terms(draft.apply_at))
    return change_id


def draft(tx: Session, actor: Actor, token: str, made: Draft) -> int:
    """A draft without targets, for a room that fills them itself and then submits it; return its id."""
    return add(tx, actor, token, made, state="draft", final=False, digest="")


def keep_results(
    tx: Session, actor: Actor, change_id: int, results: Sequence[Result], entries: Sequence[audit.Entry], *,
    done: int, again: bool,
) -> None:  # fmt: skip
    """Write what became of a chunk's rows, how far the change is, and the chunk's events, in one statement."""
    values = {**results_values(results, again=again, done=done), **many.values(actor, entries)}
    direct.rows(tx, _RESULTS, {"change_id": change_id, **values})


def frozen(
    tx: Session, change_id: int, *, title: str, state: str, digest: str, targets_digest: str, total: int,
    selection: Mapping[str, Any], counts: Mapping[str, int],
) -> None:  # fmt: skip
    """Say that all rows are frozen: how many, their digest, and the state that follows."""
    values = {
        "title": title,
        "state": state,
        "digest": digest,
        "targets_digest": targets_digest,
        "selection": json.dumps(selection),
        "total": total,
    }
    tx.execute(_FROZEN, {"change_id": change_id, **values, **{name: counts.get(name, 0) for name in RESULTS}})


def started(tx: Session, change_id: int) -> None:
    """Its first row is about to be written."""
    tx.execute(_STARTED, {"change_id": change_id})


def ended(tx: Session, change_id: int) -> None:
    """Nothing more will be written in this round."""
    tx.execute(_ENDED, {"change_id": change_id})


def wish(tx: Session, change_id: int, what: str) -> None:
    """Ask the worker to run, pause or stop: it looks before every chunk."""
    tx.execute(_WISH, {"change_id": change_id, "wish": what})

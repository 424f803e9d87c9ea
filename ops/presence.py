"""Who has which record open: told by their pages every twenty seconds, forgotten 45 seconds later.

Owns `ops.presence`. It is a courtesy and no lock: nothing is decided by it, nothing of it stands in the trail, and it
may be lost. Refuses to know what a record is: a row is named by its table and key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

SECONDS = 45  # how long somebody who says nothing more is believed to be there
HALF = SECONDS // 2
MOST = 10  # names on one page
MOST_KEY = 2000  # characters of a key
_RELAXED = "relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
_HERE = f"""
    SELECT p.name, o.editing FROM ops.presence o JOIN ops.person p ON p.id = o.person_id
    WHERE (o.schema_name, o.table_name, o.row_key) = (:schema, :table, :key) AND o.person_id <> :person
      AND o.seen_at > now() - make_interval(secs => {SECONDS}) AND p.disabled_at IS NULL
    ORDER BY o.editing DESC, p.name LIMIT {MOST}
"""
_SEEN = sa.text(
    f"""
    WITH {_RELAXED}, told AS (
        INSERT INTO ops.presence (schema_name, table_name, row_key, person_id, editing)
        SELECT :schema, :table, :key, :person, :editing FROM relaxed
        ON CONFLICT (schema_name, table_name, row_key, person_id) DO UPDATE
        -- A second tab that only looks must not hide that the first one edits.
        SET editing = excluded.editing OR (ops.presence.editing
                AND ops.presence.seen_at > now() - make_interval(secs => {HALF})),
            seen_at = now())
    {_HERE}
    """
)
_GONE = sa.text(
    "DELETE FROM ops.presence WHERE (schema_name, table_name, row_key) = (:schema, :table, :key) "
    "AND person_id = :person"
)
_SWEEP = sa.text(f"DELETE FROM ops.presence WHERE seen_at < now() - make_interval(secs => {SECONDS})")


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody else who has the record open."""

    name: str
    editing: bool


def here(
    tx: Session, person_id: int, table: tuple[str, str], key: str, *, editing: bool
) -> Sequence[Present]:
    """Note that the person has the row open, and tell who else has: one round trip."""
    values = _values(person_id, table, key)
    return _present(tx.execute(_SEEN, {**values, "editing": editing}).all())


def told(said: Sequence[tuple[str, bool]] | None) -> Sequence[Present]:
    """Who else has a row open, out of what `ops.form_opens` says; nothing is noted."""
    return [Present(name, editing) for name, editing in said or ()]


def gone(tx: Session, person_id: int, table: tuple[str, str], key: str) -> None:
    """The person closed the row's page."""
    tx.execute(_GONE, _values(person_id, table, key))


def sweep(tx: Session) -> None:
    """Forget who is not there any more; the clock calls it."""
    tx.execute(_SWEEP)


def _values(person_id: int, table: tuple[str, str], key: str) -> dict[str, object]:
    return {"person": person_id, "schema": table[0], "table": table[1], "key": key[:MOST_KEY]}


def _present(rows: Sequence[sa.Row[Any]]) -> list[Present]:
    return [Present(row.name, row.editing) for row in rows]

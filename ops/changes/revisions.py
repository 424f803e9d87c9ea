"""The rows of a further revision: what a change was is kept, and its operations are written anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.changes.operation import Operation
from ops.changes.store import ChangeSet, operation_row

# The person is a maker before anything else: to a decider the foreign key of the revision says no (P27).
_KEEP = sa.text(
    """
    WITH p AS (
        INSERT INTO ops.change_party (change_id, person_id, side, how) VALUES (:id, :person_id, 'maker', 'editor')
        ON CONFLICT (change_id, person_id) DO NOTHING
    )
    INSERT INTO ops.revision (change_id, revision, digest, state, failure, reason, person_id, revised_by, operations,
                              made_at)
    SELECT c.id, c.revision, c.digest, c.state, c.failure, c.reason, coalesce(c.editor_id, c.proposer_id), :person_id,
        (SELECT jsonb_agg(jsonb_build_object('kind', o.kind, 'schema_name', o.schema_name, 'table_name', o.table_name,
            'table_digest', o.table_digest, 'row_key', o.row_key, 'base', o.base, 'after', o.after, 'links', o.links)
            ORDER BY o.position) FROM ops.operation o WHERE o.change_id = c.id),
        c.submitted_at
    FROM ops.change_set c WHERE c.id = :id
    """
)
_GONE = sa.text("DELETE FROM ops.operation WHERE change_id = :id")
# What does other things than it did undoes nothing: what it was to take back can be undone by another change.
_REVISE = sa.text(
    """
    WITH does AS (
        SELECT x.which, jsonb_agg(jsonb_build_array(
            e.o->'kind', e.o->'schema_name', e.o->'table_name', e.o->'row_key', e.o->'after') ORDER BY e.place) AS what
        FROM (VALUES ('now', CAST(:operations AS jsonb)),
                     ('was', (SELECT r.operations FROM ops.revision r
                              WHERE r.change_id = :id AND r.revision = :revision - 1))) AS x (which, operations)
        CROSS JOIN LATERAL jsonb_array_elements(x.operations) WITH ORDINALITY AS e (o, place) GROUP BY 1
    ), c AS (
        UPDATE ops.change_set SET revision = :revision, digest = :digest, reason = :reason, editor_id = :editor_id,
            state = :state, failure = NULL, submitted_at = clock_timestamp(), finished_at = NULL,
            undo_of = CASE WHEN (SELECT count(DISTINCT what) = 1 FROM does) THEN undo_of END,
            apply_at = :apply_at, expires_at = clock_timestamp() + make_interval(hours => :expires)
        WHERE id = :id RETURNING id
    )
    INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest, row_key, base,
                               after, links, result)
    SELECT c.id, x.position, x.kind, x.schema_name, x.table_name, x.table_digest, x.row_key, x.base, x.after, x.links,
           x.result
    FROM c, jsonb_to_recordset(CAST(:operations AS jsonb)) AS x (
        position int, kind text, schema_name text, table_name text, table_digest text, row_key jsonb, base jsonb,
        after jsonb, links jsonb, result jsonb)
    """
)
_SIDE = sa.text("SELECT side FROM ops.change_party WHERE change_id = :id AND person_id = :person_id")
_PAST = sa.text(
    """
    SELECT r.revision, r.state, r.failure, r.reason, p.name, r.made_at, b.name, r.revised_at
    FROM ops.revision r JOIN ops.person p ON p.id = r.person_id JOIN ops.person b ON b.id = r.revised_by
    WHERE r.change_id = :id ORDER BY r.revision
    """
)


_ASKED = sa.text("SELECT operations FROM ops.revision WHERE change_id = :id AND revision = :revision")
Place = tuple[str, str, tuple[str, ...]]
"""A row by schema, table and the parts of its key; a row that is to be made has none."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """A revision that is none any more: what it came to, who made it, and who made the next one, when."""

    revision: int
    state: str
    failure: str | None
    reason: str
    maker: str
    made_at: datetime | None
    revised_by: str
    revised_at: datetime


def revise(
    tx: Session, change: ChangeSet, person_id: int, operations: Sequence[Operation], *, digest: str, state: str,
    reason: str, apply_at: datetime | None, expires: int | None,
) -> None:  # fmt: skip
    """Keep the change, which is locked, as it was, and write its next revision; the person is a maker from now on."""
    values = {
        "id": change.id, "revision": change.revision + 1, "digest": digest, "state": state, "reason": reason,
        "editor_id": None if person_id == change.proposer_id else person_id,
        "apply_at": apply_at, "expires": expires,
        "operations": json.dumps([operation_row(n, one, None) for n, one in enumerate(operations)]),
    }  # fmt: skip
    tx.execute(_KEEP, {"id": change.id, "person_id": person_id})
    tx.execute(_GONE, {"id": change.id})
    tx.execute(_REVISE, values)


def side_of(tx: Session, change_id: int, person_id: int) -> str | None:
    """On which side of the change the person stands: maker, decider, or neither."""
    side: str | None = tx.scalar(_SIDE, {"id": change_id, "person_id": person_id})
    return side


def asked_before(tx: Session, change_id: int, revision: int) -> dict[Place, dict[str, str | None]]:
    """What an earlier revision wanted to stand in which rows. Whose it is to read is for the caller to say."""
    found = {}
    for one in tx.scalar(_ASKED, {"id": change_id, "revision": revision}) or ():
        key = tuple(one["row_key"] or ())
        found[(one["schema_name"], one["table_name"], key)] = dict(one["after"] or {})
    return found


def superseded(tx: Session, change_id: int) -> list[Superseded]:
    """The revisions that went before, oldest first."""
    return [Superseded(*row) for row in tx.execute(_PAST, {"id": change_id})]

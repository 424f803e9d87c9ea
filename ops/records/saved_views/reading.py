"""All views a person sees, in one statement; the stamp tells whether what was kept is still true."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.records.saved_views.model import MOST_SEEN, OWNER, Mine, SavedView

STAMP = "(SELECT stamp::text FROM ops.view_stamp)"  # `ops.who_arrives` tells it with the person

# Stamp and content in one statement, so that nothing is ever kept under another one's stamp. One's own come first
# where there are more than anybody reads.
_MINE = sa.text(
    f"""
    WITH seen AS (
        SELECT v.id, v.schema_name, v.table_name, v.name, v.role, v.list, v.looks, v.edition, v.owner_id,
            p.name AS owner, n.view_id IS NOT NULL AS pinned, d.view_id IS NOT NULL AS opens
        FROM ops.saved_view v JOIN ops.person p ON p.id = v.owner_id
        LEFT JOIN ops.view_pin n ON n.view_id = v.id AND n.person_id = :person
        LEFT JOIN ops.view_default d ON d.view_id = v.id AND d.person_id = :person
        WHERE v.owner_id = :person OR v.role = ANY(CAST(:roles AS text[])) OR (:every AND v.role IS NOT NULL)
        ORDER BY v.owner_id = :person DESC, v.id LIMIT {MOST_SEEN}
    )
    SELECT {STAMP} AS stamp, (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY lower(s.name), s.id), '[]') FROM seen s)
        AS views
    """
)


def mine(tx: Session, actor: Actor) -> Mine:
    """The views the person sees: their own, those shared with a role they hold; the role owner sees all shared."""
    row = tx.execute(
        _MINE,
        {"person": actor.person_id, "roles": sorted(actor.roles), "every": OWNER in actor.roles},
    ).one()
    return Mine(row.stamp or "", (_view(one) for one in row.views))


def _view(row: dict[str, object]) -> SavedView:
    role = row["role"]
    return SavedView(
        id=cast(int, row["id"]),
        schema=str(row["schema_name"]),
        table=str(row["table_name"]),
        name=str(row["name"]),
        role=None if role is None else str(role),
        list=str(row["list"]),
        looks=str(row["looks"]),
        edition=cast(int, row["edition"]),
        owner_id=cast(int, row["owner_id"]),
        owner=str(row["owner"]),
        pinned=bool(row["pinned"]),
        opens=bool(row["opens"]),
    )

"""What membership in SCIM's groups means: roles of origin "scim", at once, and the groups a person is in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record

# Two changes of memberships of one person take turns: the second then sees what the first left.
_LOCK = sa.text("SELECT id FROM ops.person WHERE id = ANY(:people) ORDER BY id FOR NO KEY UPDATE")
# All in one statement, for one person or thousands. A group means what its name or its externalId means to the
# provider the person signs in by: tokens name groups by either.
_BRING = sa.text(
    """
    WITH listed AS (SELECT id, iss FROM ops.person WHERE id = ANY(:people)),
    member AS (
        SELECT l.id, l.iss, g.display_name, g.external_id FROM listed l
        JOIN ops.scim_user u ON u.person_id = l.id AND u.active
        JOIN ops.scim_member m ON m.user_id = u.id
        JOIN ops.scim_group g ON g.id = m.group_id
    ),
    due AS (
        SELECT DISTINCT m.id, r.role FROM member m
        JOIN ops.group_role r ON r.iss = m.iss AND r.group_name IN (m.display_name, m.external_id)
    ),
    taken AS (
        DELETE FROM ops.person_role r USING listed l
        WHERE r.person_id = l.id AND r.origin = 'scim'
        AND NOT EXISTS (SELECT FROM due d WHERE d.id = r.person_id AND d.role = r.role)
        RETURNING r.person_id AS id, r.role
    ),
    given AS (
        INSERT INTO ops.person_role (person_id, role, origin) SELECT id, role, 'scim' FROM due
        ON CONFLICT DO NOTHING RETURNING person_id AS id, role
    ),
    groups AS (
        SELECT l.id, CASE WHEN EXISTS (SELECT FROM ops.scim_user u WHERE u.person_id = l.id) THEN ARRAY(
            SELECT DISTINCT n.name FROM member m CROSS JOIN LATERAL (VALUES (m.display_name), (m.external_id))
            AS n (name) WHERE m.id = l.id AND n.name IS NOT NULL ORDER BY n.name) END AS names
        FROM listed l
    ),
    told AS (
        UPDATE ops.person p SET scim_groups = g.names FROM groups g
        WHERE p.id = g.id AND p.scim_groups IS DISTINCT FROM g.names
    )
    SELECT l.id,
        ARRAY(SELECT r.role || ' ' || r.origin FROM ops.person_role r WHERE r.person_id = l.id) AS before,
        ARRAY(SELECT role FROM taken WHERE taken.id = l.id) AS taken,
        ARRAY(SELECT role FROM given WHERE given.id = l.id) AS given
    FROM listed l
    WHERE EXISTS (SELECT FROM taken WHERE taken.id = l.id) OR EXISTS (SELECT FROM given WHERE given.id = l.id)
    ORDER BY l.id
    """
)
_MAPPED = sa.text(
    """
    SELECT DISTINCT u.person_id FROM ops.scim_group g
    JOIN ops.scim_member m ON m.group_id = g.id
    JOIN ops.scim_user u ON u.id = m.user_id
    JOIN ops.person p ON p.id = u.person_id
    WHERE p.iss = :iss AND (CAST(:names AS text[]) IS NULL
        OR g.display_name = ANY(CAST(:names AS text[])) OR g.external_id = ANY(CAST(:names AS text[])))
    """
)


def bring(tx: Session, actor: Actor, people: Collection[int], reason: str) -> int:
    """Give and take the roles that SCIM's groups mean for these people; how many got others than before.

    Open sessions and work under way read roles anew each time, so it counts from the commit on (P9). Roles of
    other origins are never touched (P4).
    """
    if not people:
        return 0
    listed = sorted(people)
    tx.execute(_LOCK, {"people": listed})
    rows = tx.execute(_BRING, {"people": listed}).all()
    record(tx, actor, [_entry(row, reason) for row in rows])
    return len(rows)


def remap(tx: Session, actor: Actor, iss: str, group_names: Iterable[str] | None = None) -> int:
    """Bring the roles of everyone in these groups up to date (None: in any) after `ops.group_role` changed.

    Whoever changes the mapping calls it in the same transaction; how many people got other roles.
    """
    names = None if group_names is None else list(group_names)
    people = tx.scalars(_MAPPED, {"iss": iss, "names": names}).all()
    return bring(tx, actor, people, "the meaning of a group was changed")


def _entry(row: Any, reason: str) -> Entry:
    before = set(row.before)
    after = (before - {f"{role} scim" for role in row.taken}) | {f"{role} scim" for role in row.given}
    return Entry(
        "roles.changed",
        reason=reason,
        before={"roles": _roles(before)},
        after={"roles": _roles(after)},
        facts={"person": str(row.id), "origin": "scim"},
    )


def _roles(pairs: Iterable[str]) -> str:
    return ",".join(sorted({pair.partition(" ")[0] for pair in pairs}))

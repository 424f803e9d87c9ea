"""What membership in SCIM's groups means: roles of origin "scim", at once, and the groups a person is in."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record

Pairs = frozenset[tuple[str, str]]  # role and origin

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
        RETURNING 1
    ),
    given AS (
        INSERT INTO ops.person_role (person_id, role, origin) SELECT id, role, 'scim' FROM due
        ON CONFLICT DO NOTHING RETURNING 1
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
    SELECT (SELECT count(*) FROM taken) + (SELECT count(*) FROM given) AS moved
    """
)
# Who is taken out of a group here is out of it, though the token of their last sign-in still names it (P9). The
# next word of the provider tells anew.
_UNTOLD = sa.text(
    """
    WITH told AS (
        UPDATE ops.person p SET groups = ARRAY(
            SELECT g.name FROM unnest(p.groups) WITH ORDINALITY AS g (name, place)
            WHERE g.name <> ALL(CAST(:lost AS text[])) ORDER BY g.place)
        WHERE p.id = ANY(:people) AND p.groups && CAST(:lost AS text[])
        RETURNING p.id, p.iss, p.groups
    )
    DELETE FROM ops.person_role r USING told t
    WHERE r.person_id = t.id AND r.origin = 'provider' AND NOT EXISTS (
        SELECT FROM ops.group_role m
        WHERE m.iss = t.iss AND m.group_name = ANY(t.groups) AND m.role = r.role)
    """
)
_ROLES = sa.text("SELECT person_id, role, origin FROM ops.person_role WHERE person_id = ANY(:people)")
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


def bring(
    tx: Session, actor: Actor, people: Collection[int], reason: str, *, lost: Collection[str] = ()
) -> int:
    """Give and take the roles that SCIM's groups mean for these people; how many have others than before.

    `lost` names groups all of them were taken out of. Open sessions and work under way read roles anew each
    time, so it counts from the commit on (P9). Roles of hands and settings are never touched (P4).
    """
    if not people:
        return 0
    listed = {"people": sorted(people)}
    tx.execute(_LOCK, listed)
    before = _held(tx, listed)
    if lost:
        tx.execute(_UNTOLD, {**listed, "lost": sorted(lost)})
    tx.execute(_BRING, listed)
    after = _held(tx, listed)
    moved = [person for person in listed["people"] if before[person] != after[person]]
    record(tx, actor, [_entry(person, before[person], after[person], reason) for person in moved])
    return len(moved)


def remap(tx: Session, actor: Actor, iss: str, group_names: Iterable[str] | None = None) -> int:
    """Bring the roles of everyone in these groups up to date (None: in any) after `ops.group_role` changed.

    Whoever changes the mapping calls it in the same transaction; how many people got other roles.
    """
    names = None if group_names is None else list(group_names)
    people = tx.scalars(_MAPPED, {"iss": iss, "names": names}).all()
    return bring(tx, actor, people, "the meaning of a group was changed")


def _held(tx: Session, listed: dict[str, list[int]]) -> dict[int, frozenset[tuple[str, str]]]:
    found: dict[int, set[tuple[str, str]]] = {person: set() for person in listed["people"]}
    for row in tx.execute(_ROLES, listed):
        found[row.person_id].add((row.role, row.origin))
    return {person: frozenset(held) for person, held in found.items()}


def _entry(person: int, before: Pairs, after: Pairs, reason: str) -> Entry:
    origins = sorted({origin for _role, origin in before ^ after})
    return Entry(
        "roles.changed",
        reason=reason,
        before={"roles": _roles(before)},
        after={"roles": _roles(after)},
        facts={"person": str(person), "origin": ",".join(origins)},
    )


def _roles(pairs: Pairs) -> str:
    return ",".join(sorted({role for role, _origin in pairs}))

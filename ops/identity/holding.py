"""Who holds which role, and which groups give it: what the owner's screens count and name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class GroupOf:
    """A group of a provider, by the provider's issuer."""

    iss: str
    name: str


@dataclass(frozen=True, slots=True)
class Holding:
    """How many people hold a role now, how many of them by hand, and the groups that give it."""

    people: int = 0
    by_hand: int = 0
    groups: tuple[GroupOf, ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """A person with a role, and where they have it from."""

    id: int
    name: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A group that was told and means nothing here. `by`: "sign_in" or "scim"; `people` of those looked at."""

    iss: str
    name: str
    by: str
    people: int


@dataclass(frozen=True)
class GroupScreen:
    """Mappings by (issuer, group), and the groups that mean nothing; `more`: not all could be looked at."""

    mappings: Sequence[tuple[str, str, str]] = ()
    people: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unmapped: Sequence[Unmapped] = ()
    more: bool = False


_HOLDINGS = sa.text(
    """
    SELECT role, people, by_hand, ARRAY(
        SELECT jsonb_build_array(g.iss, g.group_name) FROM ops.group_role g WHERE g.role = x.role
        ORDER BY g.group_name LIMIT 200) AS groups
    FROM (
        SELECT role, count(DISTINCT person_id) AS people,
               count(DISTINCT person_id) FILTER (WHERE origin = 'hand') AS by_hand
        FROM (SELECT role, person_id, origin FROM ops.held_role
              UNION ALL SELECT DISTINCT role, CAST(NULL AS bigint), NULL FROM ops.group_role) h
        GROUP BY role
    ) x
    """
)
_HOLDERS = sa.text(
    """
    SELECT p.id, p.name, array_agg(DISTINCT r.origin ORDER BY r.origin) AS origins
    FROM ops.held_role r JOIN ops.person p ON p.id = r.person_id
    WHERE r.role = :role GROUP BY p.id, p.name ORDER BY p.name, p.id LIMIT :most
    """
)
_MAPPINGS = sa.text(
    "SELECT iss, group_name, role FROM ops.group_role ORDER BY iss, group_name, role LIMIT 5000"
)
# The people who signed in last tell which groups there are; nobody reads a whole directory for a screen.
_TOLD = sa.text(
    """
    WITH told AS (
        SELECT iss, groups FROM ops.person WHERE groups IS NOT NULL AND signed_in_at IS NOT NULL
        ORDER BY id DESC LIMIT :looked_at
    ), told_groups AS (
        SELECT t.iss, g.name, 'sign_in' AS by, count(*) AS people
        FROM told t CROSS JOIN LATERAL unnest(t.groups) AS g (name) GROUP BY t.iss, g.name
        UNION ALL
        SELECT CAST(:scim_issuer AS text), s.display_name, 'scim',
               (SELECT count(*) FROM ops.scim_member m WHERE m.group_id = s.id)
        FROM (SELECT id, display_name FROM ops.scim_group ORDER BY position DESC LIMIT :looked_at) s
        WHERE CAST(:scim_issuer AS text) IS NOT NULL
    )
    SELECT iss, name, by, people, EXISTS (
        SELECT FROM ops.group_role m WHERE m.iss = x.iss AND m.group_name = x.name) AS mapped
    FROM told_groups x ORDER BY people DESC, name LIMIT 2000
    """
)
LOOKED_AT = 2000  # people and groups
SHOWN = 100  # groups that mean nothing


def holdings(tx: Session) -> dict[str, Holding]:
    """Who holds what, by role; a role nobody holds and no group gives is left out. One statement."""
    return {
        row.role: Holding(row.people, row.by_hand, tuple(GroupOf(*one) for one in row.groups))
        for row in tx.execute(_HOLDINGS)
    }


def holders(tx: Session, role: str, most: int = 50) -> list[Holder]:
    """The people who hold the role now, by name; `most` and one more, so that a page can say there are more."""
    rows = tx.execute(_HOLDERS, {"role": role, "most": most + 1})
    return [Holder(row.id, row.name, tuple(row.origins)) for row in rows]


def group_screen(tx: Session, scim_issuer: str | None) -> GroupScreen:
    """What groups mean here and which mean nothing, as far as the last sign-ins and SCIM tell. Two statements."""
    mappings = [(row.iss, row.group_name, row.role) for row in tx.execute(_MAPPINGS)]
    told: Sequence[Any] = tx.execute(_TOLD, {"looked_at": LOOKED_AT, "scim_issuer": scim_issuer}).all()
    people: dict[tuple[str, str], int] = {}
    for row in told:
        key = (row.iss, row.name)
        people[key] = max(people.get(key, 0), row.people)
    unknown: dict[tuple[str, str], Unmapped] = {}
    for row in told:
        if not row.mapped:
            unknown.setdefault((row.iss, row.name), Unmapped(row.iss, row.name, row.by, row.people))
    return GroupScreen(mappings, people, list(unknown.values())[:SHOWN], len(unknown) > SHOWN)

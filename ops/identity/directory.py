"""The people of an installation, as a list and one by one; who may read it is the caller's to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

State = Literal["active", "new", "off"]
STATES: tuple[State, ...] = ("active", "new", "off")
COUNTED = 1000  # more than so many are not counted


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role as a list shows it. `counts`: False where the provider's word is too old (P9)."""

    role: str
    origin: str
    counts: bool


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """One line of the list. `seen_at`: when a page was last opened, or else when they last signed in."""

    id: int
    name: str
    email: str | None
    email_verified: bool
    iss: str
    state: State
    switched_off_by: str | None
    seen_at: datetime | None
    roles: tuple[HeldRole, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for; None is no condition."""

    search: str = ""
    state: State | None = None
    role: str | None = None
    iss: str | None = None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page, by name. `previous` and `next` are people to page from; `count` stops above `COUNTED`."""

    people: list[ListedPerson]
    previous: int | None
    next: int | None
    count: int


_STATE = (
    "CASE WHEN p.disabled_at IS NOT NULL THEN 'off' WHEN p.signed_in_at IS NULL THEN 'new' ELSE 'active' END"
)
_CONDITIONS: Mapping[str, str] = {
    "search": "(p.name ILIKE :search OR p.email ILIKE :search OR p.sub = :exact)",
    "state": f"{_STATE} = :state",
    "role": "EXISTS (SELECT FROM ops.person_role r WHERE r.person_id = p.id AND r.role = :role)",
    "iss": "p.iss = :iss",
}
# Two scalar subqueries, not one row of them: so the index on (lower(name), id) serves the comparison.
_PLACE = "(lower(p.name), p.id) {} ((SELECT lower(name) FROM ops.person WHERE id = :place), :place)"
# The page is cut before sessions and roles are read, so they are read for its people alone.
_PAGE = """
    WITH page AS (
        SELECT p.id, p.name, p.email, p.email_verified, p.iss, p.disabled_by, p.signed_in_at, p.rights_until,
            {state} AS state
        FROM ops.person p WHERE {where} ORDER BY lower(p.name) {order}, p.id {order} LIMIT :limit
    ), counted AS (
        SELECT count(*) AS n FROM (SELECT FROM ops.person p WHERE {filter} LIMIT :most) AS few
    )
    SELECT page.*, counted.n,
        GREATEST(page.signed_in_at, (SELECT max(s.seen_at) FROM ops.session s WHERE s.person_id = page.id))
            AS seen_at,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(r.role, r.origin,
                    r.origin <> 'provider' OR coalesce(page.rights_until > now(), false))
                    ORDER BY r.role, r.origin), '[]')
            FROM ops.person_role r WHERE r.person_id = page.id) AS roles
    FROM counted LEFT JOIN page ON true ORDER BY lower(page.name) {order}, page.id {order}
"""


def people(
    tx: Session, wanted: Wanted, *, after: int | None = None, before: int | None = None, size: int = 50
) -> PeoplePage:
    """One page of people by name, from a person on, in one statement: no OFFSET, the count capped."""
    backwards = before is not None and after is None
    place = before if backwards else after
    values, conditions = _asked(wanted)
    filtered = " AND ".join(conditions) or "true"
    if place is not None:
        conditions = [*conditions, _PLACE.format("<" if backwards else ">")]
        values["place"] = place
    statement = _PAGE.format(
        state=_STATE,
        where=" AND ".join(conditions) or "true",
        filter=filtered,
        order="DESC" if backwards else "ASC",
    )
    rows = tx.execute(sa.text(statement), {**values, "limit": size + 1, "most": COUNTED + 1}).all()
    count = rows[0].n
    found = [_listed(row) for row in rows if row.id is not None]
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    earlier = bool(found) and (more if backwards else after is not None)
    later = bool(found) and (backwards or more)
    return PeoplePage(found, found[0].id if earlier else None, found[-1].id if later else None, count)


def _asked(wanted: Wanted) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {
        name: text for name in _CONDITIONS if (text := getattr(wanted, name)) not in (None, "")
    }
    conditions = [_CONDITIONS[name] for name in values]
    if "search" in values:
        values["exact"] = wanted.search
        values["search"] = "%" + "".join(f"\\{c}" if c in "\\%_" else c for c in wanted.search) + "%"
    return values, conditions


def _listed(row: Any) -> ListedPerson:
    return ListedPerson(
        id=row.id,
        name=row.name,
        email=row.email,
        email_verified=row.email_verified,
        iss=row.iss,
        state=row.state,
        switched_off_by=row.disabled_by if row.state == "off" else None,
        seen_at=row.seen_at,
        roles=tuple(HeldRole(*one) for one in row.roles),
    )


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """One person, as their page shows them. `groups` are what the provider told, `scim_groups` what SCIM did."""

    id: int
    name: str
    email: str | None
    email_verified: bool
    iss: str
    sub: str
    timezone: str
    state: State
    switched_off_by: str | None
    switched_off_at: datetime | None
    created_at: datetime
    signed_in_at: datetime | None
    rights_at: datetime | None
    rights_until: datetime | None
    rights_old: bool
    groups: tuple[str, ...] | None
    scim_groups: tuple[str, ...] | None
    attributes: Mapping[str, str]


class NoSuchPerson(LookupError):
    """There is nobody of this number; a page answers 404."""


_ONE = sa.text(
    f"""
    SELECT p.*, {_STATE} AS state, p.attributes || p.scim_attributes AS told,
        coalesce(p.rights_until <= now(), false) AS old FROM ops.person p WHERE p.id = :person
    """
)


def person(tx: Session, person_id: int) -> KnownPerson:
    """The person of this number. Raises NoSuchPerson."""
    row = tx.execute(_ONE, {"person": person_id}).one_or_none()
    if row is None:
        raise NoSuchPerson(person_id)
    return KnownPerson(
        id=row.id, name=row.name, email=row.email, email_verified=row.email_verified, iss=row.iss, sub=row.sub,
        timezone=row.timezone, state=row.state, switched_off_by=row.disabled_by, switched_off_at=row.disabled_at,
        created_at=row.created_at, signed_in_at=row.signed_in_at, rights_at=row.rights_at,
        rights_until=row.rights_until, rights_old=row.old, groups=_texts(row.groups),
        scim_groups=_texts(row.scim_groups),
        attributes={name: value for name, value in row.told.items() if isinstance(value, str)},
    )  # fmt: skip


def _texts(found: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(found)

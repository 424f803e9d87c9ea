"""What a provider vouches for: groups become roles of origin "provider", for as long as its word is young."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.audit import Entry
from ops.identity.people import roles_of

DEFAULT_AGE = timedelta(days=7)  # OPS_RIGHTS_MAX_AGE where nobody said otherwise


@dataclass(frozen=True, slots=True)
class Word:
    """What a provider says of one person now. `groups` is None where it told none in a usable form (P4)."""

    iss: str
    groups: tuple[str, ...] | None
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a provider's word changed: roles that count before and after, groups that mean nothing."""

    before: frozenset[str]
    after: frozenset[str]
    unknown: int

    def entry(self, reason: str, **facts: str) -> Entry | None:
        """The entry in the trail, where roles changed."""
        if self.before == self.after:
            return None
        return Entry(
            "roles.changed",
            reason=reason,
            before={"roles": ",".join(sorted(self.before))},
            after={"roles": ",".join(sorted(self.after))},
            facts=facts,
        )


_TOLD = sa.text(
    "UPDATE ops.person SET groups = :groups, attributes = CAST(:attributes AS jsonb), rights_at = now(), "
    "rights_until = now() + make_interval(secs => :seconds) WHERE id = :person"
)
_NOT_TOLD = sa.text("UPDATE ops.person SET attributes = CAST(:attributes AS jsonb) WHERE id = :person")
_MEANING = sa.text(
    "SELECT group_name, role FROM ops.group_role WHERE iss = :iss AND group_name = ANY(:groups)"
)
_TAKE = sa.text(
    "DELETE FROM ops.person_role WHERE person_id = :person AND origin = 'provider' "
    "AND role <> ALL(CAST(:roles AS text[]))"
)
_GIVE = sa.text(
    "INSERT INTO ops.person_role (person_id, role, origin) "
    "SELECT :person, role, 'provider' FROM unnest(CAST(:roles AS text[])) AS role ON CONFLICT DO NOTHING"
)


def take(tx: Session, person_id: int, word: Word, *, lasts: timedelta = DEFAULT_AGE) -> Taken:
    """Set the roles of origin "provider" to what the groups mean; they count for `lasts` from now.

    Where the provider did not tell usable groups nothing is granted, nothing is taken, and the earlier word
    gets no older end: not telling is not the same as saying there are none (P4, P9). Roles given by hand or
    by SCIM are never touched here.
    """
    before = roles_of(tx, person_id)
    values = {"person": person_id, "attributes": json.dumps(dict(word.attributes))}
    if word.groups is None:
        tx.execute(_NOT_TOLD, values)
        return Taken(before, before, 0)
    groups = list(word.groups)
    tx.execute(_TOLD, {**values, "groups": groups, "seconds": lasts.total_seconds()})
    mapped = tx.execute(_MEANING, {"iss": word.iss, "groups": groups}).all()
    roles = {"person": person_id, "roles": sorted({row.role for row in mapped})}
    tx.execute(_TAKE, roles)
    tx.execute(_GIVE, roles)
    return Taken(before, roles_of(tx, person_id), len(set(groups) - {row.group_name for row in mapped}))


_SPAN = sa.text(
    "UPDATE ops.person SET rights_until = rights_at + make_interval(secs => :seconds) "
    "WHERE rights_until > rights_at AND iss <> 'countersign:break-glass' "
    "AND rights_until <> rights_at + make_interval(secs => :seconds) RETURNING 1"
)


def keep_span(tx: Session, lasts: timedelta) -> int:
    """Let a changed OPS_RIGHTS_MAX_AGE count for words given before; the clock calls it. How many it met.

    A word that was taken back (`withdraw`) stays taken back.
    """
    return len(tx.execute(_SPAN, {"seconds": lasts.total_seconds()}).all())


def withdraw(tx: Session, person_id: int) -> None:
    """The provider vouches for this person no more: their roles of origin "provider" stop counting now."""
    tx.execute(
        sa.text("UPDATE ops.person SET rights_until = LEAST(rights_at, now()) WHERE id = :person"),
        {"person": person_id},
    )

"""What a provider vouches for: groups become roles of origin "provider", for as long as its word is young."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record
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


_IN = sa.text(
    "SELECT p.id, ARRAY(SELECT DISTINCT h.role FROM ops.held_role h WHERE h.person_id = p.id) AS roles "
    "FROM ops.person p WHERE p.iss = :iss AND p.groups && CAST(:names AS text[]) ORDER BY p.id FOR NO KEY UPDATE"
)
# All in one statement, for one person or thousands.
_REMAP = sa.text(
    """
    WITH due AS (
        SELECT DISTINCT p.id, g.role FROM ops.person p
        JOIN ops.group_role g ON g.iss = p.iss AND g.group_name = ANY(p.groups)
        WHERE p.id = ANY(:people)
    ), taken AS (
        DELETE FROM ops.person_role r WHERE r.person_id = ANY(:people) AND r.origin = 'provider'
        AND NOT EXISTS (SELECT FROM due d WHERE d.id = r.person_id AND d.role = r.role)
    )
    INSERT INTO ops.person_role (person_id, role, origin) SELECT id, role, 'provider' FROM due
    ON CONFLICT DO NOTHING
    """
)
_HOLD = sa.text(
    "SELECT p.id, ARRAY(SELECT DISTINCT h.role FROM ops.held_role h WHERE h.person_id = p.id) AS roles "
    "FROM ops.person p WHERE p.id = ANY(:people)"
)


def remap(tx: Session, actor: Actor, iss: str, names: Sequence[str]) -> int:
    """Where a group means something else from now on, whom the provider put into it has other roles at once (P9).

    Whoever changes `ops.group_role` calls it in the same transaction, with the groups' names. How many people
    hold other roles than before; for how long their provider's word counts stays as it was.
    """
    before = {row.id: frozenset(row.roles) for row in tx.execute(_IN, {"iss": iss, "names": list(names)})}
    if not before:
        return 0
    people = {"people": sorted(before)}
    tx.execute(_REMAP, people)
    changed = [
        entry
        for row in tx.execute(_HOLD, people)
        if (
            entry := Taken(before[row.id], frozenset(row.roles), 0).entry(
                "as their group means now", person=str(row.id), issuer=iss
            )
        )
    ]
    if changed:
        record(tx, actor, changed)
    return len(changed)

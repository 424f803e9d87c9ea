"""People and their roles: the models, today's rights, and which group of a provider means which role."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from ops.actor import Actor
from ops.db import Base
from ops.roles import book


class Disabled(Exception):
    """The person was switched off, or is not there any more; nothing may be done in their name."""


class Person(Base):
    """One person: the pair (iss, sub) of an identity provider, never an e-mail address or a name (P2)."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    iss: Mapped[str]
    sub: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    email_verified: Mapped[bool]
    timezone: Mapped[str]
    locale: Mapped[str]
    disabled_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    signed_in_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class PersonRole(Base):
    """A role of a person and where it came from: "provider" (a group), "hand", or "setting" (P4)."""

    __tablename__ = "person_role"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("ops.person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(primary_key=True)
    granted_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


class GroupRole(Base):
    """Which role a group of one identity provider means here."""

    __tablename__ = "group_role"

    iss: Mapped[str] = mapped_column(primary_key=True)
    group_name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role as a page shows it. `counts`: not where the provider's word is too old, or they are switched off."""

    role: str
    origin: str
    granted_at: datetime
    counts: bool = True


# `ops.person_now` is what an Actor is made of, with the stamp, so that rights in memory are known to be today's
# without another round trip. Who is switched off is not in it.
_RIGHTS = sa.text("SELECT * FROM ops.person_now WHERE id = :person")


def current_actor(tx: Session, actor: Actor) -> Actor:
    """The same actor with the roles they have now, read in the transaction that writes (P16).

    An actor without a person (the clock, a command) is returned as it is. Raises Disabled.
    """
    if actor.person_id is None:
        return actor
    return actor_now(tx, tx.execute(_RIGHTS, {"person": actor.person_id}).one_or_none(), actor)


def actor_now(tx: Session, row: Any, actor: Actor) -> Actor:
    """The same of a row with what `ops.person_now` has, for a statement that reads more. Raises Disabled."""
    if row is None or row.id is None:
        raise Disabled(f"person {actor.person_id} is switched off")
    return actor_from(tx, row, actor)


def actor_from(tx: Session, row: Any, actor: Actor | None = None) -> Actor:
    """An actor of a row of `ops.person_now`: who they are, what they hold, the book of today's rights.

    `actor` says where they act from. Only a stamp this process does not know costs another statement.
    """
    groups = (*(row.told_groups or ()), *(row.scim_groups or ()))
    told: dict[str, Any] = {
        "person_id": row.id,
        "name": row.name,
        "roles": frozenset(row.held),
        "timezone": row.timezone,
        "locale": row.locale,
        "sub": row.sub,
        "email": row.verified,
        "groups": tuple(dict.fromkeys(groups)),
        "attributes": {name: value for name, value in row.attributes.items() if isinstance(value, str)},
        "book": book(tx, row.stamp),
    }
    return Actor(**told) if actor is None else replace(actor, **told)


_KNOWN = "ops_person_now"
_FRESH_SECONDS = 1.0  # as `ops.take_form` and `ops.hold_change` have it


def keep_known(tx: Session, row: Any) -> None:
    """Remember for the rest of this transaction a row of `ops.person_now` that was read in it."""
    tx.info[_KNOWN] = row, time.monotonic()


def known_in(tx: Session, person_id: int | None, *, fresh: bool = False) -> Any:
    """The row of `ops.person_now` that this transaction has read of the person; None where it has read none.

    `fresh`: None too where that was longer ago than what is written may build upon (P16).
    """
    row, read_at = tx.info.get(_KNOWN, (None, 0.0))
    if row is None or row.id != person_id or (fresh and time.monotonic() - read_at > _FRESH_SECONDS):
        return None
    return row


def same_rights(row: Any, now: str | None) -> bool:
    """Whether a row of `ops.person_now` says of rights what `ops.rights_of` says now of the same person."""
    if now is None:
        return False
    stamp, held, *compared = json.loads(now)
    told = [row.told_groups, row.scim_groups, row.attributes, row.verified]
    return row.stamp == stamp and set(row.held) == set(held) and told == compared


def actor_for(tx: Session, person_id: int, *, source: str, request_id: str = "") -> Actor:
    """An actor for work done in a person's name with today's rights (a job). Raises Disabled."""
    return current_actor(tx, Actor(person_id, "", source=source, request_id=request_id))


def roles_of(tx: Session, person_id: int) -> frozenset[str]:
    """The roles a person holds now, whatever their origin: those of a provider while its word counts (P9)."""
    held = sa.text("SELECT DISTINCT role FROM ops.held_role WHERE person_id = :person")
    return frozenset(tx.scalars(held, {"person": person_id}))


def grants_of(tx: Session, person_id: int) -> list[RoleGrant]:
    """A person's roles with their origins, also those that count no more, for showing."""
    rows = tx.execute(
        sa.text(
            "SELECT r.role, r.origin, r.granted_at, EXISTS (SELECT FROM ops.held_role h WHERE "
            "(h.person_id, h.role, h.origin) = (r.person_id, r.role, r.origin)) AS counts "
            "FROM ops.person_role r WHERE r.person_id = :person ORDER BY r.role, r.origin"
        ),
        {"person": person_id},
    )
    return [RoleGrant(row.role, row.origin, row.granted_at, row.counts) for row in rows]


def map_groups(tx: Session, iss: str, mapping: Mapping[str, Sequence[str]]) -> None:
    """Say which roles the groups of the provider `iss` mean; groups not named stay as they are.

    It is for setting up (the demo, a command); people's changes of the mapping go through the door.
    """
    for group, roles in mapping.items():
        for role in roles:
            tx.execute(
                sa.text(
                    "INSERT INTO ops.group_role (iss, group_name, role) VALUES (:iss, :group, :role) "
                    "ON CONFLICT DO NOTHING"
                ),
                {"iss": iss, "group": group, "role": role},
            )

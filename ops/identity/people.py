"""People and their roles: the models, today's rights, and which group of a provider means which role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from ops.actor import Actor
from ops.db import Base


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
    """A role as a page shows it."""

    role: str
    origin: str
    granted_at: datetime


_RIGHTS = sa.text(
    "SELECT p.name, p.timezone, p.locale, "
    "ARRAY(SELECT r.role FROM ops.person_role r WHERE r.person_id = p.id) AS roles "
    "FROM ops.person p WHERE p.id = :person AND p.disabled_at IS NULL"
)


def current_actor(tx: Session, actor: Actor) -> Actor:
    """The same actor with the roles they have now, read in the transaction that writes (P16).

    An actor without a person (the clock, a command) is returned as it is. Raises Disabled.
    """
    if actor.person_id is None:
        return actor
    row = tx.execute(_RIGHTS, {"person": actor.person_id}).one_or_none()
    if row is None:
        raise Disabled(f"person {actor.person_id} is switched off")
    return replace(actor, name=row.name, roles=frozenset(row.roles), timezone=row.timezone, locale=row.locale)


def actor_for(tx: Session, person_id: int, *, source: str, request_id: str = "") -> Actor:
    """An actor for work done in a person's name with today's rights (a job). Raises Disabled."""
    return current_actor(tx, Actor(person_id, "", source=source, request_id=request_id))


def roles_of(tx: Session, person_id: int) -> frozenset[str]:
    """The roles a person has now, whatever their origin."""
    return frozenset(tx.scalars(sa.select(PersonRole.role).where(PersonRole.person_id == person_id)))


def grants_of(tx: Session, person_id: int) -> list[RoleGrant]:
    """A person's roles with their origins, for showing."""
    rows = tx.scalars(
        sa.select(PersonRole)
        .where(PersonRole.person_id == person_id)
        .order_by(PersonRole.role, PersonRole.origin)
    )
    return [RoleGrant(row.role, row.origin, row.granted_at) for row in rows]


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

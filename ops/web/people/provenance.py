"""A person's roles in words: which group, mapping, setting or hand each comes from, and who agreed to it (P4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sqlalchemy.orm import Session

from ops import history
from ops.actor import Actor
from ops.catalog import key_text
from ops.changes import reference
from ops.history import Given
from ops.identity.directory import KnownPerson
from ops.identity.origins import Origin
from ops.roles import book_of
from ops.web.addresses import change_href
from ops.web.provider_names import provider_name
from ops.web.visible import visible
from ops.words import t

Rows = Mapping[tuple[str, str], Given]


@dataclass(frozen=True, slots=True)
class How:
    """How one row of rights came about: by whom it was asked and agreed, under which reference."""

    text: str
    reference: str | None
    href: str | None
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class ShownRole:
    """One role of a person. `take` is the address where it can be taken away; None where it is not ours to take."""

    name: str
    label: str
    about: str
    origin: str
    where: str
    hint: str | None
    hows: list[How]
    since: datetime
    counts: bool
    take: str | None


def shown(tx: Session, reader: Actor, person: KnownPerson, held: Sequence[Origin]) -> list[ShownRole]:
    """The roles with what the trail and the door know of each; one statement for all of them."""
    keys = {(one.role, one.origin): _rows(person, one) for one in held}
    found = history.given(tx, reader, [key for several in keys.values() for key in several])
    roles = book_of(reader).roles
    return [
        ShownRole(
            name=one.role,
            label=roles[one.role].label if one.role in roles else one.role,
            about=roles[one.role].description if one.role in roles else t("directory.role_gone"),
            origin=one.origin,
            where=_where(person, one),
            hint=_hint(person, one),
            hows=[_how(found[key]) for key in keys[one.role, one.origin] if key in found],
            since=one.since,
            counts=one.counts,
            take=f"/people/{person.id}/roles/{quote(one.role, safe='')}/take"
            if one.origin == "hand"
            else None,
        )
        for one in held
    ]


def _rows(person: KnownPerson, one: Origin) -> list[tuple[str, str]]:
    """The rows of rights behind a role: the one given by hand, or the mappings of its groups."""
    if one.origin == "hand":
        return [("person_role", key_text([str(person.id), one.role, "hand"]))]
    return [("group_role", key_text([person.iss, group, one.role])) for group in one.groups]


def _where(person: KnownPerson, one: Origin) -> str:
    groups = ", ".join(f"“{visible(group)}”" for group in one.groups)
    provider = provider_name(person.iss)
    if one.origin == "setting":
        return t("directory.where.setting", address=one.address or "")
    if one.origin in ("provider", "scim") and not groups:
        return t(f"directory.where.{one.origin}_before", provider=provider)
    return t(f"directory.where.{one.origin}", groups=groups, provider=provider, count=len(one.groups))


def _hint(person: KnownPerson, one: Origin) -> str | None:
    if not one.counts:
        return t("directory.old_off" if person.state == "off" else "directory.old_text")
    return None


def _how(one: Given) -> How:
    asked, agreed = visible(one.asked_by or ""), " + ".join(visible(name) for name in one.agreed)
    if one.change_id is None:
        text = t("directory.how.command")
    elif agreed:
        text = t("directory.how.agreed", asked=asked, agreed=agreed)
    else:
        text = t("directory.how.by_time" if one.by_time else "directory.how.asked", asked=asked)
    ref = reference(one.change_id) if one.change_id is not None else None
    return How(
        text, ref, change_href(ref) if ref else None, one.at, visible(one.reason) if one.reason else None
    )

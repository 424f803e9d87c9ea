"""From a SCIM user to the person (iss, sub) they sign in as: bound by a stable subject, never by e-mail (P2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel import Locale
from scim2_models import InvalidValueException
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.identity import ProviderAway
from ops.identity.claims import MAX_SUBJECT
from ops.identity.switching import disable, enable
from ops.provisioning.models import User
from ops.provisioning.rights import bring

REASON = "as the provider says by SCIM"
_ATTRIBUTES = {
    "employee_number": "employeeNumber",
    "cost_center": "costCenter",
    "organization": "organization",
    "division": "division",
    "department": "department",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Whose people SCIM tells. `issuer` is the provider's own spelling, None while nobody could ask it."""

    issuer: str | None
    subject: Literal["externalId", "userName"]
    base: str  # the address of our SCIM service, without a slash at its end


@dataclass(frozen=True, slots=True)
class Settled:
    """What a SCIM user became: the person, and whether their row was made now. None: not bound yet."""

    person_id: int | None
    made: bool = False


_LOCKED = sa.text("SELECT id, iss, sub FROM ops.person WHERE id = :person FOR NO KEY UPDATE")
_MAKE = sa.text(
    """
    INSERT INTO ops.person (iss, sub, name, email, timezone, locale)
    VALUES (:iss, :sub, :name, :email, :timezone, :locale) ON CONFLICT (iss, sub) DO NOTHING RETURNING id
    """
)
_FIND = sa.text("SELECT id FROM ops.person WHERE iss = :iss AND sub = :sub")
_BIND = sa.text("UPDATE ops.scim_user SET person_id = :person WHERE id = :user")
# The provider's word at sign-in is the better one for addresses: it may be verified, SCIM's never is.
_DESCRIBE = sa.text(
    """
    UPDATE ops.person SET name = :name, scim_attributes = CAST(:attributes AS jsonb),
        email = CASE WHEN signed_in_at IS NULL THEN :email ELSE email END
    WHERE id = :person AND (name, scim_attributes, CASE WHEN signed_in_at IS NULL THEN email ELSE :email END)
        IS DISTINCT FROM (:name, CAST(:attributes AS jsonb), CAST(:email AS text))
    """
)
_FORGET = sa.text("UPDATE ops.person SET scim_attributes = '{}' WHERE id = :person")


def settle(
    tx: Session,
    actor: Actor,
    source: Source,
    user_id: str,
    bound_to: int | None,
    user: User,
    *,
    active: bool,
) -> Settled:
    """Make the person be as the SCIM user says: bound, named, switched on or off, with the roles of the groups.

    `bound_to` is whom the user stood for so far. Raises InvalidValueException for a subject nobody can sign in
    as, ProviderAway where the issuer must be known and is not.
    """
    subject = user.external_id if source.subject == "externalId" else user.user_name
    old = tx.execute(_LOCKED, {"person": bound_to}).one_or_none() if bound_to is not None else None
    if old is not None and old.sub != subject:
        tx.execute(_BIND, {"user": user_id, "person": None})
        leave(tx, actor, old.id)
        old = None
    if not subject:
        return Settled(None)
    person_id, made = (old.id, False) if old is not None else _bind(tx, source, user_id, subject, user)
    values = {**_described(user), "attributes": json.dumps(_attributes(user)), "person": person_id}
    tx.execute(_DESCRIBE, values)
    if not active:
        disable(tx, actor, person_id, by="scim", reason=REASON)
    else:
        enable(tx, actor, person_id, by="scim", reason=REASON)
    bring(tx, actor, [person_id], REASON)
    return Settled(person_id, made)


def leave(tx: Session, actor: Actor, person_id: int) -> None:
    """SCIM does not speak of this person any more: they are off, their history stays."""
    disable(tx, actor, person_id, by="scim", reason=REASON)
    tx.execute(_FORGET, {"person": person_id})
    bring(tx, actor, [person_id], REASON)


def _bind(tx: Session, source: Source, user_id: str, subject: str, user: User) -> tuple[int, bool]:
    if len(subject) > MAX_SUBJECT:
        raise InvalidValueException(detail=f"{source.subject} has at most {MAX_SUBJECT} characters")
    if source.issuer is None:
        raise ProviderAway("the provider of OPS_SCIM_ISSUER did not answer yet")
    key = {"iss": source.issuer, "sub": subject}
    made = tx.scalar(_MAKE, {**key, **_described(user)})
    person_id = int(made if made is not None else tx.execute(_FIND, key).scalar_one())
    tx.execute(_BIND, {"user": user_id, "person": person_id})
    tx.execute(_LOCKED, {"person": person_id})
    return person_id, made is not None


def _described(user: User) -> dict[str, str | None]:
    name = user.name
    parts = " ".join(part for part in (name.given_name, name.family_name) if part) if name else ""
    formatted = name.formatted if name else None
    shown = next((text for one in (user.display_name, formatted, parts) if (text := _line(one, 200))), None)
    return {
        "name": shown or _line(user.user_name, 200) or "",
        "email": _email(user),
        "timezone": _timezone(user.timezone),
        "locale": _locale(user.locale or user.preferred_language),
    }


def _email(user: User) -> str | None:
    addresses = [one for one in user.emails or [] if one.value]
    best = next((one for one in addresses if one.primary), addresses[0] if addresses else None)
    return _line(best.value, 320) if best else None


def _attributes(user: User) -> dict[str, str]:
    """What row conditions may speak of, by SCIM's own names: `me.department`."""
    enterprise: Any = getattr(user, "EnterpriseUser", None)
    found = (
        {told: getattr(enterprise, name, None) for name, told in _ATTRIBUTES.items()} if enterprise else {}
    )
    found |= {"title": user.title, "userType": user.user_type}
    return {name: text for name, value in found.items() if (text := _line(value, 256))}


def _line(value: str | None, limit: int) -> str | None:
    """One bounded line without control characters, or None."""
    kept = "".join(c if c.isprintable() else " " for c in (value or "")[: limit * 2])
    return " ".join(kept.split())[:limit] or None


def _timezone(value: str | None) -> str:
    try:
        return ZoneInfo(value).key if value and len(value) < 64 else "UTC"
    except (KeyError, ValueError, OSError):
        return "UTC"


def _locale(value: str | None) -> str:
    try:
        return str(Locale.parse(value.replace("-", "_"))) if value and len(value) < 36 else "en"
    except (ValueError, LookupError):
        return "en"

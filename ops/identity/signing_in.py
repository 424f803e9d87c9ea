"""What a sign-in leaves behind: the person, their roles, the session, the entry in the trail; in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record
from ops.identity import sessions
from ops.identity.claims import Identity
from ops.identity.people import Disabled, roles_of

OWNER = "owner"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that succeeded: the new cookie value, and what the person must be told."""

    person_id: int
    token: str
    warnings: tuple[str, ...]
    roles: frozenset[str]


_UPSERT = sa.text(
    """
    INSERT INTO ops.person AS p (iss, sub, name, email, email_verified, timezone, locale, signed_in_at)
    VALUES (:iss, :sub, :name, :email, :email_verified, :timezone, :locale, now())
    ON CONFLICT (iss, sub) DO UPDATE SET name = excluded.name, email = excluded.email,
        email_verified = excluded.email_verified, signed_in_at = now()
    RETURNING p.id, p.disabled_at IS NOT NULL AS disabled, p.timezone, p.locale
    """
)


def sign_in(
    tx: Session,
    actor: Actor,
    identity: Identity,
    browser: sessions.Browser,
    *,
    owners: Sequence[str] = (),
) -> SignedIn:
    """Make or refresh the person (iss, sub), bring their provider roles up to date, open a session.

    `actor` says from where (request id, address). `owners` are the addresses that become owner once; the
    caller passes them only for the first provider. Raises Disabled for a person who was switched off.
    """
    person = tx.execute(
        _UPSERT,
        {
            "iss": identity.iss,
            "sub": identity.sub,
            "name": identity.name,
            "email": identity.email,
            "email_verified": identity.email_verified,
            "timezone": identity.timezone,
            "locale": identity.locale,
        },
    ).one()
    if person.disabled:
        raise Disabled(f"person {person.id} is switched off")
    before = roles_of(tx, person.id)
    unknown = _bring_groups(tx, person.id, identity)
    _pin_owner(tx, person.id, identity, owners)
    after = roles_of(tx, person.id)
    warnings = _warnings(identity, unknown, after)
    token = sessions.start(
        tx,
        browser,
        person_id=person.id,
        iss=identity.iss,
        sid=identity.sid,
        id_token=identity.id_token,
        data={"warnings": list(warnings)},
    )
    who = replace(
        actor, person_id=person.id, name=identity.name, roles=after, session=sessions.digest(token).hex()
    )
    record(tx, who, _entries(identity, before, after, warnings))
    return SignedIn(person.id, token, warnings, after)


def refuse(tx: Session, actor: Actor, reason: str, *, issuer: str) -> None:
    """Write that a sign-in was refused, and why (P35)."""
    record(tx, actor, [Entry("sign_in", outcome="refused", facts={"reason": reason, "issuer": issuer})])


def sign_out(tx: Session, actor: Actor, token: str) -> sessions.Ended | None:
    """End the session of this cookie value and write it down; None where it was already gone."""
    ended = sessions.end(tx, token)
    if ended is not None and ended.person_id is not None:
        record(tx, actor, [Entry("sign_out", facts={"how": "by the person"})])
    return ended


def _bring_groups(tx: Session, person_id: int, identity: Identity) -> int:
    """Set the roles of origin "provider" to what the groups mean; the number of groups that mean nothing.

    Where the provider did not tell usable groups nothing is granted and nothing is taken: not telling is not
    the same as saying there are none (P4). Roles given by hand are never touched here.
    """
    if identity.groups is None:
        return 0
    groups = list(identity.groups)
    mapped = tx.execute(
        sa.text("SELECT group_name, role FROM ops.group_role WHERE iss = :iss AND group_name = ANY(:groups)"),
        {"iss": identity.iss, "groups": groups},
    ).all()
    roles = sorted({row.role for row in mapped})
    values = {"person": person_id, "roles": roles}
    tx.execute(
        sa.text(
            "DELETE FROM ops.person_role WHERE person_id = :person AND origin = 'provider' "
            "AND role <> ALL(CAST(:roles AS text[]))"
        ),
        values,
    )
    tx.execute(
        sa.text(
            "INSERT INTO ops.person_role (person_id, role, origin) "
            "SELECT :person, role, 'provider' FROM unnest(CAST(:roles AS text[])) AS role "
            "ON CONFLICT DO NOTHING"
        ),
        values,
    )
    return len(set(groups) - {row.group_name for row in mapped})


def _pin_owner(tx: Session, person_id: int, identity: Identity, owners: Sequence[str]) -> None:
    """Make the holder of a verified address of OPS_OWNERS owner: once for each address, for ever this person.

    Whoever gets the address later is another (iss, sub) and gets nothing (P2).
    """
    address = (identity.email or "").casefold()
    if not identity.email_verified or address not in {owner.casefold() for owner in owners}:
        return
    pinned = tx.execute(
        sa.text(
            "INSERT INTO ops.owner_pin (email, person_id) VALUES (:email, :person) "
            "ON CONFLICT DO NOTHING RETURNING 1"
        ),
        {"email": address, "person": person_id},
    ).first()
    if pinned is not None:
        tx.execute(
            sa.text(
                "INSERT INTO ops.person_role (person_id, role, origin) VALUES (:person, :role, 'setting') "
                "ON CONFLICT DO NOTHING"
            ),
            {"person": person_id, "role": OWNER},
        )


def _warnings(identity: Identity, unknown: int, roles: frozenset[str]) -> tuple[str, ...]:
    found = [f"groups_{identity.warning}"] if identity.warning else []
    if unknown:
        found.append("groups_unknown")
    if not roles:
        found.append("no_role")
    return tuple(found)


def _entries(
    identity: Identity, before: frozenset[str], after: frozenset[str], warnings: tuple[str, ...]
) -> list[Entry]:
    facts = {"issuer": identity.iss, "warnings": ",".join(warnings) or None}
    entries = [Entry("sign_in", facts=facts)]
    if before != after:
        entries.append(
            Entry(
                "roles.changed",
                reason="as the identity provider says at sign-in",
                before={"roles": ",".join(sorted(before))},
                after={"roles": ",".join(sorted(after))},
            )
        )
    return entries

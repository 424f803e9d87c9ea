"""What a sign-in leaves behind: the person, their roles, the session, the entry in the trail; in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record
from ops.identity import backchannel, break_glass, refreshing, sessions
from ops.identity.claims import Identity, Refused
from ops.identity.logout_token import LogoutToken
from ops.identity.people import Disabled, roles_of
from ops.identity.vouching import DEFAULT_AGE, Taken, Word, take, withdraw
from ops.keys import Ring

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


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings say of a sign-in.

    `owners` are the addresses that become owner once; the caller passes them only for the first provider.
    `rights_last` is how long the provider's word counts (OPS_RIGHTS_MAX_AGE). `keys` seals the refresh token;
    without it none is kept. `person` is who must come back from a fresh sign-in (P11), None for anyone.
    """

    owners: Sequence[str] = ()
    rights_last: timedelta = DEFAULT_AGE
    keys: Ring | None = None
    person: int | None = None


PLAIN = Terms()


def sign_in(
    tx: Session, actor: Actor, identity: Identity, browser: sessions.Browser, terms: Terms = PLAIN
) -> SignedIn:
    """Make or refresh the person (iss, sub), bring their provider roles up to date, open a session.

    `actor` says from where (request id, address). Raises Disabled for a person who was switched off, Refused
    for somebody else than `terms.person` and where the provider has ended this very session meanwhile (P7).
    """
    if backchannel.was_ended(tx, identity):
        raise Refused("ended_meanwhile", "the provider ended this session during the sign-in")
    person = _person(tx, identity)
    if terms.person not in (None, person.id):
        raise Refused("other_person", "somebody else than before came back from the provider")
    word = Word(identity.iss, identity.groups, identity.attributes)
    taken = take(tx, person.id, word, lasts=terms.rights_last)
    _pin_owner(tx, person.id, identity, terms.owners)
    taken = replace(taken, after=roles_of(tx, person.id))
    warnings = _warnings(identity, taken)
    token = sessions.start(
        tx,
        browser,
        person_id=person.id,
        iss=identity.iss,
        sid=identity.sid,
        id_token=identity.id_token,
        auth_time=identity.auth_time,
        data={"warnings": list(warnings)},
    )
    if terms.keys is not None and identity.refresh:
        refreshing.keep(tx, terms.keys, person.id, sessions.digest(token), identity)
    who = replace(
        actor,
        person_id=person.id,
        name=identity.name,
        roles=taken.after,
        session=sessions.digest(token).hex(),
    )
    record(tx, who, _entries(identity, taken, warnings, again=terms.person is not None))
    return SignedIn(person.id, token, warnings, taken.after)


def _person(tx: Session, identity: Identity) -> sa.Row[Any]:
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
    return person


def refuse(tx: Session, actor: Actor, reason: str, *, issuer: str) -> None:
    """Write that a sign-in was refused, and why (P35)."""
    record(tx, actor, [Entry("sign_in", outcome="refused", facts={"reason": reason, "issuer": issuer})])


def refuse_logout(tx: Session, actor: Actor, token: LogoutToken, reason: str) -> None:
    """Write that a logout token a provider had really signed was refused, and why."""
    facts = {"reason": reason, "issuer": token.iss}
    record(tx, actor, [Entry("session.ended", outcome="refused", facts=facts)])


def sign_out(tx: Session, actor: Actor, token: str) -> sessions.Ended | None:
    """End the session of this cookie value and write it down; None where it was already gone."""
    refreshing.forget(tx, sessions.digest(token))
    ended = sessions.end(tx, token)
    if ended is not None and ended.person_id is not None:
        if ended.iss == break_glass.ISSUER:
            withdraw(tx, ended.person_id)
        record(tx, actor, [Entry("sign_out", facts={"how": "by the person"})])
    return ended


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


def _warnings(identity: Identity, taken: Taken) -> tuple[str, ...]:
    found = [f"groups_{identity.warning}"] if identity.warning else []
    if taken.unknown:
        found.append("groups_unknown")
    if not taken.after:
        found.append("no_role")
    return tuple(found)


def _entries(identity: Identity, taken: Taken, warnings: tuple[str, ...], *, again: bool) -> list[Entry]:
    facts = {
        "issuer": identity.iss,
        "warnings": ",".join(warnings) or None,
        "again": "to prove it is them" if again else None,
    }
    changed = taken.entry("as the identity provider says at sign-in")
    return [Entry("sign_in", facts=facts), *([changed] if changed else [])]

"""Accounts for the day no identity provider answers: password and one-time code, off unless switched on.

They are owner for the hour their session may last and nothing between, so that nobody ever waits for their
approval. Every use, and every try that closes one, is told to all owners.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pyotp
import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy.orm import Session

from ops import outbox
from ops.actor import Actor
from ops.audit import Entry, record
from ops.identity import break_glass_tries as tries
from ops.identity import sessions
from ops.keys import Ring, Unsealable

ISSUER = "countersign:break-glass"
LASTS = timedelta(hours=1)
SHORTEST = 14  # characters of a password
LONGEST = 200
STEP_SECONDS = 30  # RFC 6238
PURPOSE = "identity.break_glass"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CODE = re.compile(r"[0-9]{6}")
_hasher = PasswordHasher()  # Argon2id with the library's parameters (RFC 9106, second choice)


class Unfit(Exception):
    """A name or a password that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Added:
    """A new account, or an old one with new secrets: shown once, kept nowhere in the clear."""

    person_id: int
    name: str
    password: str
    secret: str
    address: str  # otpauth://, for an authenticator


_PERSON = sa.text(
    "INSERT INTO ops.person (iss, sub, name) VALUES (:iss, :name, :shown) "
    "ON CONFLICT (iss, sub) DO UPDATE SET name = excluded.name RETURNING id"
)
_ACCOUNT = sa.text(
    "INSERT INTO ops.break_glass (person_id, password, totp) VALUES (:person, :password, :totp) "
    "ON CONFLICT (person_id) DO UPDATE SET password = excluded.password, totp = excluded.totp, step = 0, "
    "failures = 0, closed_until = NULL"
)
_ROLE = sa.text(
    "INSERT INTO ops.person_role (person_id, role, origin) VALUES (:person, 'owner', 'break_glass') "
    "ON CONFLICT DO NOTHING"
)


def add(tx: Session, actor: Actor, keys: Ring, name: str, password: str | None = None) -> Added:
    """Make the account `name`, or give it a new password and a new secret; sessions of the old ones end.

    Without `password` one is made. Raises Unfit.
    """
    if not _NAME.fullmatch(name):
        raise Unfit("a name has up to 64 letters, digits, dots, dashes and underscores")
    password = password or secrets.token_urlsafe(18)
    if not SHORTEST <= len(password) <= LONGEST:
        raise Unfit(f"a password has {SHORTEST} to {LONGEST} characters")
    person_id = int(
        tx.execute(_PERSON, {"iss": ISSUER, "name": name, "shown": f"Break-glass {name}"}).scalar_one()
    )
    secret = pyotp.random_base32()
    sealed = keys.seal(PURPOSE, secret.encode(), bound_to=f"person {person_id}")
    values = {"person": person_id, "password": _hasher.hash(password), "totp": sealed}
    tx.execute(_ACCOUNT, values)
    tx.execute(_ROLE, values)
    tries.forget(tx, person_id)
    tx.execute(sa.text("DELETE FROM ops.session WHERE person_id = :person"), values)
    record(tx, actor, [Entry("break_glass.added", facts={"account": name, "person": str(person_id)})])
    address = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Countersign")
    return Added(person_id, name, password, secret, address)


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of a try: the new cookie value, or None; `closed`: nothing is taken from there for a while."""

    token: str | None
    closed: bool = False


_PASSWORD = sa.text(
    "SELECT b.password FROM ops.break_glass b JOIN ops.person p ON p.id = b.person_id "
    "WHERE p.iss = :iss AND p.sub = :name"
)
_FOUND = sa.text(
    "SELECT b.person_id, b.password, b.totp, b.step, p.name, "
    "coalesce(b.closed_until > now(), false) AS closed, p.disabled_at IS NOT NULL AS disabled "
    "FROM ops.break_glass b JOIN ops.person p ON p.id = b.person_id "
    "WHERE p.iss = :iss AND p.sub = :name FOR UPDATE"
)
_TAKEN = sa.text("UPDATE ops.break_glass SET failures = 0, step = :step WHERE person_id = :person")
_OWNER = sa.text(
    "UPDATE ops.person SET signed_in_at = now(), rights_at = now(), "
    "rights_until = now() + make_interval(secs => :seconds) WHERE id = :person"
)


def enter(
    tx: Session, actor: Actor, keys: Ring, browser: sessions.Browser, name: str, password: str, code: str,
    *, address: str,
) -> Entered:  # fmt: skip
    """Try to sign in; what is wrong is not told. It must be committed either way, for it counts the tries.

    `browser.lasts` is cut to an hour. `address` is where tries are counted from.
    """
    asked = {"iss": ISSUER, "name": name if _NAME.fullmatch(name) else ""}
    # Before the row is held: Argon2 takes its time, and nobody else shall wait for it. As long for no account.
    kept = tx.scalar(_PASSWORD, asked)
    known = _matches(kept or _nobodys(), password) and kept is not None
    row = tx.execute(_FOUND, asked).one_or_none()
    closed = row is not None and (row.closed or tries.closed_to(tx, row.person_id, address))
    if row is None or closed or row.disabled:
        _refused(tx, actor, name, closed=closed)
        return Entered(None, closed=closed)
    step = _step(_secret(keys, row), code, newer_than=row.step)
    # Secrets that were renewed meanwhile are others than those that were looked at.
    if not known or row.password != kept or step is None:
        shut = tries.count(tx, row.person_id, address)
        _refused(tx, actor, name, closed=shut is not None)
        if shut is not None:
            _tell(tx, f"break_glass.closed_{shut}", row.person_id, row.name, actor)
        return Entered(None, closed=shut is not None)
    tries.forget(tx, row.person_id, address)
    return _entered(tx, actor, browser, row, step)


def _entered(tx: Session, actor: Actor, browser: sessions.Browser, row: sa.Row[Any], step: int) -> Entered:
    lasts = min(browser.lasts, LASTS)
    tx.execute(_TAKEN, {"person": row.person_id, "step": step})
    tx.execute(_OWNER, {"person": row.person_id, "seconds": lasts.total_seconds()})
    token = sessions.start(
        tx,
        replace(browser, lasts=lasts),
        person_id=row.person_id,
        iss=ISSUER,
        sid=None,
        id_token=None,
        auth_time=time.time(),
        data={},
    )
    who = replace(
        actor, person_id=row.person_id, name=row.name, roles=frozenset({"owner"}),
        session=sessions.digest(token).hex(),
    )  # fmt: skip
    record(tx, who, [Entry("sign_in", facts={"issuer": ISSUER, "how": "break-glass account"})])
    _tell(tx, "break_glass.used", row.person_id, row.name, actor)
    return Entered(token)


def _refused(tx: Session, actor: Actor, name: str, *, closed: bool) -> None:
    shown = name if _NAME.fullmatch(name) else None  # whatever was typed there may be a password
    facts = {"reason": "closed" if closed else "break_glass", "issuer": ISSUER, "account": shown}
    record(tx, actor, [Entry("sign_in", outcome="refused", facts=facts)])


def _tell(tx: Session, kind: str, person_id: int, name: str, actor: Actor) -> None:
    outbox.put(tx, kind, {"person_id": str(person_id), "name": name, "ip": actor.ip})


def _matches(kept: str, password: str) -> bool:
    try:
        return len(password) <= LONGEST and _hasher.verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False


def _secret(keys: Ring, row: sa.Row[Any]) -> str | None:
    try:
        return keys.unseal(PURPOSE, row.totp, bound_to=f"person {row.person_id}").decode()
    except Unsealable:
        return None


def _step(secret: str | None, code: str, *, newer_than: int) -> int | None:
    """The time step this code is of, if it is none that was taken before (RFC 6238, 5.2); one step of leeway."""
    code = "".join(code[:20].split())
    if secret is None or not _CODE.fullmatch(code):
        return None
    totp, now = pyotp.TOTP(secret), int(time.time()) // STEP_SECONDS
    for step in (now - 1, now, now + 1):
        if step > newer_than and hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None


def reseal(tx: Session, keys: Ring) -> int:
    """Seal with the key in use what an earlier one sealed; how many that were (`ops keys rotate`)."""
    rows = tx.execute(
        sa.text(
            "SELECT person_id, totp FROM ops.break_glass WHERE split_part(totp, '.', 2) <> :key FOR UPDATE"
        ),
        {"key": keys.current},
    ).all()
    for row in rows:
        place = f"person {row.person_id}"
        tx.execute(
            sa.text("UPDATE ops.break_glass SET totp = :totp WHERE person_id = :person"),
            {
                "person": row.person_id,
                "totp": keys.seal(PURPOSE, keys.unseal(PURPOSE, row.totp, bound_to=place), bound_to=place),
            },
        )
    return len(rows)


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(16))

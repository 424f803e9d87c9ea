"""Sessions as rows: found by the digest of what the cookie holds, limited by the database's clock.

A stolen dump of `ops.session` signs nobody in: it holds SHA-256 digests, and the ID token kept for sign-out
is encrypted with a key made of the cookie's value.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.orm import Session

from ops import drafts

SIGN_IN_MINUTES = 10  # how long a person may take at the provider
MAX_PENDING = 5  # sign-ins one browser may have under way (tabs)
TOUCH_SECONDS = 60  # `seen_at` is written at most this often
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{43}$")


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One session as a person sees it in their list."""

    ref: str
    ip: str | None
    agent: str | None
    created_at: datetime
    seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that was just ended: what the provider must be told."""

    person_id: int | None
    iss: str | None
    id_token: str | None


def new_token() -> str:
    """A cookie value: 32 random bytes as 43 characters."""
    return secrets.token_urlsafe(32)


def is_token(value: str | None) -> bool:
    """Whether `value` could be a cookie of ours."""
    return value is not None and _TOKEN.match(value) is not None


def digest(token: str) -> bytes:
    """The name under which the database knows the session of this cookie value."""
    return hashlib.sha256(token.encode("ascii")).digest()


def keep_pending(tx: Session, token: str, state: str, pending: Mapping[str, str | int]) -> None:
    """Remember one sign-in under way (state, nonce, verifier, next) for ten minutes (RFC 6749, 10.12)."""
    key = digest(token)
    tx.execute(
        sa.text(
            "INSERT INTO ops.session (id, expires_at) "
            "VALUES (:id, now() + make_interval(mins => :minutes)) ON CONFLICT (id) DO UPDATE "
            # One that is over stays for an hour, to tell whose drafts wait; it becomes nobody's, as if new.
            "SET person_id = NULL, iss = NULL, sid = NULL, data = '{}', expires_at = excluded.expires_at "
            "WHERE ops.session.expires_at <= now()"
        ),
        {"id": key, "minutes": SIGN_IN_MINUTES},
    )
    row = tx.execute(_PENDING_FOR_UPDATE, {"id": key}).one_or_none()
    waiting: dict[str, Any] = dict(row.pending or {}) if row is not None else {}
    for oldest in list(waiting)[: max(0, len(waiting) - MAX_PENDING + 1)]:
        del waiting[oldest]
    _save_pending(tx, key, {**waiting, state: dict(pending)})


def take_pending(tx: Session, token: str, state: str) -> dict[str, Any] | None:
    """The sign-in that `state` names in this browser, once; None where there is none or it took too long."""
    key = digest(token)
    row = tx.execute(_PENDING_FOR_UPDATE, {"id": key}).one_or_none()
    waiting: dict[str, Any] = dict(row.pending or {}) if row is not None else {}
    found = waiting.pop(state, None)
    if found is None:
        return None
    _save_pending(tx, key, waiting)
    return dict(found)


_PENDING_FOR_UPDATE = sa.text(
    "SELECT data->'pending' AS pending FROM ops.session WHERE id = :id AND expires_at > now() FOR UPDATE"
)


def _save_pending(tx: Session, key: bytes, waiting: Mapping[str, Any]) -> None:
    tx.execute(
        sa.text(
            "UPDATE ops.session SET data = jsonb_set(data, '{pending}', CAST(:pending AS jsonb)), "
            "expires_at = CASE WHEN person_id IS NULL THEN now() + make_interval(mins => :minutes) "
            "ELSE expires_at END "
            "WHERE id = :id"
        ),
        {"id": key, "pending": json.dumps(waiting), "minutes": SIGN_IN_MINUTES},
    )


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a sign-in came from, as it is kept with the session."""

    previous_token: str | None
    ip: str | None
    agent: str | None
    lasts: timedelta


def start(
    tx: Session,
    browser: Browser,
    *,
    person_id: int,
    iss: str,
    sid: str | None,
    id_token: str | None,
    auth_time: float | None = None,
    data: Mapping[str, Any],
) -> str:
    """Open a person's session under a new name and return the cookie value; the old name dies (P5).

    `auth_time`: when they proved who they are, where that is known.
    """
    token = new_token()
    if browser.previous_token:
        tx.execute(sa.text("DELETE FROM ops.session WHERE id = :id"), {"id": digest(browser.previous_token)})
        drafts.hand_over(tx, digest(browser.previous_token), person_id)
    sealed = {"id_token": _fernet(token).encrypt(id_token.encode()).decode("ascii")} if id_token else {}
    tx.execute(
        sa.text(
            "INSERT INTO ops.session (id, person_id, data, iss, sid, ip, agent, expires_at, auth_time) VALUES "
            "(:id, :person_id, CAST(:data AS jsonb), :iss, :sid, :ip, :agent, "
            "now() + make_interval(secs => :seconds), to_timestamp(CAST(:auth_time AS double precision)))"
        ),
        {
            "id": digest(token),
            "person_id": person_id,
            "data": json.dumps({**data, **sealed}),
            "iss": iss,
            "sid": sid,
            "ip": browser.ip,
            "agent": (browser.agent or "")[:300] or None,
            "seconds": browser.lasts.total_seconds(),
            "auth_time": auth_time,
        },
    )
    return token


def issuer_of(tx: Session, token: str) -> str | None:
    """Which provider the session of this cookie value came from; None where there is none."""
    found = sa.text("SELECT iss FROM ops.session WHERE id = :id AND expires_at > now()")
    iss: str | None = tx.scalar(found, {"id": digest(token)})
    return iss


def end(tx: Session, token: str) -> Ended | None:
    """Delete the session of this cookie value: a copied cookie is dead at once (P6)."""
    row = tx.execute(
        sa.text(
            "DELETE FROM ops.session WHERE id = :id RETURNING person_id, iss, data->>'id_token' AS id_token"
        ),
        {"id": digest(token)},
    ).one_or_none()
    return None if row is None else Ended(row.person_id, row.iss, _opened(token, row.id_token))


def end_one(tx: Session, person_id: int, ref: str) -> bool:
    """End the session that `list_open` showed as `ref`, if it is this person's own (P12)."""
    if not re.fullmatch(r"[0-9a-f]{32}", ref):
        return False
    found = tx.execute(
        sa.text(
            "DELETE FROM ops.session WHERE person_id = :person "
            "AND substr(encode(sha256(id), 'hex'), 1, 32) = :ref RETURNING 1"
        ),
        {"person": person_id, "ref": ref},
    )
    return found.first() is not None


def list_open(tx: Session, person_id: int, token: str | None) -> list[OpenSession]:
    """The person's living sessions, newest first. `ref` names one without being its key."""
    rows = tx.execute(
        sa.text(
            "SELECT substr(encode(sha256(id), 'hex'), 1, 32) AS ref, ip, agent, created_at, seen_at, "
            "id = :id AS current FROM ops.session "
            "WHERE person_id = :person AND expires_at > now() ORDER BY seen_at DESC LIMIT 100"
        ),
        {"person": person_id, "id": digest(token) if token else b""},
    )
    return [OpenSession(r.ref, r.ip, r.agent, r.created_at, r.seen_at, r.current) for r in rows]


# Losing the last minute of `seen_at` or a message in a crash harms nobody: these do not wait for the disk.
_TOUCH = sa.text(
    "WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)) "
    "UPDATE ops.session SET seen_at = now() FROM relaxed WHERE id = :id"
)
_SAVE = sa.text(
    "WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)) "
    "UPDATE ops.session SET seen_at = now(), "
    "data = (data - CAST(:removed AS text[])) || CAST(:changed AS jsonb) FROM relaxed WHERE id = :id"
)


def touch(tx: Session, token: str) -> None:
    """Say that the person was seen now; called at most once a minute, never for polling (P8)."""
    tx.execute(_TOUCH, {"id": digest(token)})


def save(tx: Session, token: str, changed: Mapping[str, Any], removed: list[str]) -> None:
    """Merge what a request changed into the session's data; other keys stay as another request left them."""
    tx.execute(_SAVE, {"id": digest(token), "changed": json.dumps(changed), "removed": removed})


def sweep(tx: Session, limit: int = 1000) -> int:
    """Delete sessions that have expired; the clock calls it."""
    gone = tx.execute(
        sa.text(
            "DELETE FROM ops.session WHERE id IN (SELECT id FROM ops.session WHERE expires_at < now() "
            "LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING 1"
        ),
        {"limit": limit},
    )
    return len(gone.all())


def _fernet(token: str) -> Fernet:
    key = hashlib.sha256(b"countersign id_token " + token.encode("ascii")).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _opened(token: str, sealed: str | None) -> str | None:
    if sealed is None:
        return None
    try:
        return _fernet(token).decrypt(sealed.encode("ascii")).decode()
    except InvalidToken:
        return None

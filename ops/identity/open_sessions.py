"""Everybody's open sessions, and ending those of another person (P12); whose right that is, is the caller's to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record
from ops.catalog import key_text


@dataclass(frozen=True, slots=True)
class PersonsSession:
    """One open session. `ref` names it without being its key; `at` is the place in the list to page from."""

    ref: str
    person_id: int
    name: str
    ip: str | None
    agent: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool
    at: str


@dataclass(frozen=True, slots=True)
class SessionsPage:
    """One page, newest sign-in first; `next` is the place to go on from, None at the end."""

    sessions: list[PersonsSession]
    next: str | None


_REF = "substr(encode(sha256(s.id), 'hex'), 1, 32)"
_PLACE = re.compile(r"(\d{1,17})\.([0-9a-f]{32})")
# The end of a session is as old as its sign-in, and an index has them in that order; `ref` orders what ties.
_LIST = sa.text(
    f"""
    SELECT {_REF} AS ref, s.person_id, p.name, s.ip, s.agent, s.created_at, s.seen_at, s.expires_at,
        s.id = CAST(:mine AS bytea) AS current,
        CAST(extract(epoch FROM s.expires_at) * 1000000 AS bigint) AS at
    FROM ops.session s JOIN ops.person p ON p.id = s.person_id
    WHERE s.person_id IS NOT NULL AND s.expires_at > now()
    AND s.seen_at > now() - make_interval(secs => :idle)
    AND (CAST(:person AS bigint) IS NULL OR s.person_id = :person)
    AND (CAST(:at AS bigint) IS NULL OR (s.expires_at <= to_timestamp(0) + :at * interval '1 microsecond'
        AND (s.expires_at < to_timestamp(0) + :at * interval '1 microsecond' OR {_REF} < :ref)))
    ORDER BY s.expires_at DESC, {_REF} DESC LIMIT :limit
    """
)


def open_sessions(
    tx: Session,
    *,
    idle: float,
    mine: bytes = b"",
    person_id: int | None = None,
    after: str | None = None,
    size: int = 50,
) -> SessionsPage:
    """One page of living sessions: everybody's, or one person's. `mine` is the key of the reader's own.

    `idle` is after how many seconds an unused session is over (OPS_SESSION_IDLE). A place that is none starts
    at the top.
    """
    place = _PLACE.fullmatch(after or "")
    values = {
        "idle": idle, "mine": mine, "person": person_id, "limit": size + 1,
        "at": int(place[1]) if place else None, "ref": place[2] if place else None,
    }  # fmt: skip
    rows = tx.execute(_LIST, values).all()
    found = [
        PersonsSession(
            ref=row.ref, person_id=row.person_id, name=row.name, ip=row.ip, agent=row.agent,
            created_at=row.created_at, seen_at=row.seen_at, expires_at=row.expires_at, current=row.current,
            at=f"{row.at}.{row.ref}",
        )
        for row in rows[:size]
    ]  # fmt: skip
    return SessionsPage(found, found[-1].at if len(rows) > size else None)


_END = sa.text(
    f"DELETE FROM ops.session s WHERE s.person_id = :person "
    f"AND (CAST(:ref AS text) IS NULL OR {_REF} = :ref) RETURNING 1"
)


def end_for(tx: Session, actor: Actor, person_id: int, ref: str | None, *, reason: str | None = None) -> int:
    """End one session of a person (None: all of them), and write down who did; how many there were.

    Only the browsers are signed out: who may still sign in at the provider can come back.
    """
    ended = len(tx.execute(_END, {"person": person_id, "ref": ref}).all())
    if ended:
        facts = {"how": "by another person", "person": str(person_id), "sessions": str(ended)}
        entry = Entry(
            "session.ended",
            table=("ops", "person"),
            key=key_text([str(person_id)]),
            reason=reason,
            facts=facts,
        )
        record(tx, actor, [entry])
    return ended

"""Refresh tokens: kept sealed, claimed by one clock at a time, never lost while their provider renews them.

One token belongs to one sign-in. It dies with its session, unless the provider gave it for offline access: then
it vouches for a person who is absent, until a later sign-in brings another (P9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record
from ops.catalog import key_text
from ops.identity.claims import Identity
from ops.identity.vouching import Word, take, withdraw
from ops.keys import Ring

PURPOSE = "identity.refresh"
# A group taken away at the provider is gone here within five minutes (P9): the call itself has its share.
CHECK_SECONDS = 285
CLAIM_SECONDS = 60  # longer than both calls of one check may take
WORST_SECONDS = 300  # between two tries at a provider that fails
MAX_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Due:
    """A token whose turn it is, claimed: nobody else asks the provider with it now."""

    id: int
    claim: UUID
    person_id: int
    sub: str
    iss: str
    sealed: str
    offline: bool

    @property
    def place(self) -> str:
        """What the sealed token is bound to."""
        return _place(self.person_id)


def _place(person_id: int) -> str:
    return f"person {person_id}"


def keep(tx: Session, keys: Ring, person_id: int, session_id: bytes, identity: Identity) -> None:
    """Keep the refresh token of a sign-in; one for offline access takes the place of earlier ones."""
    if not identity.refresh or len(identity.refresh) > MAX_BYTES:
        return
    if identity.offline:
        tx.execute(
            sa.text(
                "DELETE FROM ops.refresh WHERE person_id = :person AND iss = :iss AND session_id IS NULL"
            ),
            {"person": person_id, "iss": identity.iss},
        )
    tx.execute(
        sa.text(
            "INSERT INTO ops.refresh (person_id, session_id, iss, offline, token, due_at) VALUES "
            "(:person, :session, :iss, :offline, :token, now() + make_interval(secs => :seconds))"
        ),
        {
            "person": person_id,
            "session": session_id,
            "iss": identity.iss,
            "offline": identity.offline,
            "token": keys.seal(PURPOSE, identity.refresh.encode(), bound_to=_place(person_id)),
            "seconds": CHECK_SECONDS,
        },
    )


_CLAIM = sa.text(
    """
    WITH due AS (
        SELECT r.id, p.sub FROM ops.refresh r
        JOIN ops.person p ON p.id = r.person_id AND p.disabled_at IS NULL
        LEFT JOIN ops.session s ON s.id = r.session_id AND s.expires_at > now()
        WHERE r.due_at <= now() AND (r.claimed_until IS NULL OR r.claimed_until < now())
            AND rtrim(r.iss, '/') = ANY(:issuers) AND (r.offline OR s.id IS NOT NULL)
        ORDER BY r.due_at LIMIT :limit FOR NO KEY UPDATE OF r SKIP LOCKED
    )
    UPDATE ops.refresh r
    SET claim = :claim, claimed_until = now() + make_interval(secs => :seconds)
    FROM due WHERE r.id = due.id
    RETURNING r.id, r.person_id, due.sub, r.iss, r.token, r.offline
    """
)


def claim(tx: Session, issuers: Sequence[str], limit: int) -> list[Due]:
    """Claim up to `limit` tokens whose turn it is, of these providers (written without a final slash)."""
    mark = uuid4()
    rows = tx.execute(
        _CLAIM, {"issuers": list(issuers), "limit": limit, "claim": mark, "seconds": CLAIM_SECONDS}
    )
    return [Due(row.id, mark, row.person_id, row.sub, row.iss, row.token, row.offline) for row in rows]


def renewed(tx: Session, keys: Ring, due: Due, refresh: str) -> None:
    """Write the token the provider has just given, before anything else is asked: the old one is used up."""
    tx.execute(
        sa.text("UPDATE ops.refresh SET token = :token WHERE id = :id AND claim = :claim"),
        {
            "id": due.id,
            "claim": due.claim,
            "token": keys.seal(PURPOSE, refresh.encode(), bound_to=due.place),
        },
    )


_SETTLED = sa.text(
    "UPDATE ops.refresh SET due_at = now() + make_interval(secs => :seconds), claim = NULL, "
    "claimed_until = NULL, failures = 0 WHERE id = :id AND claim = :claim RETURNING 1"
)


def settle(tx: Session, actor: Actor, due: Due, word: Word, *, lasts: timedelta) -> bool:
    """Take the provider's word, write down what it changed, and wait for the next turn.

    False where the token was taken away meanwhile (sign-out, switched off): then its word counts no more.
    """
    values = {"id": due.id, "claim": due.claim, "seconds": CHECK_SECONDS}
    if tx.execute(_SETTLED, values).first() is None:
        return False
    taken = take(tx, due.person_id, word, lasts=lasts)
    changed = taken.entry(
        "as the identity provider says between sign-ins", person=str(due.person_id), issuer=due.iss
    )
    if changed is not None:
        record(tx, actor, [changed])
    return True


_POSTPONE = sa.text(
    "UPDATE ops.refresh SET failures = failures + 1, claim = NULL, claimed_until = NULL, "
    "due_at = now() + make_interval(secs => LEAST(:worst, 15 * 2 ^ LEAST(failures, 10))) "
    "WHERE id = :id AND claim = :claim"
)


def postpone(tx: Session, due: Due) -> None:
    """The provider did not answer usably: try again soon, then less often; nobody loses anything meanwhile."""
    tx.execute(_POSTPONE, {"id": due.id, "claim": due.claim, "worst": WORST_SECONDS})


_OVER = sa.text(
    """
    WITH over AS (
        DELETE FROM ops.refresh WHERE id = :id AND claim = :claim RETURNING person_id, iss
    ), others AS (
        DELETE FROM ops.refresh r USING over o WHERE r.person_id = o.person_id AND r.iss = o.iss AND r.id <> :id
    ), ended AS (
        DELETE FROM ops.session s USING over o WHERE s.person_id = o.person_id AND s.iss = o.iss RETURNING 1
    )
    SELECT (SELECT count(*) FROM ended) AS sessions FROM over
    """
)


def over(tx: Session, actor: Actor, due: Due) -> int:
    """The provider takes the token no more (`invalid_grant`): its sessions of that person end; how many.

    A token for offline access is the provider's word on somebody absent too: without it their roles of
    origin "provider" stop counting at once, until they sign in again.
    """
    row = tx.execute(_OVER, {"id": due.id, "claim": due.claim}).one_or_none()
    if row is None:
        return 0
    if due.offline:
        withdraw(tx, due.person_id)
    facts = {
        "how": "the identity provider renews their sign-in no more",
        "issuer": due.iss,
        "person": str(due.person_id),
        "sessions": str(row.sessions),
        "rights": "count no more until they sign in" if due.offline else None,
    }
    key = key_text([str(due.person_id)])
    record(tx, actor, [Entry("session.ended", table=("ops", "person"), key=key, facts=facts)])
    return int(row.sessions)


def drop(tx: Session, due: Due) -> None:
    """Forget a token that no key at hand opens."""
    tx.execute(
        sa.text("DELETE FROM ops.refresh WHERE id = :id AND claim = :claim"),
        {"id": due.id, "claim": due.claim},
    )


def forget(tx: Session, session_id: bytes) -> None:
    """Delete the token of a session that is about to end, unless it was given for offline access."""
    tx.execute(
        sa.text("DELETE FROM ops.refresh WHERE session_id = :session AND NOT offline"),
        {"session": session_id},
    )


def sweep(tx: Session) -> int:
    """Delete tokens whose session is over, unless they were given for offline access; the clock calls it."""
    gone = tx.execute(sa.text("DELETE FROM ops.refresh WHERE session_id IS NULL AND NOT offline RETURNING 1"))
    return len(gone.all())


def reseal(tx: Session, keys: Ring, limit: int = 500) -> int:
    """Seal with the key in use what an earlier one sealed; how many that were (`ops keys rotate`)."""
    rows = tx.execute(
        sa.text(
            "SELECT id, person_id, token FROM ops.refresh WHERE split_part(token, '.', 2) <> :key "
            "ORDER BY id LIMIT :limit FOR UPDATE"
        ),
        {"key": keys.current, "limit": limit},
    ).all()
    for row in rows:
        plain = keys.unseal(PURPOSE, row.token, bound_to=_place(row.person_id))
        tx.execute(
            sa.text("UPDATE ops.refresh SET token = :token WHERE id = :id"),
            {"id": row.id, "token": keys.seal(PURPOSE, plain, bound_to=_place(row.person_id))},
        )
    return len(rows)

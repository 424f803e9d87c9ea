"""What a provider's logout ends here: the sessions of a `sid`, or all of a `sub`; none twice, none behind it (P7)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record
from ops.catalog import key_text
from ops.identity.claims import Identity, Refused
from ops.identity.logout_token import LogoutToken

# Longer than a sign-in may take (sessions.SIGN_IN_MINUTES), so that one that was under way meets the row.
KEPT_MINUTES = 20

# A sign-in that is being written and a logout of the same provider wait for each other; sign-ins do not.
_ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('countersign logout ' || :iss, 0))")
_TOGETHER = sa.text("SELECT pg_advisory_xact_lock_shared(hashtextextended('countersign logout ' || :iss, 0))")
_USE = sa.text(
    "INSERT INTO ops.logout_token (iss, jti, sub, sid, issued_at, kept_until) VALUES "
    "(:iss, :jti, :sub, :sid, to_timestamp(:issued_at), "
    "GREATEST(to_timestamp(:expires_at), now()) + make_interval(mins => :minutes)) "
    "ON CONFLICT DO NOTHING RETURNING 1"
)
_END = sa.text(
    """
    WITH ended AS (
        DELETE FROM ops.session s USING ops.person p
        WHERE p.id = s.person_id AND s.iss = :iss AND p.iss = :iss
            AND (CAST(:sid AS text) IS NULL OR s.sid = :sid) AND (CAST(:sub AS text) IS NULL OR p.sub = :sub)
        RETURNING s.id, s.person_id
    ), forgotten AS (
        -- Section 2.7: refresh tokens of these sessions are over; those for offline access stay.
        DELETE FROM ops.refresh r USING ended e WHERE r.session_id = e.id AND NOT r.offline
    )
    SELECT person_id, count(*) AS sessions FROM ended GROUP BY person_id ORDER BY person_id
    """
)
_WAS_ENDED = sa.text(
    "SELECT EXISTS (SELECT FROM ops.logout_token WHERE iss = :iss AND sid = :sid) "
    "OR EXISTS (SELECT FROM ops.logout_token WHERE iss = :iss AND sid IS NULL AND sub = :sub "
    "AND issued_at > to_timestamp(:issued_at))"
)


def end_by(tx: Session, actor: Actor, token: LogoutToken) -> int:
    """End what a checked token ends, and write it down; how many sessions that were.

    Raises Refused where this token was used before: nothing has changed then.
    """
    tx.execute(_ALONE, {"iss": token.iss})
    used = {
        "iss": token.iss, "jti": token.jti, "sub": token.sub, "sid": token.sid,
        "issued_at": token.issued_at, "expires_at": min(token.expires_at, token.issued_at + 86_400),
        "minutes": KEPT_MINUTES,
    }  # fmt: skip
    if tx.execute(_USE, used).first() is None:
        raise Refused("replayed", "this logout token was used before")
    ended = tx.execute(_END, {"iss": token.iss, "sid": token.sid, "sub": token.sub}).all()
    entries = [
        Entry(
            "session.ended",
            table=("ops", "person"),
            key=key_text([str(row.person_id)]),
            facts={
                "how": "by the identity provider",
                "issuer": token.iss,
                "person": str(row.person_id),
                "sessions": str(row.sessions),
            },
        )
        for row in ended
    ]
    if entries:
        record(tx, actor, entries)
    return sum(row.sessions for row in ended)


def was_ended(tx: Session, identity: Identity) -> bool:
    """Whether the provider has ended the session of this sign-in while it was under way."""
    tx.execute(_TOGETHER, {"iss": identity.iss})
    values = {
        "iss": identity.iss,
        "sid": identity.sid,
        "sub": identity.sub,
        # A token without its time (none passes the check) is older than every logout.
        "issued_at": identity.issued_at or 0,
    }
    return bool(tx.scalar(_WAS_ENDED, values))


def sweep(tx: Session, limit: int = 1000) -> int:
    """Forget logout tokens that would be refused by their times anyway; the clock calls it."""
    gone = tx.execute(
        sa.text(
            "DELETE FROM ops.logout_token WHERE ctid IN (SELECT ctid FROM ops.logout_token "
            "WHERE kept_until < now() LIMIT :limit) RETURNING 1"
        ),
        {"limit": limit},
    )
    return len(gone.all())

"""What people typed and have not sent: kept on the server for themselves alone, bounded, for a week.

Owns `ops.draft` (a person's, by the address of its form) and `ops.draft_parked` (sent by a session that had just
expired: handed over only when the same person signs in, in the same browser). Refuses to know any form: fields are
names and texts. A draft whose form was sent with success is over without a statement of its own, because the form's
token then stands in `ops.form_token`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

Fields = Sequence[tuple[str, str]]

MOST_BYTES = 128 * 1024
MOST_FIELDS = 2000  # a record with fifty rows of its own
MOST_ADDRESS = 2000
MOST_OF_A_PERSON = 50
MOST_OF_A_SESSION = 10
KEPT_DAYS = 7
PARKED_MINUTES = 60

_OTHERS = MOST_OF_A_PERSON - 1
# A draft lost in a crash is a few words typed again: nobody waits for the disk.
_RELAXED = "relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
_SAVE = sa.text(
    f"""
    WITH {_RELAXED}, surplus AS (
        DELETE FROM ops.draft WHERE person_id = :person AND address <> :address AND address IN (
            SELECT address FROM ops.draft WHERE person_id = :person AND address <> :address
            ORDER BY saved_at DESC OFFSET {_OTHERS})
    )
    INSERT INTO ops.draft (person_id, address, token, fields)
    SELECT :person, :address, :token, :fields FROM relaxed
    ON CONFLICT (person_id, address) DO UPDATE
    SET token = excluded.token, fields = excluded.fields, saved_at = now()
    """
)
# Whose the session was, its row still tells, though it lets nobody in any more. One that was ended has none.
_PARK = sa.text(
    f"""
    WITH {_RELAXED}
    INSERT INTO ops.draft_parked (session_id, address, person_id, token, fields)
    SELECT s.id, :address, s.person_id, :token, :fields FROM ops.session s, relaxed
    WHERE s.id = :session AND s.person_id IS NOT NULL AND (
        SELECT count(*) FROM ops.draft_parked p WHERE p.session_id = s.id AND p.address <> :address
    ) < {MOST_OF_A_SESSION}
    ON CONFLICT (session_id, address) DO UPDATE
    SET token = excluded.token, fields = excluded.fields, parked_at = now()
    RETURNING 1
    """
)
_HAND_OVER = sa.text(
    """
    WITH parked AS (DELETE FROM ops.draft_parked WHERE session_id = :session RETURNING *)
    INSERT INTO ops.draft (person_id, address, token, fields, saved_at)
    SELECT person_id, address, token, fields, parked_at FROM parked
    WHERE person_id = :person AND parked_at > now() - make_interval(mins => :minutes)
    ON CONFLICT (person_id, address) DO UPDATE
    SET token = excluded.token, fields = excluded.fields, saved_at = excluded.saved_at
    RETURNING 1
    """
)
_SPENT = "EXISTS (SELECT 1 FROM ops.form_token t WHERE t.person_id = d.person_id AND t.token = d.token)"
_FIND = sa.text(
    f"""
    SELECT d.fields, d.saved_at FROM ops.draft d
    WHERE d.person_id = :person AND d.address = :address AND NOT {_SPENT}
    """
)
_DISCARD = sa.text("DELETE FROM ops.draft WHERE person_id = :person AND address = :address RETURNING 1")
_SWEEP = sa.text(
    f"""
    WITH old AS (DELETE FROM ops.draft_parked WHERE parked_at < now() - make_interval(mins => :minutes))
    DELETE FROM ops.draft WHERE ctid IN (
        SELECT d.ctid FROM ops.draft d
        WHERE d.saved_at < now() - make_interval(days => :days) OR {_SPENT} LIMIT 1000)
    """
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into one form, and when it was kept."""

    fields: tuple[tuple[str, str], ...]
    saved_at: datetime


def save(tx: Session, person_id: int, address: str, fields: Fields, token: str) -> bool:
    """Keep what a person typed at `address`; False where it is more than a draft may be."""
    text = _text(address, fields)
    if text is None:
        return False
    tx.execute(_SAVE, {"person": person_id, "address": address, "token": token[:64], "fields": text})
    return True


def park(tx: Session, session: bytes, address: str, fields: Fields, token: str) -> bool:
    """Keep what an expired session sent, under that session's name; False where nothing is kept."""
    text = _text(address, fields)
    if text is None:
        return False
    said = {"session": session, "address": address, "token": token[:64], "fields": text}
    return tx.execute(_PARK, said).first() is not None


def hand_over(tx: Session, session: bytes, person_id: int) -> int:
    """Make what this browser's last session parked the person's, if it was theirs; else it is dropped."""
    said = {"session": session, "person": person_id, "minutes": PARKED_MINUTES}
    return len(tx.execute(_HAND_OVER, said).all())


def find(tx: Session, person_id: int, address: str) -> Draft | None:
    """What the person typed at `address` and has not sent with success, if anything."""
    row = tx.execute(_FIND, {"person": person_id, "address": address[:MOST_ADDRESS]}).one_or_none()
    return None if row is None else _draft(row.fields, row.saved_at)


def told(said: Sequence[str] | None) -> Draft | None:
    """The same out of what `ops.form_opens` says."""
    return None if said is None else _draft(said[0], datetime.fromisoformat(said[1]))


def _draft(fields: str, saved_at: datetime) -> Draft:
    return Draft(tuple((str(name), str(value)) for name, value in json.loads(fields)), saved_at)


def discard(tx: Session, person_id: int, address: str) -> bool:
    """Forget it; whether there was any."""
    said = {"person": person_id, "address": address[:MOST_ADDRESS]}
    return tx.execute(_DISCARD, said).first() is not None


def sweep(tx: Session) -> None:
    """Delete what is old or was sent; the clock calls it."""
    tx.execute(_SWEEP, {"minutes": PARKED_MINUTES, "days": KEPT_DAYS})


def _text(address: str, fields: Fields) -> str | None:
    if not fields or len(fields) > MOST_FIELDS or len(address) > MOST_ADDRESS:
        return None
    text = json.dumps(list(fields))  # escapes NUL and half characters, which a text cannot hold
    return text if len(text) <= MOST_BYTES else None

"""Bearer tokens of SCIM clients: shown once, kept as SHA-256, last use to the minute, every step in the trail."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record

PREFIX = "csscim_"  # so that a scanner of repositories and logs can tell what it found
MAX_LABEL = 100
USED_SECONDS = 60  # `used_at` is written at most this often
_TOKEN = re.compile(rf"^{PREFIX}[A-Za-z0-9_-]{{43}}$")


class LabelTaken(Exception):
    """There is a token of this label already."""


class NoSuchToken(Exception):
    """There is no token of this label."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed; the token itself is nowhere. `stale`: its last use should be written."""

    label: str
    created_at: datetime
    used_at: datetime | None
    stale: bool = False


def add(tx: Session, actor: Actor, label: str) -> str:
    """Make a token and return it, the only time it can be seen. Raises LabelTaken, ValueError (the label)."""
    if not 0 < len(label.strip()) <= MAX_LABEL or not label.isprintable():
        raise ValueError(f"a label has 1 to {MAX_LABEL} characters")
    token = PREFIX + secrets.token_urlsafe(32)
    made = tx.execute(
        sa.text(
            "INSERT INTO ops.scim_token (label, digest) VALUES (:label, :digest) "
            "ON CONFLICT (label) DO NOTHING RETURNING 1"
        ),
        {"label": label.strip(), "digest": _digest(token)},
    )
    if made.first() is None:
        raise LabelTaken(label.strip())
    record(tx, actor, [Entry("scim_token.added", facts={"label": label.strip()})])
    return token


def remove(tx: Session, actor: Actor, label: str) -> None:
    """Delete a token: it opens nothing from now on. Raises NoSuchToken."""
    gone = tx.execute(
        sa.text("DELETE FROM ops.scim_token WHERE label = :label RETURNING 1"), {"label": label}
    )
    if gone.first() is None:
        raise NoSuchToken(label)
    record(tx, actor, [Entry("scim_token.removed", facts={"label": label})])


def listed(tx: Session) -> list[Token]:
    """Every token, by label."""
    rows = tx.execute(sa.text("SELECT label, created_at, used_at FROM ops.scim_token ORDER BY label"))
    return [Token(row.label, row.created_at, row.used_at) for row in rows]


def known(tx: Session, token: str) -> Token | None:
    """The token that is this one, or None. It is found by its digest: no comparison takes its time from it."""
    if not _TOKEN.match(token):
        return None
    row = tx.execute(
        sa.text(
            "SELECT label, created_at, used_at, "
            "used_at IS NULL OR used_at < now() - make_interval(secs => :seconds) AS stale "
            "FROM ops.scim_token WHERE digest = :digest"
        ),
        {"digest": _digest(token), "seconds": USED_SECONDS},
    ).one_or_none()
    return None if row is None else Token(row.label, row.created_at, row.used_at, row.stale)


def touch(tx: Session, label: str) -> None:
    """Write that the token was used now."""
    tx.execute(sa.text("UPDATE ops.scim_token SET used_at = now() WHERE label = :label"), {"label": label})


def _digest(token: str) -> bytes:
    # 256 random bits need no slow hash: nobody can try them all.
    return hashlib.sha256(token.encode("ascii")).digest()

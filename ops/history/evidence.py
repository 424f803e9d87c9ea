"""One event with what proves it: the stored line, and whether the payload still matches its digest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import canonical, payload_digest
from ops.catalog import Catalog
from ops.history.events import COLUMNS, JOINED, Event, NoEvent, readable
from ops.policy import Permission, require

_ONE = sa.text(f"SELECT {COLUMNS}, e.line, p.salt FROM {JOINED} WHERE e.uid = CAST(:uid AS uuid)")


@dataclass(frozen=True, slots=True)
class Evidence:
    """`line` is what is hashed and exported, byte for byte. `payload` tells what became of the values:
    "matches" the digest in the line, "differs" (somebody changed it), or was "erased"."""

    event: Event
    line: str
    digest: str
    payload: Literal["matches", "differs", "erased"]
    canonical: bool


def evidence(tx: Session, catalog: Catalog, actor: Actor, uid: str) -> Evidence:
    """The event named `uid`. Raises Forbidden without the permission, NoEvent where there is none."""
    require(actor, Permission.TRAIL_READ)
    try:
        name = str(UUID(uid))
    except ValueError:
        raise NoEvent(uid) from None
    row = tx.execute(_ONE, {"uid": name}).one_or_none()
    if row is None:
        raise NoEvent(uid)
    members = json.loads(row.line)
    digest = members["payload"]
    state: Literal["matches", "differs", "erased"] = "erased"
    if row.body is not None:
        state = "matches" if payload_digest(bytes(row.salt), row.body) == digest else "differs"
    whole = canonical(members).decode("utf-8") == row.line
    return Evidence(readable(tx, catalog, actor, [row])[0], row.line, digest, state, whole)

"""What people say about a change beside deciding it: kept as it was said, told to those it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, identity, outbox
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import refusals
from ops.changes.errors import Invalid
from ops.changes.mentions import Mentions, mentions
from ops.changes.onlookers import onlooker
from ops.changes.values import sendable
from ops.db import Database
from ops.policy import Forbidden
from ops.words import t

LONGEST = 4000
MOST = 500  # of one change
FIELD = "said"

_COUNT = sa.text("SELECT count(*) FROM ops.change_comment WHERE change_id = :id")
_ADD = sa.text(
    "INSERT INTO ops.change_comment (change_id, person_id, revision, text, mentions, token) "
    "VALUES (:id, :person, :revision, :text, CAST(:mentions AS bigint[]), :token) "
    "ON CONFLICT (change_id, person_id, token) DO NOTHING RETURNING id"
)


@dataclass(frozen=True, slots=True)
class Comment:
    """Something that was said, about the revision that was there."""

    id: int
    person_id: int
    person: str
    revision: int
    text: str
    at: datetime


def say(db: Database, catalog: Catalog, actor: Actor, change_id: int, text: str, *, token: str) -> Mentions:
    """Say something about a change that one may see; whom it named. The same form again says nothing twice.

    Whoever is named is told, and those who have a hand in the change. Raises Invalid (beside FIELD), NotVisible,
    Forbidden.
    """
    text = _checked(text)
    with refusals.recorded(db, actor, "change.commented", change_id=change_id), db.transaction() as tx:
        actor = identity.current_actor(tx, actor)
        if actor.person_id is None:
            raise Forbidden(t("door.refused.nobody"))
        change = onlooker(tx, catalog, actor, change_id).matter.change
        if int(tx.scalar(_COUNT, {"id": change_id}) or 0) >= MOST:
            raise Invalid({FIELD: t("talk.too_many", count=MOST)})
        named = mentions(tx, catalog, change_id, text)
        told = [one.person_id for one in named.people if one.person_id not in (None, actor.person_id)]
        values = {
            "id": change_id, "person": actor.person_id, "revision": change.revision, "text": text,
            "mentions": told, "token": token,
        }  # fmt: skip
        said = tx.scalar(_ADD, values)
        if said is not None:
            _tell(tx, actor, change_id, int(said), change.revision, text, named.people)
    return named


def _tell(
    tx: Session, actor: Actor, change_id: int, said: int, revision: int, text: str, named: Sequence[Actor]
) -> None:
    facts = {
        "comment": str(said), "revision": str(revision), "text": text,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "mentions": ", ".join(one.name for one in named) or None,
    }  # fmt: skip
    audit.record(tx, actor, [audit.Entry("change.commented", change_id=change_id, facts=facts)])
    outbox.put(tx, "change.commented", {"change_id": str(change_id), "comment": str(said)})


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid({FIELD: t("talk.empty")})
    if not sendable(text):
        raise Invalid({FIELD: t("door.nul")})
    if len(text) > LONGEST:
        raise Invalid({FIELD: t("door.said_too_long", most=f"{LONGEST:,}", length=f"{len(text):,}")})
    return text

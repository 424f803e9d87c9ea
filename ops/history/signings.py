"""Who came in, who was turned away and why, who left: the part of the trail about signing in and out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import key_text
from ops.history.events import JOINED
from ops.policy import Permission, require

Kind = Literal["in", "refused", "out", "ended"]
KINDS: tuple[Kind, ...] = ("in", "refused", "out", "ended")


@dataclass(frozen=True, slots=True)
class Signing:
    """One event. `person_id` and `name` are whom it is about: None and "" where nobody came to be known.

    `by` is who ended somebody else's session. `facts` tell the reason of a refusal, warnings, the issuer.
    """

    id: int
    uid: str
    at: datetime
    kind: Kind
    person_id: int | None
    name: str
    by: str | None
    ip: str | None
    facts: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class SigningsPage:
    """One page, newest first; ids to page from, None at an end."""

    signings: list[Signing]
    older: int | None
    newer: int | None


# Written out, not bound: so the planner knows that the index of these actions holds them all.
_SIGNING = "e.action IN ('sign_in', 'sign_out', 'session.ended')"
_KIND = (
    "CASE e.action WHEN 'sign_in' THEN CASE e.outcome WHEN 'done' THEN 'in' ELSE 'refused' END "
    "WHEN 'sign_out' THEN 'out' ELSE 'ended' END"
)
_ABOUT = "(e.schema_name = 'ops' AND e.table_name = 'person' AND e.row_key = :key)"
_COLUMNS = f"e.id, e.uid::text AS uid, e.at, {_KIND} AS kind, e.person_id, e.row_key, p.body"
_PARTS: Mapping[str, str] = {
    "person": f"(e.person_id = :person AND e.row_key IS NULL OR {_ABOUT})",
    "kind": f"{_KIND} = :kind",
    "since": "e.at >= :since",
    "until": "e.at < :until",
    "older": "e.id < :older",
    "newer": "e.id > :newer",
}


def signings(
    tx: Session,
    actor: Actor,
    *,
    person_id: int | None = None,
    kind: Kind | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    older_than: int | None = None,
    newer_than: int | None = None,
    size: int = 50,
) -> SigningsPage:
    """One page of signing in and out. Of oneself anybody may know; of others it takes "people.read" (Forbidden).

    That it was read is an event too, where it is about others; the caller writes it first (P35).
    """
    if person_id is None or person_id != actor.person_id:
        require(actor, Permission.PEOPLE_READ)
    backwards = newer_than is not None and older_than is None
    asked = {
        "person": person_id, "kind": kind, "since": since, "until": until,
        "older": older_than, "newer": newer_than if backwards else None,
    }  # fmt: skip
    values: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    conditions = [sa.text(_SIGNING), *(sa.text(_PARTS[name]) for name in values)]
    if person_id is not None:
        values["key"] = key_text([str(person_id)])
    order = sa.text("e.id ASC" if backwards else "e.id DESC")
    statement = sa.select(sa.text(_COLUMNS)).select_from(sa.text(JOINED)).where(*conditions)
    rows = tx.execute(statement.order_by(order).limit(size + 1), values).all()
    more, rows = len(rows) > size, rows[:size]
    rows = rows[::-1] if backwards else rows
    return SigningsPage(
        _named(tx, rows),
        rows[-1].id if rows and (more or backwards) else None,
        rows[0].id if rows and (older_than is not None or (backwards and more)) else None,
    )


def _named(tx: Session, rows: Any) -> list[Signing]:
    """The events with whom they are about, whose names cost one more statement where others acted."""
    bodies = [json.loads(row.body) if row.body else {} for row in rows]
    told = [_subject(row, body) for row, body in zip(rows, bodies, strict=True)]
    others = {
        person
        for row, person in zip(rows, told, strict=True)
        if person is not None and person != row.person_id
    }
    names = _names(tx, others) if others else {}
    return [_signing(row, body, person, names) for row, body, person in zip(rows, bodies, told, strict=True)]


def _subject(row: Any, body: Mapping[str, Any]) -> int | None:
    about = (body.get("facts") or {}).get("person")
    return int(about) if isinstance(about, str) and about.isdecimal() else row.person_id


def _signing(row: Any, body: Mapping[str, Any], person: int | None, names: Mapping[int, str]) -> Signing:
    own = person == row.person_id
    return Signing(
        id=row.id,
        uid=row.uid,
        at=row.at,
        kind=row.kind,
        person_id=person,
        name=(body.get("name") or "") if own else names.get(person or 0, ""),
        by=None if own else body.get("name") or None,
        ip=body.get("ip"),
        facts=body.get("facts") or {},
    )


def _names(tx: Session, people: set[int]) -> dict[int, str]:
    found = tx.execute(
        sa.text("SELECT id, name FROM ops.person WHERE id = ANY(:people)"), {"people": sorted(people)}
    )
    return {row.id: row.name for row in found}

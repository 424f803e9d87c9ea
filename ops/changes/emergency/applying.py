"""Apply now what waits for others: for its maker, by a permission of its own, with a reason, never quietly (P33)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, audit, outbox
from ops.actor import Actor
from ops.catalog import Catalog, Table
from ops.changes import holding, refusals, standing, store
from ops.changes.authorise import authorise
from ops.changes.deciding import Matter, made
from ops.changes.emergency.said import said
from ops.changes.errors import Stale, Unproved
from ops.changes.heads import Bulk
from ops.changes.holding import Held
from ops.changes.landing import Landing, land
from ops.changes.operation import Outcome
from ops.changes.settling import entry_of, outcome_of
from ops.changes.transition import move
from ops.db import Database
from ops.policy import Forbidden, Permission, may
from ops.words import t

_OPEN = sa.text(
    "INSERT INTO ops.emergency_review (change_id, revision, digest, reason, opened_by) "
    "VALUES (:change_id, :revision, :digest, :reason, :person)"
)


def apply_now(
    db: Database, catalog: Catalog, actor: Actor, change_id: int, *,
    digest: str, reason: str, token: str | None = None, proved: bool = False,
) -> Outcome:  # fmt: skip
    """Apply a change that waits for people; all that is checked whenever a change is applied is checked.

    `digest` is that of the page on the screen (P28), `proved`: the person proved lately who they are (P11). The
    outcome's state: `applied`, and a review is open; or `in_review` as before: with `failure`, why it could not be
    written, or without, where the row as it is now asks people who had not been asked: then they are, and nothing was
    written. Raises Invalid (no reason), Stale, Unproved, Forbidden, NotVisible, identity.Disabled; Busy.
    """
    told = said("reason", reason)
    with refusals.recorded(db, actor, "change.emergency", change_id=change_id):
        return holding.once(
            db, catalog, actor, change_id,
            lambda tx, held: _apply(tx, catalog, held, digest, told, token, proved), token=token,
        )  # fmt: skip


def why_not(tx: Session, actor: Actor, matter: Matter) -> str | None:
    """Why the person may not do so with this change, in words; None if they may while it waits."""
    many = any(isinstance(one, Bulk) for one in matter.operations)
    tables = [one.table for one in matter.operations]
    return _refusal(actor, tables, lambda person_id: made(tx, matter, person_id), many=many)


def refusal(tx: Session, actor: Actor, change_id: int, tables: Iterable[Table], *, many: bool) -> str | None:
    """The same by what a page knows of a change. Asks nothing of the database for who has not the permission."""
    return _refusal(actor, tables, lambda person_id: store.is_maker(tx, change_id, person_id), many=many)


def _refusal(
    actor: Actor, tables: Iterable[Table], is_maker: Callable[[int], bool], *, many: bool
) -> str | None:
    if not may(actor, Permission.CHANGES_EMERGENCY) or actor.person_id is None:
        return t("emergency.refused.permission")
    if any(one.house for one in tables):
        return t("emergency.refused.house")
    if many:
        return t("emergency.refused.many")
    return None if is_maker(actor.person_id) else t("emergency.refused.maker")


def _apply(
    tx: Session, catalog: Catalog, held: Held, digest: str, reason: str, token: str | None, proved: bool
) -> Outcome:
    actor, matter, change_id = held.actor, held.matter, held.matter.change.id
    _check(tx, actor, matter, digest, proved)
    landing = land(tx, catalog, actor, matter, held.rules)
    if landing.state not in ("applied", "in_review"):
        return _not_written(tx, actor, matter, landing, reason)
    came, entries = outcome_of(matter, landing)
    told = "change.reopened"
    if landing.state == "applied":
        told = "change.applied"
        entries = [_open(tx, actor, matter, reason), *entries]
        outbox.put(tx, "change.emergency", {"change_id": str(change_id)})
    return move(tx, actor, change_id, came, told, entries, token=token, standing=matter.judged_by(came.state))


def _check(tx: Session, actor: Actor, matter: Matter, digest: str, proved: bool) -> None:
    change = matter.change
    if (why := why_not(tx, actor, matter)) is not None:
        raise Forbidden(why)
    if change.state != "in_review" or matter.turn is None:
        raise Stale(t("emergency.stale"), change.state)
    if digest != change.digest or not standing.unchanged(matter):
        raise Stale(t("emergency.stale_digest"), change.state)
    if change.late:
        raise Stale(t("door.stale.late"), "expired")
    if not proved:
        raise Unproved
    # Over and above those whose change it is, whom `land` asks about: whoever presses the button.
    authorise(actor, matter.operations, form=False)


def _not_written(tx: Session, actor: Actor, matter: Matter, landing: Landing, reason: str) -> Outcome:
    """It could not be applied: it waits for the same people as before, and the trail has the attempt."""
    facts = {"why": landing.failure, "asked": asked(tx, matter)}
    entry = entry_of("change.emergency", matter, reason, facts, "failed")
    return replace(move(tx, actor, matter.change.id, None, None, [entry]), failure=landing.failure)


def _open(tx: Session, actor: Actor, matter: Matter, reason: str) -> audit.Entry:
    """Open its review, and say who did it and who had been asked."""
    change = matter.change
    values = {"change_id": change.id, "revision": change.revision, "digest": change.digest}
    tx.execute(_OPEN, {**values, "reason": reason, "person": actor.person_id})
    said_yes = [one.person for one in standing.agreed(matter)]
    facts: dict[str, str | None] = {"asked": asked(tx, matter), "revision": str(change.revision)}
    return entry_of("change.emergency", matter, reason, {**facts, "agreed": ", ".join(said_yes) or None})


def asked(tx: Session, matter: Matter) -> str:
    """Who is asked still, stage by stage: roles, or the names of people, with how many of them."""
    waiting = [one for one in matter.stages if one.closed_at is None]
    named = frozenset[int]().union(*(one.people for one in waiting))
    names = approvals.names_of(tx, named) if named else {}
    return "; ".join(
        f"{one.needed} × {one.role or ', '.join(sorted(names.get(person, '?') for person in one.people))}"
        for one in waiting
    )

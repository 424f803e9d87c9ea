"""One rehearsal: the exact change, through the code that applies it, in a transaction that is rolled back.

Findings, of which what is not there is not known:
  sentence   what stops it, in the door's words
  asks       who else would be asked: [role or names, number needed]; why: names of rules or tables
  along, elsewhere, more, counted, draws   see `counting`
  sample, of, results, sentences   of a change of many rows: how many were tried, of how many, what became of them
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from ops import approvals
from ops.actor import platform_actor
from ops.catalog import Catalog, UnknownTable
from ops.changes import store
from ops.changes.deciding import Matter
from ops.changes.heads import Bulk
from ops.changes.landing import land
from ops.changes.rehearsing import counting, sampling
from ops.changes.rehearsing.bounds import Held, TooLong, thrown_away
from ops.changes.rehearsing.reach import refused
from ops.changes.rehearsing.store import Found, Kept
from ops.db import Database
from ops.words import t

_OUTCOMES = {"applied": "applies", "conflicted": "conflicts", "failed": "stops", "in_review": "asks"}


def rehearse(db: Database, catalog: Catalog, asked: Kept) -> Found:
    """What would become of the change if it were applied now. Nothing of it stays. Raises Unavailable."""
    try:
        with db.reading() as tx:
            matter = _matter(tx, catalog, asked)
            if matter is None:
                return Found("over")
            stop = refused(tx, {one.table.ref: one.table for one in matter.operations}.values())
    except UnknownTable as error:
        return Found("stops", {"sentence": t("door.failure.shape", table=str(error))})
    if stop is not None:
        return Found("refused", {"why": stop.why, "what": stop.what})
    try:
        return thrown_away(db, lambda tx, locking: _look(tx, catalog, matter, locking))
    except Held:
        return Found("busy")
    except TooLong:
        return Found("slow")


def _matter(tx: Session, catalog: Catalog, asked: Kept) -> Matter | None:
    """The change, if it still waits as it was when this was asked for."""
    change = store.find(tx, asked.change_id)
    waits = change is not None and (
        change.state == "in_review" or (change.state == "approved" and change.apply_at is not None)
    )
    if change is None or not waits or (change.revision, change.digest) != (asked.revision, asked.digest):
        return None
    return Matter(
        change,
        store.operations_of(tx, catalog, change.id),
        approvals.stages_of(tx, change.id, change.revision),
        approvals.decisions_of(tx, change.id),
    )


def _look(tx: Session, catalog: Catalog, matter: Matter, locking: Callable[[], None]) -> Found:
    actor = platform_actor("worker", f"CH-{matter.change.id}")
    rules = approvals.stored_rules(tx)
    before = counting.counts(tx)
    locking()
    many = [one for one in matter.operations if isinstance(one, Bulk)]
    if many:
        return sampling.look(tx, catalog, matter, many, rules, before)
    landing = land(tx, catalog, actor, matter, rules)
    findings: dict[str, Any] = {"sentence": landing.failure} if landing.failure else {}
    if landing.state == "applied":
        findings |= counting.told(landing.done, before, counting.counts(tx))
    elif landing.further:
        findings |= asks(tx, landing.further)
    return Found(_OUTCOMES[landing.state], findings)


def asks(tx: Session, stages: Sequence[approvals.Stage]) -> dict[str, Any]:
    """Who would be asked further, and why."""
    why = list(dict.fromkeys(name for stage in stages for name in stage.why))
    return {"asks": [[stage.asked, stage.needed] for stage in stages], "why": why}

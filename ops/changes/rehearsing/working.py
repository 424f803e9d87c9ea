"""What calls a rehearsal: the outbox once a change waits, a worker with the work, the clock where workers died."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from ops import audit, work
from ops.actor import platform_actor
from ops.catalog import Catalog
from ops.changes.rehearsing import store
from ops.changes.rehearsing.running import rehearse
from ops.changes.rehearsing.store import ATTEMPTS, Found, Kept
from ops.db import Busy, Database, Unavailable
from ops.outbox import Handler, OutboxRow
from ops.platform import Platform
from ops.work import Buried, Claim

_WAITS = ("change.submitted", "change.scheduled")


def beside(handlers: Mapping[str, Handler]) -> dict[str, Handler]:
    """The same handlers, and with what tells that a change waits now, work for a rehearsal of it."""
    return {**handlers, **{kind: _with(handlers.get(kind)) for kind in _WAITS}}


def _with(handler: Handler | None) -> Handler:
    def both(tx: Session, row: OutboxRow) -> None:
        if handler is not None:
            handler(tx, row)
        store.ask(tx, int(row.body["change_id"]))

    return both


def work_on(platform: Platform, claim: Claim, stop: Callable[[], bool] = lambda: False) -> None:
    """What a worker calls for work of kind "rehearse"."""
    run(platform.db, platform.catalog, claim)


def run(db: Database, catalog: Catalog, claim: Claim) -> None:
    """Rehearse what the claim is about, and write down what was found together with the end of the work.

    Raises work.Fenced, and what lets it be tried again; on the last attempt it is given up instead.
    """
    with db.reading() as tx:
        asked = store.one(tx, claim.subject)
    try:
        found = Found("over") if asked is None else rehearse(db, catalog, asked)
    except (Busy, Unavailable):
        raise
    except Exception:
        if claim.attempts < ATTEMPTS:
            raise
        found = Found("given_up")
    with db.transaction() as tx:
        work.finish(tx, claim)
        if asked is not None:
            _keep(tx, asked, found)


def bury(tx: Session, buried: Buried) -> None:
    """The worker died every time it tried; the clock calls it."""
    asked = store.one(tx, buried.subject)
    if asked is not None:
        _keep(tx, asked, Found("given_up"))


def _keep(tx: Session, asked: Kept, found: Found) -> None:
    if not store.keep(tx, asked, found):
        return
    facts = {"outcome": found.outcome, "revision": str(asked.revision), "digest": asked.digest}
    if asked.asked_by is not None:
        facts["asked_by"] = str(asked.asked_by)
    entry = audit.Entry("change.rehearsed", change_id=asked.change_id, facts=facts)
    audit.record(tx, platform_actor("worker", f"CH-{asked.change_id}"), [entry])

"""What the worker and the clock call for work of kind "bulk"."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from ops import outbox
from ops.catalog import digests_now
from ops.changes import store
from ops.changes.bulk.ending import end
from ops.changes.bulk.running import run
from ops.changes.states import walk
from ops.platform import Platform
from ops.words import t
from ops.work import Buried, Claim


def work_on(platform: Platform, claim: Claim, stop: Callable[[], bool] = lambda: False) -> None:
    """`run` for a worker: with the catalog as the company's tables are now (P47)."""
    with platform.db.reading() as tx:
        operations = store.operations_of(tx, platform.catalog, int(claim.subject.partition(":")[0]))
        known = {one.table.ref: one.table for one in operations}
        old = digests_now(tx, list(known.values())) != {ref: table.digest for ref, table in known.items()}
    if old:
        platform.reload()
    run(platform.db, platform.catalog, claim, stop)


def bury(tx: Session, buried: Buried) -> None:
    """The worker died every time it tried: what is written stays, the rest is left as it is."""
    change = store.find(tx, int(buried.subject.partition(":")[0]), locked=True)
    if change is not None and change.state in ("approved", "applying"):
        end(tx, change, t("bulk.given_up"))
    elif change is not None and change.state == "draft":
        walk("draft", "submitted", "approved", "failed")
        store.set_state(tx, change.id, "failed", final=True, failure=t("bulk.given_up"))
        outbox.put(tx, "change.failed", {"change_id": str(change.id)})

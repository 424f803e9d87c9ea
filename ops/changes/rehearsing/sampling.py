"""A change of many rows is rehearsed on its first rows: as many as fit into half a second, and said to be no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from ops import approvals, identity
from ops.catalog import Catalog, digests_now
from ops.changes.authorise import authorise
from ops.changes.bulk import targets
from ops.changes.bulk.chunk import apply_chunk
from ops.changes.bulk.locking import Terms
from ops.changes.deciding import Matter
from ops.changes.heads import Bulk
from ops.changes.rehearsing import counting
from ops.changes.rehearsing.store import Found
from ops.policy import Forbidden, NotVisible
from ops.words import t

MOST = 50
_FINE = ("applied", "same")


def look(
    tx: Session,
    catalog: Catalog,
    matter: Matter,
    operations: Sequence[Bulk],
    rules: Sequence[approvals.ApprovalRule],
    before: Counter[counting.Place] | None,
) -> Found:
    """Write the first rows that wait, by the code that writes all of them, and tell what became of each."""
    change, table = matter.change, operations[0].table
    head = operations[0].head
    assert head is not None
    try:
        actor = identity.actor_for(tx, change.stands_for, source="worker", request_id=f"CH-{change.id}")
        authorise(actor, operations, form=False)
    except (Forbidden, NotVisible, identity.Disabled):
        return Found("stops", {"sentence": t("door.failure.proposer", name=change.proposer)})
    if digests_now(tx, [table]).get(table.ref) != operations[0].digest_of_table:
        return Found("stops", {"sentence": t("door.failure.shape", table=table.label)})
    rows = targets.waiting(tx, head, limit=MOST)
    agreed = [one.stage for one in matter.stages]
    about = approvals.Circumstances(change.source, head.total, actor.roles)
    terms = Terms(catalog, actor, table, rules, agreed, operations[0].act, about)
    done = apply_chunk(tx, terms, rows, carefully=True)
    results = Counter(one.state for one in done.results)
    findings: dict[str, Any] = {
        "sample": len(rows),
        "of": head.waiting,
        "results": dict(results),
        "sentences": dict(Counter(one.problem for one in done.results if one.problem).most_common(5)),
    }
    bad = sum(count for state, count in results.items() if state not in _FINE)
    if not bad:
        # What was tried and taken back counts too: so only where every row went at once.
        findings |= counting.told(done.done, before, counting.counts(tx))
        return Found("applies", findings)
    return Found("stops" if head.mode == "whole" or bad == len(rows) else "partly", findings)

"""How a change of many rows ends: from the results of its rows to one state and one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from ops import audit, outbox, work
from ops.actor import Actor, platform_actor
from ops.changes import heads, store
from ops.changes.bulk import store as bulk_store
from ops.changes.bulk import targets
from ops.changes.heads import RESULTS
from ops.changes.states import walk
from ops.words import t

_LEFT = tuple(name for name in RESULTS if name not in ("applied", "same"))


def ending(counts: Mapping[str, int]) -> tuple[str, str | None]:
    """The final state and, where any row was not written, a sentence that says how many and why.

    Applied if any row was, or none needed to be; conflicted if rows had moved; else failed.
    """
    left = {name: counts.get(name, 0) for name in _LEFT if counts.get(name, 0)}
    applied, same = counts.get("applied", 0), counts.get("same", 0)
    if not left:
        return "applied", None
    said = ", ".join(t(f"bulk.count.{name}", count=f"{many:,}") for name, many in left.items())
    total = applied + same + sum(left.values())
    if applied:
        return "applied", t("bulk.partly", written=f"{applied:,}", total=f"{total:,}", rest=said)
    state = "conflicted" if left.get("moved") or left.get("gone") else "failed"
    return state, t("bulk.none", total=f"{total:,}", rest=said)


def cut_short(
    tx: Session, change: store.ChangeSet, head: heads.Head | None, why: str, actor: Actor | None = None
) -> bool:
    """End a change of which rows are written while others wait, where it would be withdrawn, rejected or expire.

    It is `applied` as far as it came: every row of that was agreed to, stays, and can be undone. False, and nothing
    is done, where no row is written. The change is locked.
    """
    if head is None or not head.counts["applied"]:
        return False
    # Whoever is about to write a chunk waits for our lock on the change, and is fenced then.
    work.cancel(tx, work.add(tx, heads.KIND, head.subject))
    end(tx, change, why, actor)
    return True


def end(tx: Session, change: store.ChangeSet, why: str, actor: Actor | None = None) -> str:
    """End a change that goes no further: its state is told by what was written so far."""
    targets.stop(tx, change.id)
    bulk_store.ended(tx, change.id)
    head = heads.head(tx, change.id)
    assert head is not None
    state = "applied" if head.counts["applied"] else "failed"
    walk("approved", "applying", state)
    said = ending(head.counts)[1]
    failure = f"{why} {said}" if said else why
    store.set_state(tx, change.id, state, final=True, failure=failure)
    who = actor or platform_actor("worker", request_id=f"CH-{change.id}")
    facts = {name: str(many) for name, many in head.counts.items() if many}
    entry = audit.Entry(
        f"change.{state}", "done" if state == "applied" else "failed", change_id=change.id,
        facts={**facts, "why": failure},
    )  # fmt: skip
    audit.record(tx, who, [entry])
    outbox.put(tx, f"change.{state}", {"change_id": str(change.id)})
    return state

"""What the door turned away is in the trail too, in a transaction of its own: the first is undone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from ops import audit
from ops.actor import Actor
from ops.changes.errors import Overtaken
from ops.changes.operation import Operation
from ops.db import Busy, Database, sqlstate
from ops.identity import Disabled
from ops.policy import Forbidden, NotVisible

T = TypeVar("T")
log = logging.getLogger(__name__)

TRIES = 3
# deadlock_detected, serialization_failure: everything was undone, so the same again may well succeed.
_AGAIN = {"40P01", "40001"}


@contextmanager
def recorded(
    db: Database,
    actor: Actor,
    action: str,
    operations: Sequence[Operation] = (),
    change_id: int | None = None,
) -> Iterator[None]:
    """Within the block: a refusal is written to the trail before it goes on to the caller (P35)."""
    try:
        yield
    except (Forbidden, NotVisible, Disabled) as error:
        first = operations[0] if operations else None
        entry = audit.Entry(
            action,
            outcome="refused",
            table=(first.table.schema, first.table.name) if first else None,
            oid=str(first.table.oid) if first else None,
            key=first.key if first else None,
            change_id=change_id,
            facts={"why": str(error) or type(error).__name__},
        )
        with db.transaction() as tx:
            audit.record(tx, actor, [entry])
        if isinstance(error, Forbidden):
            error.recorded = True
        raise


def retried(work: Callable[[], T]) -> T:
    """Run `work`, a whole transaction, again after a deadlock, and where roles or rules changed meanwhile.

    Three times at most. Raises what `work` raises; Busy where roles or rules changed each time.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except DBAPIError as error:
            if attempt == TRIES or sqlstate(error) not in _AGAIN:
                raise
            log.info("the database undid a change (%s); trying again", sqlstate(error))
        except Overtaken as error:
            if attempt == TRIES:
                raise Busy("roles or rules changed each time that it was written") from error
    raise AssertionError("unreachable")

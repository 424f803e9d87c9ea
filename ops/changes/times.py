"""The moment a change is to be applied at, as its maker chose it: within a year, and never of rights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ops.approvals import Stage, expires_in
from ops.changes.errors import Invalid
from ops.changes.operation import Operation
from ops.words import t

FARTHEST = timedelta(days=366)
FIELD = "@apply_at"  # what a sentence about it stands beside: no column, whatever columns are called


def checked(moment: datetime | None, operations: Sequence[Operation]) -> datetime | None:
    """The same moment, or None where it is to be applied as soon as everybody agreed.

    A moment that is over is refused: whoever chose it meant another. Raises Invalid, beside FIELD.
    """
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a moment needs a zone")
    now = datetime.now(UTC)
    if any(one.table.house for one in operations):
        raise Invalid({}, t("door.times.rights"))
    if moment <= now:
        raise Invalid({FIELD: t("door.times.past")})
    if moment > now + FARTHEST:
        raise Invalid({FIELD: t("door.times.far")})
    return moment


def within(moment: datetime | None, stages: Sequence[Stage]) -> int | None:
    """For how many hours a change may wait by the rules that ask these stages; None where none says.

    Raises Invalid, beside FIELD, where the moment lies beyond that: it would have expired by then.
    """
    hours = expires_in(stages)
    if hours is not None and moment is not None and moment > datetime.now(UTC) + timedelta(hours=hours):
        raise Invalid({FIELD: t("door.times.expires", count=hours)})
    return hours

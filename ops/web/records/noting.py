"""That rows of a sensitive table are looked at, written down before they are sent (P21, P35)."""

from __future__ import annotations

from collections.abc import Sequence

from ops import records
from ops.disclosure import Sight, viewed
from ops.policy import NotVisible, View
from ops.web.gate import actor, database, tx


def shown(sights: Sequence[Sight]) -> None:
    """What a page is about to show, read already. Raises where it cannot be written: then nothing is sent."""
    if any(one.table.resource.sensitive for one in sights):
        viewed(database(), actor(), sights)


def list_shown(view: View, query: str, keys: Sequence[str | None]) -> None:
    """The rows of a list, or what a picker offers."""
    if keys:
        shown([Sight(view.table, keys=[key or "" for key in keys], query=query)])


def row_shown(view: View, key: str) -> None:
    """One row, named by its address; a row that is not there for the person is no sight."""
    if not view.table.resource.sensitive:
        return
    try:
        row = records.one(tx(), view, key)
    except NotVisible:
        return
    shown([Sight(view.table, row.key)])

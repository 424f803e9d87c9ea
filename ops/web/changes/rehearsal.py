"""What the page of a change says about its rehearsal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ops.changes import ChangeView, rehearsing
from ops.changes.rehearsing import Rehearsal
from ops.web.gate import actor, platform, tx

# What was sent in is looked at by itself, as soon as a worker is free; for so long a page waits for it.
_SOON = timedelta(seconds=30)
_TONES = {"applies": "ok", "partly": "warn", "stops": "bad", "conflicts": "warn", "asks": "warn"}


@dataclass(frozen=True, slots=True)
class Panel:
    """`found` is None where none was asked for yet; `may_ask`: the change waits, so another one can be.

    `coming`: this revision was sent in a moment ago, so one is about to begin by itself.
    """

    found: Rehearsal | None
    may_ask: bool
    coming: bool = False

    @property
    def under_way(self) -> bool:
        """Whether the page asks again for what comes of it."""
        return self.coming or (self.found is not None and self.found.outcome is None)

    @property
    def tone(self) -> str:
        """Of its badge."""
        return _TONES.get((self.found and self.found.outcome) or "", "idle")


def rehearsal_of(view: ChangeView) -> Panel | None:
    """The panel; None where there is nothing to see or to ask for, or it is not the person's."""
    change, me = view.change, actor()
    if not rehearsing.concerned(me, view):
        return None
    waits = change.state == "in_review" or (change.state == "approved" and change.apply_at is not None)
    found = rehearsing.shown(tx(), platform().catalog, me, view) if waits else None
    if not waits:
        return None
    sent = change.submitted_at
    young = change.state == "in_review" and sent is not None and datetime.now(UTC) - sent < _SOON
    return Panel(found, waits, coming=young and (found is None or found.earlier))

"""What the page of a change says about its rehearsal."""

from __future__ import annotations

from dataclasses import dataclass

from ops.changes import ChangeView, rehearsing
from ops.changes.rehearsing import Rehearsal
from ops.web.gate import actor, platform, tx

_TONES = {"applies": "ok", "partly": "warn", "stops": "bad", "conflicts": "warn", "asks": "warn"}


@dataclass(frozen=True, slots=True)
class Panel:
    """`found` is None where none was asked for yet; `may_ask`: the change waits, so another one can be."""

    found: Rehearsal | None
    may_ask: bool

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
    return Panel(found, waits) if waits else None

"""What happened to a change, oldest first: who asked, who said what, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ops.approvals import Decision
from ops.changes import ChangeView
from ops.web.navigation import initials
from ops.web.visible import visible
from ops.words import t


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline. `person` is None where the platform did it by itself."""

    at: datetime
    person: str | None
    initials: str
    text: str
    comment: str = ""


def happenings(view: ChangeView) -> list[Happening]:
    """The change's own story, of what its maker and its deciders did."""
    change = view.change
    straight = not view.stages and change.state == "applied"
    begun = t("changes.did.made") if straight else t("changes.did.asked")
    found = [_by(change.submitted_at or change.created_at, change.proposer, begun)]
    found += [
        _by(one.decided_at, _said_by(one), t(f"changes.did.{one.verdict}"), one.comment)
        for one in view.decisions
    ]
    if change.finished_at is not None and not straight:
        if change.state == "withdrawn":
            found.append(_by(change.finished_at, change.proposer, t("changes.did.withdrawn")))
        elif change.state in ("applied", "conflicted", "failed", "expired"):
            text = t(f"changes.did.{change.state}")
            found.append(Happening(change.finished_at, None, "", text))
    return found


def _said_by(one: Decision) -> str:
    return t("door.for", name=one.person, other=one.for_name) if one.for_name else one.person


def _by(at: datetime, person: str, text: str, comment: str = "") -> Happening:
    return Happening(at, visible(person), initials(person), text, visible(comment))

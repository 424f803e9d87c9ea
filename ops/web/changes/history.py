"""What happened to a change, oldest first: who asked, who said what, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.approvals import Decision
from ops.changes import ChangeView, Superseded
from ops.web.change_states import cut_short, in_part
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


def happenings(view: ChangeView, earlier: Sequence[Superseded] = ()) -> list[Happening]:
    """The change's own story, of what its makers and its deciders did, over all its revisions."""
    change = view.change
    straight = not view.stages and change.state == "applied" and not earlier and change.apply_at is None
    begun = t("changes.did.made") if straight else t("changes.did.asked")
    first = earlier[0].made_at if earlier else change.submitted_at
    reason = earlier[0].reason if earlier else ""
    found = [_by(first or change.created_at, change.proposer, begun, reason)]
    reasons = [one.reason for one in earlier[1:]] + [change.reason]
    for one, reason in zip(earlier, reasons, strict=False):
        key = (
            f"changes.did.revised_{one.state}"
            if one.state in ("conflicted", "failed")
            else "changes.did.revised"
        )
        said = t(key, n=one.revision + 1)
        found.append(_by(one.revised_at, one.revised_by, said, reason))
    found += [
        _by(one.decided_at, _said_by(one), t(f"changes.did.{one.verdict}"), one.comment, one.person)
        for one in view.decisions
    ]
    found.sort(key=lambda one: one.at)
    if change.finished_at is not None and not straight:
        if change.state == "withdrawn":
            found.append(_by(change.finished_at, change.proposer, t("changes.did.withdrawn")))
        elif change.state in ("applied", "conflicted", "failed", "expired"):
            text = cut_short(view) or in_part(view) or t(f"changes.did.{change.state}")
            found.append(Happening(change.finished_at, None, "", text))
    return found


def _said_by(one: Decision) -> str:
    return t("door.for", name=one.person, other=one.for_name) if one.for_name else one.person


def _by(at: datetime, person: str, text: str, comment: str = "", sign: str = "") -> Happening:
    return Happening(at, visible(person), initials(sign or person), text, visible(comment))

"""A change set's state as the pages say it: tone, words, and the steps on the way."""

from __future__ import annotations

from dataclasses import dataclass

from ops.changes import OPEN, ChangeRow, ChangeView
from ops.web.page import formats
from ops.web.role_words import role_words
from ops.words import t

TONES = {
    "draft": "info",
    "in_review": "warn",
    "submitted": "warn",
    "sent_back": "warn",
    "approved": "info",
    "applying": "info",
    "applied": "ok",
    "rejected": "bad",
    "conflicted": "warn",
    "failed": "bad",
}
TABS: dict[str, tuple[str, ...]] = {
    "all": (),
    "waiting": tuple(sorted(OPEN)),
    "applied": ("applied",),
    "stopped": ("conflicted", "failed"),
    "ended": ("rejected", "withdrawn", "expired"),
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in a tone and words."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step, for the macro `steps`: `state` is done, current, todo or failed."""

    label: str
    state: str


def badge(state: str, turn: str | None) -> Badge:
    """What a state is called; while it waits, for whom."""
    tone = TONES.get(state, "idle")
    if state == "in_review" and turn:
        return Badge(tone, t("changes.state.waiting_for", role=role_words(turn)))
    return Badge(tone, t(f"changes.state.{state}"))


def cut_short(view: ChangeView) -> str | None:
    """Of a change of many rows that was stopped before all of them were written: after how many; else None."""
    head = view.head
    if view.change.state != "applied" or head is None or not head.counts["stopped"]:
        return None
    return stopped_after(head.counts["applied"], head.total)


def stopped_after(written: int, total: int) -> str:
    """How a change of many rows is called that was stopped before all of them were written."""
    return t("many.stopped_after", written=formats().number(written), total=formats().number(total))


def in_part(view: ChangeView) -> str | None:
    """Of a change of many rows that came to its end, but not for all of them: for how many it did; else None."""
    head = view.head
    if view.change.state != "applied" or head is None:
        return None
    left = head.total - head.counts["applied"] - head.counts["same"]
    return applied_to(head.counts["applied"], head.total) if left and head.counts["applied"] else None


def applied_to(written: int, total: int) -> str:
    """How a change of many rows is called of which some moved meanwhile, were refused or are gone."""
    return t("many.applied_to", written=formats().number(written), total=formats().number(total))


def row_badge(row: ChangeRow) -> Badge:
    """The state of a line of a list."""
    if row.written is not None:
        said = stopped_after if row.stopped else applied_to
        return Badge("warn", said(row.written, row.operations))
    return badge(row.state, row.turn)


def turn_of(view: ChangeView) -> str | None:
    """The role whose turn it is."""
    return next((stage.role for stage in view.stages if stage.turn), None)


def steps(view: ChangeView) -> list[Step]:
    """From asking to the end, with where it stands now."""
    state = view.change.state
    asked = (
        t("changes.step.asked")
        if view.change.revision == 1
        else t("changes.step.revised", n=view.change.revision)
    )
    found = [Step(asked, "current" if state == "sent_back" else "done")]
    for stage in view.stages:
        role = role_words(stage.role)
        label = t("changes.step.stage", role=role[:1].upper() + role[1:], got=stage.got, needed=stage.needed)
        rejected = state == "rejected" and found[-1].state == "done"
        stopped = not stage.closed and (rejected or _passed_over(view))
        how = "done" if stage.closed else "current" if stage.turn else "failed" if stopped else "todo"
        found.append(Step(label, how))
    found.append(_end(view))
    return found


def _end(view: ChangeView) -> Step:
    """What it comes to, or came to."""
    state = view.change.state
    if (short := cut_short(view)) is not None:
        return Step(short, "failed")
    if (part := in_part(view)) is not None:
        return Step(part, "done")
    if state == "applied":
        return Step(t("emergency.step" if _passed_over(view) else "changes.state.applied"), "done")
    if state in ("conflicted", "failed", "withdrawn", "expired", "rejected"):
        return Step(t(f"changes.state.{state}"), "failed")
    return Step(t("changes.step.apply"), "current" if state in ("approved", "applying") else "todo")


def _passed_over(view: ChangeView) -> bool:
    """Applied with a stage that nobody closed: in an emergency. Of many rows those that were held are not written."""
    open_yet = any(not stage.closed for stage in view.stages)
    return view.change.state == "applied" and view.head is None and open_yet

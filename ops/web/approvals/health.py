"""How approvals go, as a page with small pictures and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask import Response, request

from ops.approvals import health as counted
from ops.approvals.health import Health
from ops.audit import Entry, record
from ops.exports import neutral_text
from ops.policy import Permission, may
from ops.web.approvals.tabs import tabs
from ops.web.approvals.views import bp
from ops.web.bars import Picture, picture
from ops.web.gate import actor, database, needs, tx
from ops.web.page import render
from ops.web.role_words import role_label, role_words
from ops.web.visible import marked, visible
from ops.words import t

_SPREAD = (("hour", "idle"), ("four", "idle"), ("day", "idle"), ("three", "warn"), ("more", "bad"))
_HEAD = (
    "what", "name", "count", "median_seconds", "p90_seconds", "approved", "rejected", "sent_back", "looks_counted",
    "without_opening", "within_seconds_of_opening", "moment",
)  # fmt: skip


@bp.get("/health")
@needs(Permission.APPROVALS_READ)
def health() -> Response:
    """Waits, people, pairs, what is overdue, what was passed over; of the last 30 or 90 days."""
    found = counted.health(tx(), _days())
    return render(
        "approvals/health.html",
        found=found,
        spans=counted.SPANS,
        most=counted.MOST,
        quick=counted.QUICK,
        alone=counted.ALONE,
        spread=_spread(found),
        verdicts=_verdicts(found),
        tabs=tabs("health"),
        told=told,
        role_words=role_words,
        marked=marked,
        plain=visible,
        reads_changes=may(actor(), Permission.CHANGES_READ),
    )


@bp.get("/health.csv")
@needs(Permission.APPROVALS_READ)
def health_file() -> Response:
    """The same as a file for people: formulas neutralised (P22); that it was taken is an event first (P35)."""
    found = counted.health(tx(), _days())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEAD)
    for line in _lines(found):
        writer.writerow([neutral_text(line.get(name, "")) for name in _HEAD])
    with database().transaction() as writing:
        record(writing, actor(), [Entry("approvals.downloaded", facts={"days": str(found.days)})])
    headers = {"Content-Disposition": f'attachment; filename="approvals-{found.days}-days.csv"'}
    return Response(text.getvalue().encode(), mimetype="text/csv", headers=headers)


def told(seconds: float | None) -> str:
    """A stretch of time in its two largest units: "2 d 4 h", "12 min", "8 s"."""
    if seconds is None:
        return "–"
    whole = max(0, round(seconds))
    if whole < 60:
        return t("health.seconds", s=whole)
    minutes = whole // 60
    if minutes < 60:
        return t("health.minutes", m=minutes)
    hours = minutes // 60
    if hours < 24:
        return t("health.hours", h=hours, m=minutes % 60)
    return t("health.days", d=hours // 24, h=hours % 24)


def _days() -> int:
    """One of the spans; anything else is the first."""
    text = request.args.get("days", "")
    return next((days for days in counted.SPANS if text == str(days)), counted.SPANS[0])


def _spread(found: Health) -> Picture:
    parts = [
        (count, t(f"health.within.{name}"), tone)
        for count, (name, tone) in zip(found.spread, _SPREAD, strict=True)
    ]
    return picture(parts, "health.spread_said")


def _verdicts(found: Health) -> Picture:
    approved = sum(one.approved for one in found.people)
    rejected = sum(one.rejected for one in found.people)
    back = sum(one.sent_back for one in found.people)
    parts = [
        (approved, t("health.said.approve"), "ok"),
        (rejected, t("health.said.reject"), "bad"),
        (back, t("health.said.send_back"), "warn"),
    ]
    return picture(parts, "health.verdicts_said")


def _lines(found: Health) -> Iterator[dict[str, str]]:
    for what, waits in (("role", found.roles), ("rule", found.rules)):
        for wait in waits:
            named = role_label(wait.name) if what == "role" and wait.name else wait.name
            yield {
                "what": what, "name": named or t("health.named"), "count": str(wait.count),
                "median_seconds": f"{wait.median:.0f}", "p90_seconds": f"{wait.slow:.0f}",
            }  # fmt: skip
    for pace in found.people:
        yield {
            "what": "person", "name": pace.name, "count": str(pace.count), "approved": str(pace.approved),
            "median_seconds": "" if pace.median is None else f"{pace.median:.0f}", "rejected": str(pace.rejected),
            "sent_back": str(pace.sent_back), "looks_counted": str(pace.counted),
            "without_opening": str(pace.unseen), "within_seconds_of_opening": str(pace.quick),
        }  # fmt: skip
    for pair in found.pairs:
        yield {
            "what": "pair",
            "name": f"{pair.one} / {pair.other}",
            "count": str(pair.by_one + pair.by_other),
        }
    for late in found.overdue:
        yield {"what": "overdue", "name": f"CH-{late.change_id}", "moment": late.due_at.isoformat()}
    used = found.emergencies
    for name, count in (
        ("used", used.count),
        ("justified", used.justified),
        ("not justified", used.not_justified),
        ("open", used.open),
    ):
        yield {"what": "emergency", "name": name, "count": str(count)}

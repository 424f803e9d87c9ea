"""An action on rows chosen in a list: what it would do to the first of them, then the door for many rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask import request
from werkzeug.wrappers import Response as Answer

from ops import work
from ops.catalog import Action, Table
from ops.changes import bulk
from ops.changes.acts import Act, settable
from ops.changes.bulk import Listed, Ticked, Wish
from ops.changes.bulk.acting import spec
from ops.policy import View
from ops.web.actions.form import Effect, Line
from ops.web.addresses import change_href, list_href
from ops.web.forms import posted_form_token
from ops.web.gate import actor, database, platform, tx
from ops.web.page import flash, see_other
from ops.words import t


@dataclass(frozen=True)
class Chosen:
    """Which rows: ticked ones, or all of a list, whose query string is `state`."""

    keys: tuple[str, ...]
    state: str
    everything: bool

    @property
    def any(self) -> bool:
        """Whether there is any row."""
        return bool(self.keys) or self.everything

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The fields that carry it from page to page."""
        return [
            ("list", self.state),
            *([("all", "1")] if self.everything else [("k", key) for key in self.keys]),
        ]

    def words(self, table: Table) -> str:
        """What they are called in the heading."""
        if self.everything:
            return t("actions.all_rows", rows=table.label.lower())
        return t("actions.rows", count=len(self.keys), rows=table.label.lower())


def chosen() -> Chosen:
    """The rows that the request names, as the bar of a list sends them."""
    values = request.form if request.method == "POST" else request.args
    return Chosen(tuple(dict.fromkeys(values.getlist("k"))), values.get("list", ""), "all" in values)


def wish(table: Table, action: Action, rows: Chosen, typed: dict[str, str]) -> Wish:
    """The action as a change of many rows."""
    said = Act(
        action.name, action.label, {one.name: typed.get(one.name) or None for one in action.parameters}
    )
    return Wish(
        table, "update", Listed(rows.state) if rows.everything else Ticked(rows.keys),
        title=t("actions.title", action=action.label, row=rows.words(table)),
        reason=request.form.get("reason", "").replace("\r\n", "\n").strip(), source="action", each=spec(said),
        columns=tuple(sorted(settable(table, "update"))),
    )  # fmt: skip


def effect(view: View, asked: Wish) -> tuple[Effect, list[str]]:
    """What it would do to the first rows, with their keys, and to how many not. Raises Invalid, BadFilter."""
    found = bulk.preview(tx(), platform().catalog, view, asked)
    columns = view.table.columns
    rows = []
    for one in found.samples:
        was = view.redact({name: before for name, before, _ in one.lines})
        will_be = view.redact({name: after for name, _, after in one.lines})
        lines = [
            Line(columns[n].label, was[n], will_be[n]) for n, a, b in one.lines if n in will_be and a != b
        ]
        rows.append((one.title or one.key, lines))
    keys = [one.key for one in found.samples]
    return Effect(rows, 0, found.asks, [], "", found.too_slow, tuple(found.failing.items())), keys


def done(asked: Wish, apply_at: datetime | None) -> Answer:
    """Take it through the door and lead to the change. Raises Invalid, BadFilter, Busy, Unavailable."""
    outcome = bulk.propose_bulk(
        database(), platform().catalog, actor(), replace(asked, apply_at=apply_at), token=posted_form_token(),
        ring=lambda one: work.dispatch(platform().redis, [one]),
    )  # fmt: skip
    if outcome.state == "approved":
        flash("info", t("changes.scheduled", reference=outcome.reference), t("changes.waits_for_time"))
        return see_other(change_href(outcome.reference))
    tone = "ok" if outcome.state == "applied" and not outcome.failure else "info"
    flash(tone, t("actions.many_done", reference=outcome.reference), outcome.failure)
    return see_other(change_href(outcome.reference))


def back(table: Table, rows: Chosen) -> str:
    """The list it came from."""
    return list_href(table) + (f"?{rows.state}" if rows.state else "")

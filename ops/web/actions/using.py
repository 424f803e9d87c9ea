"""Using an action: its form, its effect, the door; and the answer for each way it can end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops import changes, disclosure, policy, records
from ops.catalog import Action, Refuse, Table
from ops.changes import Conflict, Invalid, Operation, Outcome, acting
from ops.changes.acting import Broken
from ops.db import Busy, Unavailable
from ops.disclosure import Sight
from ops.policy import NotVisible, View
from ops.records import BadFilter
from ops.web import from_list, moments
from ops.web import trouble as troubles
from ops.web.actions import form, many, sealed
from ops.web.actions.form import PREFIX, ActionPage, Effect
from ops.web.addresses import change_href, list_href, row_href
from ops.web.forms import new_form_token, posted_form_token
from ops.web.gate import actor, database, platform, tx
from ops.web.page import flash, render, see_other
from ops.web.trouble import Trouble
from ops.words import t


class Use:
    """One request about one action, on a row (`key`) or on none."""

    def __init__(self, table: str, name: str, key: str | None) -> None:
        catalog = platform().catalog
        self.table: Table = catalog.table(table)
        self.view: View = policy.view(actor(), self.table, catalog)
        found = self.table.resource.actions.get(name)
        self.rows = many.chosen() if found is not None and found.many and key is None else None
        if found is None or ((found.scope == "row") != (key is not None) and self.rows is None):
            raise NotVisible(name)
        self.action: Action = found
        acting_view = policy.acting_view(actor(), self.table, found, catalog)
        if acting_view is None:
            raise policy.Forbidden(t("door.refused.action", action=found.label, table=self.table.label))
        self.acting = acting_view
        self.key = key
        self.about = (self.table.ref, key or "", name)

    def asked(self) -> Answer:
        """The empty form; one without fields shows its effect at once."""
        if self.rows is not None and not self.rows.any:
            flash("info", t("bulk.nothing_ticked"))
            return see_other(many.back(self.table, self.rows))
        if self.action.parameters:
            return self._page(None)
        return self._looked({})

    def sent(self) -> Answer:
        """The form as it came: its effect, or with the button that agrees to it, the door."""
        typed = {one.name: request.form.get(PREFIX + one.name, "") for one in self.action.parameters}
        if self.rows is not None:
            return self._of_many(self.rows, typed)
        if request.form.get("step") == "do":
            operations = sealed.opened(request.form.get("sealed", ""), self.table, self.about, typed)
            if operations is not None:
                return self._done(operations, typed)
            return self._looked(typed, moved=True)
        return self._looked(typed)

    def _looked(self, typed: Mapping[str, str], *, moved: bool = False) -> Response:
        """The effect on the row as it is now, or why there is none."""
        if self.rows is not None:
            return self._looked_at_many(self.rows, typed)
        try:
            arguments = acting.read(self.action, typed)
            acting.refer(tx(), self.view, self.action, typed)
            operations = acting.prepare(tx(), self.acting, self.action, self.key, arguments, typed)
            stages = changes.asks(tx(), platform().catalog, actor(), operations)
        except Invalid as error:
            return self._page(typed, _invalid(error))
        except Refuse as error:
            return self._page(typed, Trouble(error.sentence, t("actions.nothing_done")))
        except Broken as error:
            return self._page(typed, Trouble(str(error)))
        rows, unseen = form.differences(self.view, operations)
        act = operations[0].act
        effect = Effect(
            rows, unseen, stages, [one.kind for one in act.messages] if act else [],
            sealed.seal(operations, self.about, dict(typed)),
        )  # fmt: skip
        note = Trouble(t("actions.moved"), t("actions.moved_body"), 409, "warn") if moved else None
        return self._page(typed, note, effect)

    def _of_many(self, rows: many.Chosen, typed: Mapping[str, str]) -> Answer:
        if request.form.get("step") != "do":
            return self._looked_at_many(rows, typed)
        try:
            acting.read(self.action, typed)
            return many.done(many.wish(self.table, self.action, rows, dict(typed)), _moment())
        except Invalid as error:
            return self._page(typed, _invalid(error))
        except BadFilter as error:
            return self._page(typed, Trouble(t("actions.bad_list"), str(error)))
        except (Busy, Unavailable) as error:
            return self._page(typed, Trouble.away(error), None, away=True)

    def _looked_at_many(self, rows: many.Chosen, typed: Mapping[str, str]) -> Response:
        try:
            acting.read(self.action, typed)
            effect, keys = many.effect(self.view, many.wish(self.table, self.action, rows, dict(typed)))
        except Invalid as error:
            return self._page(typed, _invalid(error))
        except BadFilter as error:
            return self._page(typed, Trouble(t("actions.bad_list"), str(error)))
        if keys:
            self._note(Sight(self.table, keys=keys, query=rows.state))
        return self._page(typed, None, effect)

    def _done(self, operations: Sequence[Operation], typed: Mapping[str, str]) -> Answer:
        try:
            acting.refer(tx(), self.view, self.action, typed)
            outcome = changes.propose(
                database(), platform().catalog, actor(), operations,
                title=t("actions.title", action=self.action.label, row=self.table.label_one),
                reason=request.form.get("reason", "").replace("\r\n", "\n").strip(),
                source="action", token=posted_form_token(), apply_at=_moment(),
            )  # fmt: skip
        except Conflict:
            return self._looked(typed, moved=True)
        except Invalid as error:
            return self._page(typed, _invalid(error))
        except (Busy, Unavailable) as error:
            return self._page(typed, Trouble.away(error), None, away=True)
        return self._after(outcome)

    def _after(self, outcome: Outcome) -> Answer:
        if outcome.state == "approved":
            flash("info", t("changes.scheduled", reference=outcome.reference), t("changes.waits_for_time"))
            return see_other(change_href(outcome.reference))
        if outcome.state != "applied":
            tone = "info" if outcome.state == "in_review" else "warn"
            detail = t("actions.asked_body") if outcome.state == "in_review" else outcome.failure
            flash(tone, t("actions.asked", action=self.action.label, reference=outcome.reference), detail)
            return see_other(change_href(outcome.reference))
        flash("ok", t("actions.done", action=self.action.label))
        key = outcome.result_key or self.key
        back = list_href(self.table) if key is None else row_href(self.table, key)
        return see_other(from_list.along(back) if self.key is not None else back)

    def _page(
        self, typed: Mapping[str, str] | None, trouble: Trouble | None = None, effect: Effect | None = None,
        *, away: bool = False,
    ) -> Response:  # fmt: skip
        row = None
        if self.key is not None and not away:
            found = records.one(tx(), self.view, self.key)
            row = found.title or self.table.label_one
            self._note(Sight(self.table, found.key))
        fields = [] if away else form.controls(self.action, typed, trouble)
        address = list_href(self.table) if self.key is None else row_href(self.table, self.key) + "/"
        page = ActionPage(
            self.table, self.action, self.key, row, from_list.along(f"{address}act/{self.action.name}"),
            posted_form_token() if request.method == "POST" else new_form_token(), fields,
            request.form.get("reason", ""), effect, trouble, self.rows.hidden if self.rows else (),
            self.rows.words(self.table) if self.rows else None,
            moments.later(_typed_moment(), actor().timezone, trouble.fields if trouble else None),
        )  # fmt: skip
        return render("actions/form.html", troubles.status(trouble), troubles.headers(trouble), page=page)

    def _note(self, sight: Sight) -> None:
        """A row that the page is about to show, or rows; written down first (P21)."""
        if self.table.resource.sensitive:
            disclosure.viewed(database(), actor(), [sight])


def _typed_moment() -> str:
    return request.form.get(moments.APPLY_AT, "")[:40]


def _moment() -> datetime | None:
    """The moment it is to be done at, as the form has it. Raises Invalid."""
    return moments.chosen(request.form, actor().timezone)


def _invalid(error: Invalid) -> Trouble:
    if error.general and not error.fields:
        return Trouble(error.general, t("actions.nothing_done"))
    return Trouble(t("actions.not_done", count=len(error.fields)), error.general, fields=error.fields)

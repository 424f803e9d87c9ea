"""Taking a form through the door, and the answer for each way it can end; nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops.changes import Conflict, Invalid, Operation, Outcome, propose
from ops.db import Busy, Unavailable
from ops.policy import NotVisible, View
from ops.records import Record
from ops.web.addresses import change_href
from ops.web.forms import posted_form_token
from ops.web.gate import actor, database, platform
from ops.web.page import flash, formats, render, see_other
from ops.web.records import editing, parsing
from ops.web.records.addresses import list_href, record_href
from ops.web.records.editing import Clash, FormPage, Trouble
from ops.web.records.parsing import Posted
from ops.web.records.shown import Reader
from ops.web.said import say
from ops.web.trouble import headers, status
from ops.words import t

Again = Callable[[Trouble], FormPage]


def create(view: View) -> Answer:
    """A new record, from the posted form."""
    posted = parsing.created(view.table, request.form)
    token = posted_form_token()

    def again(trouble: Trouble) -> FormPage:
        return editing.new_page(view, token, posted, trouble)

    operation = Operation("create", view.table, after=posted.after)
    return _saved(view, operation, posted, token, again)


def update(view: View, key: str) -> Answer:
    """A record's edit form, posted."""
    token = posted_form_token()
    try:
        posted = parsing.edited(view.table, request.form)
    except parsing.Torn:
        page = editing.edit_page(view, editing.read(view, key), key, token, None, Trouble(t("records.torn")))
        return _shown(page)

    def again(trouble: Trouble) -> FormPage:
        record = None if trouble.status == 503 or trouble.gone else _now(view, key)
        return editing.edit_page(view, record, key, token, posted, trouble)

    if not posted.after:
        say("info", "records.nothing_changed")
        return see_other(record_href(view.table, key))
    operation = Operation("update", view.table, key, posted.base, posted.after)
    return _saved(view, operation, posted, token, again)


def _saved(view: View, operation: Operation, posted: Posted, token: str, again: Again) -> Answer:
    try:
        outcome = propose(
            database(),
            platform().catalog,
            actor(),
            [operation],
            reason=posted.reason,
            source="form",
            token=token,
        )
    except Invalid as error:
        return _shown(again(_invalid(error)))
    except Conflict as error:
        return _shown(again(_conflict(view, operation, error)))
    except (Busy, Unavailable) as error:
        return _shown(again(Trouble.away(error)))
    return after(view, operation, outcome)


def after(view: View, operation: Operation, outcome: Outcome) -> Answer:
    """Where a change that the door took leads: to the record, to the list, or to the change that waits."""
    detail = "records.sent_before" if outcome.repeated else None
    if outcome.state != "applied":
        asked = _who(outcome) if outcome.state == "in_review" else outcome.failure
        flash(
            "info" if outcome.state == "in_review" else "warn",
            t("records.asked", reference=outcome.reference),
            asked,
        )
        return see_other(change_href(outcome.reference))
    if operation.kind == "create":
        say("ok", "records.created", detail)
    elif operation.kind == "update":
        say("ok", "records.saved", detail, count=len(operation.after))
    else:
        say("ok", "records.deleted", detail, row=view.table.label_one)
    key = outcome.result_key or operation.key
    return see_other(
        list_href(view.table) if operation.kind == "delete" or key is None else record_href(view.table, key)
    )


def _who(outcome: Outcome) -> str:
    names = [f"{stage.needed} × {stage.role}" if stage.needed > 1 else stage.role for stage in outcome.stages]
    return t("records.asked_body", roles=", ".join(names).capitalize())


def _invalid(error: Invalid) -> Trouble:
    if error.general and not error.fields:
        return Trouble(error.general, t("records.kept"))
    title = t("records.not_saved", count=len(error.fields))
    return Trouble(title, " ".join(filter(None, (error.general, t("records.kept")))), fields=error.fields)


def _conflict(view: View, operation: Operation, error: Conflict) -> Trouble:
    record = None if error.row_gone else _now(view, operation.key or "")
    if record is None:
        return Trouble(t("records.gone"), t("records.gone_body"), status=409, tone="warn", gone=True)
    clashes = [
        _clash(view, record.values, one.column, one.original, operation.after[one.column])
        for one in error.fields
    ]
    return Trouble(
        t("records.conflict"),
        t("records.conflict_body"),
        status=409,
        tone="warn",
        clashes=clashes,
        now=record.values,
    )


def _clash(
    view: View, now: Mapping[str, str | None], name: str, original: str | None, proposed: str | None
) -> Clash:
    reader = Reader(view.table, formats())
    values = (reader.one(name, text) for text in (original, proposed, now.get(name)))
    return Clash(name, view.table.columns[name].label, *values)


def _now(view: View, key: str) -> Record | None:
    try:
        return editing.read(view, key)
    except NotVisible:
        return None


def _shown(page: FormPage) -> Response:
    return render("records/form.html", status(page.trouble), headers(page.trouble), form=page)

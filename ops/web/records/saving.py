"""Taking a form through the door, and the answer for each way it can end; nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from flask import Response
from werkzeug.wrappers import Response as Answer

from ops.changes import Conflict, Invalid, Operation, Outcome, Reshaped, propose
from ops.db import Busy, Unavailable
from ops.policy import NotVisible, View
from ops.records import Record
from ops.web import from_list, moments
from ops.web.addresses import change_href
from ops.web.forms import posted_form_token
from ops.web.gate import actor, database, platform
from ops.web.json_text import place_of_error
from ops.web.page import SAME_FORM, flash, formats, render, see_other
from ops.web.records import again as again_
from ops.web.records import collecting, editing, reshaped, sending
from ops.web.records.addresses import record_href
from ops.web.records.editing import FormPage, Trouble
from ops.web.records.filling import Clash, Wrong
from ops.web.records.lines import Line, prefix
from ops.web.records.parsing import Posted, Torn
from ops.web.records.sending import Sent
from ops.web.role_words import asked_words
from ops.web.said import say
from ops.web.shown import Reader
from ops.web.trouble import headers, status
from ops.words import t

Again = Callable[[Trouble | None], FormPage]


def create(view: View) -> Answer:
    """A new record, from the posted form."""
    token = posted_form_token()
    if reshaped.is_old(view):
        return _reshaped(view, None, token)
    form = sending.sent(view, None)

    def again(trouble: Trouble | None) -> FormPage:
        return editing.new_page(view, token, form.given, trouble)

    return _answered(form, token, again)


def update(view: View, key: str) -> Answer:
    """A record's edit form, posted."""
    token = posted_form_token()
    if reshaped.is_old(view):
        return _reshaped(view, key, token)
    try:
        form = sending.sent(view, key)
    except Torn:
        page = editing.edit_page(view, editing.read(view, key), key, token, None, Trouble(t("records.torn")))
        return _shown(page)

    def again(trouble: Trouble | None) -> FormPage:
        record = None if trouble and (trouble.status == 503 or trouble.gone) else _now(view, key)
        return editing.edit_page(view, record, key, token, form.given, trouble)

    return _answered(form, token, again)


def _reshaped(old: View, key: str | None, token: str) -> Answer:
    """The same form for the table as it is now; fields it has no more are told with what was typed into them."""
    view = reshaped.again(old)
    trouble = reshaped.trouble(view)
    try:
        given = sending.sent(view, key).given
    except Torn:
        given = None
    if key is None:
        return _shown(editing.new_page(view, token, given, trouble))
    return _shown(editing.edit_page(view, _now(view, key), key, token, given, trouble))


def _answered(form: Sent, token: str, again: Again) -> Answer:
    if form.again:
        return render("records/form.html", 200, SAME_FORM, form=again(None))
    if form.wrong:
        lines = {one.number: Wrong(one.posted.wrong) for one in form.lines if one.posted.wrong}
        return _shown(again(_wrong(form.posted.wrong, lines)))
    try:
        asked = form.asked
        if not asked:
            say("info", "records.nothing_changed")
            return see_other(from_list.along(record_href(form.view.table, form.key or "")))
        return _saved(form, asked, token, again)
    except (Busy, Unavailable) as error:
        return _shown(again(Trouble.away(error)))


def _saved(form: Sent, asked: Sequence[tuple[int | None, Operation]], token: str, again: Again) -> Answer:
    places, operations = [place for place, _ in asked], [one for _, one in asked]
    reason = again_.kept(form.posted.reason)
    try:
        if collecting.asked():
            return collecting.done(form.view.table, collecting.add(operations, token, reason), form.key)
        outcome = propose(
            database(), platform().catalog, actor(), operations, reason=reason, source="form",
            token=token, apply_at=moments.chosen({moments.APPLY_AT: form.posted.apply_at}, actor().timezone),
        )  # fmt: skip
    except Reshaped:
        return _reshaped(form.view, form.key, token)
    except Invalid as error:
        return _shown(again(_invalid(form, error, places[min(error.position, len(places) - 1)])))
    except Conflict as error:
        return _shown(again(_conflict(form, operations[error.position], error, places[error.position])))
    own = operations[0]
    if places[0] is not None:
        own = replace(own, kind="update", table=form.view.table, key=form.key)
        outcome = replace(outcome, result_key=form.key)
    return after(form.view, own, outcome, rows=sum(place is not None for place in places))


def after(view: View, operation: Operation, outcome: Outcome, rows: int = 0) -> Answer:
    """Where a change that the door took leads: to the record, to the list, or to the change that waits.

    `rows`: how many of the rows that belong to the record went with it.
    """
    detail = "records.sent_before" if outcome.repeated else None
    if outcome.state != "applied":
        if outcome.state == "approved":
            flash("info", t("changes.scheduled", reference=outcome.reference), t("changes.waits_for_time"))
            return see_other(change_href(outcome.reference))
        if outcome.state == "in_review":
            say(
                "info",
                "records.asked",
                "records.asked_body",
                reference=outcome.reference,
                roles=_who(outcome),
            )
        else:
            flash("warn", t("records.asked", reference=outcome.reference), outcome.failure)
        return see_other(change_href(outcome.reference))
    if operation.kind == "delete":
        say("ok", "records.deleted", detail, row=view.table.label_one)
    elif rows:
        key = "records.created_rows" if operation.kind == "create" else "records.saved_rows"
        say("ok", key, detail, count=rows)
    elif operation.kind == "create":
        say("ok", "records.created", detail)
    else:
        say("ok", "records.saved", detail, count=len(operation.after))
    key_ = outcome.result_key or operation.key
    if operation.kind == "delete" or key_ is None:
        return see_other(from_list.list_href(view.table))
    return see_other(from_list.along(record_href(view.table, key_)))


def _who(outcome: Outcome) -> str:
    return asked_words(outcome.stages)


def _wrong(fields: Mapping[str, str], lines: Mapping[int, Wrong], general: str | None = None) -> Trouble:
    count = len(fields) + sum(len(one.fields) or 1 for one in lines.values())
    kept = " ".join(filter(None, (general, t("records.kept"))))
    return Trouble(t("records.not_saved", count=count), kept, fields=fields, lines=lines)


def _invalid(form: Sent, error: Invalid, place: int | None) -> Trouble:
    line = _line(form, place)
    if line is not None:
        fields = placed(line.posted, error.fields)
        return _wrong({}, {line.number: Wrong(fields, general=error.general)})
    if error.general and not error.fields:
        return Trouble(error.general, t("records.kept"))
    return _wrong(placed(form.posted, error.fields), {}, error.general)


def placed(posted: Posted, fields: Mapping[str, str]) -> dict[str, str]:
    """The sentences, with the place of the error where a text was to be JSON."""
    found = {}
    for name, sentence in fields.items():
        place = place_of_error(posted.typed.get(name, "")) if sentence == t("door.kind.json") else None
        found[name] = (
            f"{sentence} {t('records.json_place', line=place[0], column=place[1])}" if place else sentence
        )
    return found


def _conflict(form: Sent, operation: Operation, error: Conflict, place: int | None) -> Trouble:
    line = _line(form, place)
    title, body = t("records.conflict"), t("records.conflict_body")
    if line is not None:
        return Trouble(
            title,
            body,
            status=409,
            tone="warn",
            lines={line.number: _line_conflict(form, operation, error, line)},
        )
    record = None if error.row_gone else _now(form.view, operation.key or "")
    if record is None:
        return Trouble(t("records.gone"), t("records.gone_body"), status=409, tone="warn", gone=True)
    clashes = clashes_of(form.view, record, operation, error)
    return Trouble(title, body, status=409, tone="warn", clashes=clashes, now=record.values)


def _line_conflict(form: Sent, operation: Operation, error: Conflict, line: Line) -> Wrong:
    belonging = next(one for one in form.belongings if one.name == line.of)
    record = None if error.row_gone else _now(belonging.view, operation.key or "")
    if record is None:
        return Wrong(general=t("records.line_gone"))
    if operation.kind == "delete":
        return Wrong(general=t("records.line_moved"))
    clashes = clashes_of(belonging.view, record, operation, error, prefix(line.number))
    return Wrong(clashes=clashes, now=record.values)


def clashes_of(
    view: View, record: Record, operation: Operation, error: Conflict, before: str = ""
) -> list[Clash]:
    """Each field that both changed, as it was read, as it was to be, as it is now."""
    reader = Reader(view.table, formats())
    row = f"{view.table.label_one}, " if before else ""
    found = []
    for one in error.fields:
        texts = (one.original, operation.after[one.column], record.values.get(one.column))
        was, mine, now = (reader.one(one.column, text) for text in texts)
        label = row + view.table.columns[one.column].label
        found.append(Clash(one.column, label, was, mine, now, before))
    return found


def _line(form: Sent, place: int | None) -> Line | None:
    return next((one for one in form.lines if one.number == place), None) if place is not None else None


def _now(view: View, key: str) -> Record | None:
    try:
        return editing.read(view, key)
    except NotVisible:
        return None


def _shown(page: FormPage) -> Response:
    return render("records/form.html", status(page.trouble), headers(page.trouble), form=page)

"""Deleting a record: a page that shows what goes and what refers to it, then the door."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops import records
from ops.changes import Conflict, Invalid, Operation, asks, base_of, propose
from ops.db import Busy, Unavailable
from ops.policy import View, ViewColumn
from ops.records import Record
from ops.web import from_list, moments
from ops.web.forms import new_form_token, posted_form_token
from ops.web.gate import actor, database, platform, tx
from ops.web.page import render, see_other
from ops.web.records import again, collecting
from ops.web.records.addresses import record_href, way_to
from ops.web.records.arranging import in_order
from ops.web.records.editing import Fact, Trouble
from ops.web.records.effects import NO_EFFECTS, Effects, effects
from ops.web.records.saving import after
from ops.web.records.showing import facts_of
from ops.web.said import say
from ops.web.trouble import headers, status
from ops.words import t


@dataclass(frozen=True)
class DeletePage:
    """What templates/records/delete.html shows."""

    view: View
    key: str
    title: str
    token: str
    facts: Sequence[Fact] = ()
    hidden: Sequence[tuple[str, str]] = ()
    effects: Effects = NO_EFFECTS
    reason: str = ""
    trouble: Trouble | None = None
    asks: str | None = None

    @property
    def button(self) -> str:
        """What the button says: where others are asked, it deletes nothing yet."""
        return t("records.delete_ask" if self.asks else "records.delete_button")

    @property
    def may_collect(self) -> bool:
        """Whether it can go into the basket."""
        return not self.view.table.house

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        return [
            *way_to(self.view.table),
            (self.title, self.back),
            (t("records.delete").rstrip("…"), None),
        ]

    @property
    def back(self) -> str:
        """The record."""
        return from_list.along(record_href(self.view.table, self.key))

    @property
    def later(self) -> moments.Later:
        """The moment to apply it at, as it was typed."""
        text = request.form.get(moments.APPLY_AT, "")[:40]
        return moments.later(text, actor().timezone, self.trouble.fields if self.trouble else None)

    @property
    def action(self) -> str:
        """Where the form is sent."""
        return from_list.along(record_href(self.view.table, self.key, "delete"))


def confirm(view: View, key: str, token: str | None = None, trouble: Trouble | None = None) -> Response:
    """The page that asks; after trouble, again, with the record as it is now. Raises NotVisible."""
    record = records.one(tx(), view, key)
    shown = [one for one in in_order(view) if not one.masked]
    base = base_of({one.name: record.values[one.name] for one in shown})
    page = DeletePage(
        view=view,
        key=record.key,
        title=record.title or view.table.label_one,
        token=token or new_form_token(),
        facts=facts_of(view, record, [one for one in shown if _worth_a_look(one, record)]),
        hidden=[(f"b.{name}", json.dumps(text, ensure_ascii=False)) for name, text in base.items()],
        effects=effects(view, record),
        asks=_asks(Operation("delete", view.table, record.key, base=base)),
        reason=request.form.get("reason") or ("" if request.form else again.deleted(view, record.key)),
        trouble=trouble,
    )
    return render("records/delete.html", status(trouble), page=page)


def delete(view: View, key: str) -> Answer:
    """The confirmation, posted."""
    token = posted_form_token()
    reason = request.form.get("reason", "").replace("\r\n", "\n").strip()
    try:
        operation = Operation("delete", view.table, key, base=_base())
        if collecting.asked():
            return collecting.done(view.table, collecting.add([operation], token, reason))
        outcome = propose(
            database(), platform().catalog, actor(), [operation], reason=reason, source="form", token=token,
            apply_at=moments.chosen(request.form, actor().timezone),
        )  # fmt: skip
    except Conflict as error:
        if error.row_gone:
            say("info", "records.delete_gone")
            return see_other(from_list.list_href(view.table))
        trouble = Trouble(
            t("records.delete_changed"), t("records.delete_changed_body"), status=409, tone="warn"
        )
        return confirm(view, key, token, trouble)
    except Invalid as error:
        return confirm(
            view,
            key,
            token,
            Trouble(
                error.general or t("records.not_deleted"), t("records.not_deleted_kept"), fields=error.fields
            ),
        )
    except (Busy, Unavailable) as error:
        return _again(view, key, token, Trouble.away(error))
    return after(view, operation, outcome)


def _again(view: View, key: str, token: str, trouble: Trouble) -> Response:
    """The page without what stands in the database, ready to be sent once more with what came."""
    hidden = [(name, value) for name, value in request.form.items() if name.startswith("b.")]
    reason = request.form.get("reason", "")
    page = DeletePage(
        view, key, view.table.label_one.lower(), token, hidden=hidden, reason=reason, trouble=trouble
    )
    return render("records/delete.html", status(trouble), headers(trouble), page=page)


def _worth_a_look(one: ViewColumn, record: Record) -> bool:
    return record.values[one.name] is not None and one.column.category not in ("search", "json", "bytes")


def _asks(operation: Operation) -> str | None:
    """Whose word deleting needs, and why; None where it happens at once."""
    stages = asks(tx(), platform().catalog, actor(), [operation])
    why = dict.fromkeys(reason for stage in stages for reason in stage.why)
    return ". ".join(why) or None


def _base() -> dict[str, str | None]:
    try:
        return {name[2:]: json.loads(value) for name, value in request.form.items() if name.startswith("b.")}
    except (ValueError, RecursionError):
        return {}  # the door says that the form is incomplete

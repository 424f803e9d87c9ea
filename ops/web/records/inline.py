"""One cell of a list, edited where it stands: its field as a fragment, the door, then the value as the list shows it.

Without scripts the same address is a page with one field. `in=grid` says that the form stands in a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote, urlencode

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops import drafts, policy
from ops.changes import (
    Ahead,
    Conflict,
    Invalid,
    Operation,
    asks_ahead,
    changed,
    parse_reference,
    propose,
    settable,
)
from ops.db import Busy, Unavailable
from ops.policy import NotVisible, View
from ops.records import Record
from ops.web import typed
from ops.web.addresses import change_href
from ops.web.forms import new_form_token, posted_form_token
from ops.web.gate import actor, database, platform, tx
from ops.web.page import formats, render, see_other
from ops.web.records import editing, parsing
from ops.web.records.addresses import list_href, record_href
from ops.web.records.choices import Asked, choices
from ops.web.records.fields import Field
from ops.web.records.filling import Filling, Wrong
from ops.web.records.form_page import Trouble, ahead_line
from ops.web.records.parsing import Posted, Torn
from ops.web.records.saving import after, clashes_of, placed
from ops.web.records.showing import facts_of
from ops.web.said import say
from ops.web.shown import Shown
from ops.web.trouble import headers, status
from ops.words import t


@dataclass(frozen=True)
class CellPage:
    """What templates/records/cell.html shows: the field, or once it is saved the value (`shown`)."""

    view: View
    key: str
    column: str
    title: str
    way: str
    token: str = ""
    field: Field | None = None
    trouble: Trouble | None = None
    asks: Sequence[Ahead] = ()
    reason: str = ""
    shown: Shown | None = None
    waits: str | None = None

    @property
    def action(self) -> str:
        """Where the form is sent."""
        return cell_href(self.view, self.key, self.column)

    @property
    def label(self) -> str:
        """The column's."""
        return self.view.table.columns[self.column].label

    @property
    def heading(self) -> str:
        """The page's name."""
        return t("records.cell_heading", field=self.label, row=self.title)

    @property
    def back(self) -> str:
        """Where one goes who gives up."""
        return record_href(self.view.table, self.key)

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        table = self.view.table
        way: list[tuple[str, str | None]] = [(t("frame.tables"), "/tables/"), (table.label, list_href(table))]
        return [*way, (self.title, self.back), (self.label, None)]

    @property
    def asks_lines(self) -> list[str]:
        """Who is asked by which rule, and when."""
        return [ahead_line(one) for one in self.asks]

    @property
    def error(self) -> str | None:
        """What was wrong, where it does not stand beside the field."""
        if self.trouble is None:
            return None
        return None if self.trouble.fields else f"{self.trouble.title} {self.trouble.detail or ''}".strip()

    def change_href(self, reference: str) -> str:
        """Where the change stands that waits."""
        return change_href(reference)


def cell_href(view: View, key: str, column: str) -> str:
    """A cell's address."""
    return record_href(view.table, key, "cell", quote(column, safe=""))


def show(view: View, key: str, column: str) -> Response:
    """The field, or with `done` the value. Raises NotVisible, Forbidden."""
    _require(view, column)
    record = editing.read(view, key)
    if request.args.get("done"):
        return _value(view, record, column)
    return _rendered(_page(view, record, column, new_form_token(), _draft(view, column)))


def save(view: View, key: str, column: str) -> Answer:
    """The field, posted."""
    _require(view, column)
    token = posted_form_token()
    wanted = {f"{letter}.{column}" for letter in "vbckz"} | {f"v.{column}--null", f"keep.{column}", "reason"}
    form = {name: request.form[name] for name in request.form if name in wanted}
    try:
        posted = parsing.edited(view.table, form)
    except Torn:
        return _again(view, key, column, token, None, Trouble(t("records.torn")))
    if posted.wrong:
        trouble = Trouble(t("records.not_saved", count=1), t("records.kept"), fields=posted.wrong)
        return _again(view, key, column, token, posted, trouble)
    one = Operation("update", view.table, key, posted.base, posted.after)
    if not changed([one]):
        return _done(view, key, column) if _way() == "grid" else _nothing(view, key)
    return _saved(view, one, column, posted, token)


def _saved(view: View, one: Operation, column: str, posted: Posted, token: str) -> Answer:
    key = one.key or ""
    try:
        outcome = propose(
            database(), platform().catalog, actor(), [one], reason=posted.reason, source="grid", token=token
        )
    except Invalid as error:
        title = error.general or t("records.not_saved", count=len(error.fields) or 1)
        trouble = Trouble(title, t("records.kept"), fields=placed(posted, error.fields))
        return _again(view, key, column, token, posted, trouble)
    except Conflict as error:
        return _again(view, key, column, token, posted, _conflict(view, one, error))
    except (Busy, Unavailable) as error:
        return _again(view, key, column, token, posted, Trouble.away(error))
    if _way() != "grid":
        return after(view, one, outcome)
    return _done(view, key, column, None if outcome.state == "applied" else outcome.reference)


def _conflict(view: View, one: Operation, error: Conflict) -> Trouble:
    try:
        record = None if error.row_gone else editing.read(view, one.key or "")
    except NotVisible:
        record = None
    if record is None:
        return Trouble(t("records.gone"), t("records.gone_body"), status=409, tone="warn", gone=True)
    clashes = clashes_of(view, record, one, error)
    return Trouble(
        t("records.conflict"), t("records.conflict_body"), 409, "warn", clashes=clashes, now=record.values
    )


def _again(
    view: View, key: str, column: str, token: str, posted: Posted | None, trouble: Trouble
) -> Response:
    record = None
    if trouble.status != 503 and not trouble.gone:
        try:
            record = editing.read(view, key)
        except NotVisible:
            trouble = Trouble(t("records.gone"), t("records.gone_body"), 409, "warn", gone=True)
    return _rendered(_page(view, record, column, token, posted, trouble, key))


def _page(
    view: View,
    record: Record | None,
    column: str,
    token: str,
    posted: Posted | None = None,
    trouble: Trouble | None = None,
    key: str = "",
) -> CellPage:
    values = record.values if record else {}
    wrong = Wrong(trouble.fields, trouble.clashes, trouble.now) if trouble else Wrong()
    typed_ = {**values, **(posted.typed if posted else {})}
    offered = choices([Asked(view, [column], [typed_])])[0][0] if record else {}
    filling = Filling(view.table, values, posted, wrong, offered)
    asks = _asks(view, column) if record else []
    title = record.title if record and record.title else view.table.label_one.lower()
    return CellPage(
        view, record.key if record else key, column, title, _way(), token, filling.field(column), trouble, asks,
        posted.reason if posted else "",
    )  # fmt: skip


def _asks(view: View, column: str) -> Sequence[Ahead]:
    return asks_ahead(tx(), view, "update", [column], source="grid", figure=formats().number)


def _value(view: View, record: Record, column: str) -> Response:
    shown = facts_of(view, record, [view.column(column)])[0].shown
    waits = request.args.get("change", "")
    page = CellPage(
        view, record.key, column, record.title, "grid", shown=shown,
        waits=waits if parse_reference(waits) is not None else None,
    )  # fmt: skip
    return _rendered(page)


def _rendered(page: CellPage) -> Response:
    told = {"X-Cell": "value" if page.shown else "form"} if page.way == "grid" else {}
    return render("records/cell.html", status(page.trouble), {**headers(page.trouble), **told}, cell=page)


def _done(view: View, key: str, column: str, change: str | None = None) -> Answer:
    told = {"in": "grid", "done": "1", **({"change": change} if change else {})}
    return see_other(f"{cell_href(view, key, column)}?{urlencode(told)}")


def _nothing(view: View, key: str) -> Answer:
    say("info", "records.nothing_changed")
    return see_other(record_href(view.table, key))


def _draft(view: View, column: str) -> Posted | None:
    draft = drafts.find(tx(), cast(int, actor().person_id), typed.address_of(request.path))
    if draft is None:
        return None
    try:
        posted = parsing.edited(view.table, typed.as_posted(draft))
    except Torn:
        return None
    return posted if column in posted.typed else None


def _way() -> str:
    return "grid" if request.values.get("in") == "grid" else "form"


def _require(view: View, column: str) -> None:
    """Raises NotVisible for a column that is not there for the person, Forbidden for one they may not change."""
    found = view.column(column)
    if column not in settable(view, "update") or found.column.category == "bytes":
        raise policy.Forbidden(t("records.may_not_cell", field=found.column.label))

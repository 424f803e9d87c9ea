"""A masked value of a record, revealed for minutes: the link beside it, its form, and the field it comes back in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from flask import request
from werkzeug.wrappers import Response as Answer

from ops import policy, records
from ops.disclosure import BadReason, reveal
from ops.policy import Permission, View, ViewColumn
from ops.records import Record
from ops.web.gate import actor, database, platform, tx, wants_part
from ops.web.page import formats, render, see_other
from ops.web.records.addresses import record_href, way_to
from ops.web.records.editing import Cell, Fact
from ops.web.shown import Reader, is_wide
from ops.words import t


@dataclass(frozen=True)
class RevealPage:
    """What templates/records/reveal.html shows: the form, or (`asking` false) the field as it stands now."""

    view: View
    record: Record
    column: ViewColumn
    fact: Fact
    asking: bool
    part: bool
    error: str | None = None
    reason: str = ""
    focus: bool = False  # the person was in this field: what stands there now gets the focus

    @property
    def heading(self) -> str:
        """The page's name."""
        return t(
            "disclosure.heading",
            field=self.column.column.label,
            row=self.record.title or t("records.untitled"),
        )

    @property
    def lead(self) -> str:
        """What follows from it."""
        return t("disclosure.lead", count=platform().settings.reveal_minutes)

    @property
    def back(self) -> str:
        """The record."""
        return record_href(self.view.table, self.record.key)

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        return [
            *way_to(self.view.table),
            (self.record.title or t("records.untitled"), self.back),
            (t("disclosure.reveal_field", field=self.column.column.label), None),
        ]


def fact(view: View, record: Record, one: ViewColumn, reader: Reader) -> Fact:
    """A masked column of the record: its mask, with the way to reveal it, or its value for the time that is left."""
    text, until = record.values[one.name], record.revealed.get(one.name)
    if text is None or not policy.may(actor(), Permission.RECORDS_REVEAL):
        return Fact(one.column.label, reader.one(one.name, text, masked=True))
    href = record_href(view.table, record.key, "reveal")
    column = urlencode({"column": one.name})
    name = f"fact-{quote(one.name, safe='').replace('%', '_')}"
    cell = Cell(name, f"{href}?{column}", f"{href}/field?{column}")
    if until is None:
        return Fact(one.column.label, reader.one(one.name, text, masked=True), cell=cell)
    left = max(1, int((until - datetime.now(UTC)).total_seconds()) + 1)
    cell = Cell(name, cell.href, cell.field_href, formats().when(until), left)
    shown = reader.one(one.name, text)
    return Fact(one.column.label, shown, is_wide(shown), cell)


def ask(view: View, key: str) -> Answer:
    """The form; raises NotVisible for a column or row that is not theirs."""
    return _asked(_page(view, key, request.args.get("column", ""), asking=True))


def field(view: View, key: str) -> Answer:
    """The field as it stands for the person now, as a fragment."""
    page = _page(view, key, request.args.get("column", ""), asking=False)
    return render("records/reveal.html", reveal=replace(page, focus="focus" in request.args))


def do(view: View, key: str) -> Answer:
    """The form, posted: the event is committed, then the record is read anew."""
    column, reason = request.form.get("column", ""), request.form.get("reason", "")
    minutes = platform().settings.reveal_minutes
    try:
        written = reveal(database(), platform().catalog, actor(), view.table, key, column, reason, minutes)
    except BadReason as error:
        return _asked(_page(view, key, column, asking=True, error=str(error), reason=reason))
    if _into_field():
        page = _page(view, written, column, asking=False)
        return render("records/reveal.html", reveal=replace(page, focus=True))
    return see_other(record_href(view.table, written))


def _asked(page: RevealPage) -> Answer:
    """The form, or where there is nothing to reveal (plain, or no value) what is there."""
    if page.fact.cell is not None:
        return render("records/reveal.html", 422 if page.error else 200, reveal=page)
    if _into_field():
        return render("records/reveal.html", reveal=replace(page, asking=False))
    return see_other(page.back)


def _page(
    view: View, key: str, column: str, *, asking: bool, error: str | None = None, reason: str = ""
) -> RevealPage:
    seen = view.column(column)
    record = records.one(tx(), view, key, revealed=True)
    reader = Reader(view.table, formats())
    shown = (
        fact(view, record, seen, reader)
        if seen.masked
        else Fact(seen.column.label, reader.one(column, record.values[column]))
    )
    return RevealPage(view, record, seen, shown, asking, not asking or _into_field(), error, reason)


def _into_field() -> bool:
    """Whether htmx asks for the inside of the field, and not for the page."""
    return wants_part() and "#fact-" in request.headers.get("HX-Target", "")

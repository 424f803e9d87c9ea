"""What happened to a record, as its page and its history say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ops import history, records
from ops.changes import reference
from ops.changes.reach import beyond
from ops.disclosure import Sight
from ops.history import Event
from ops.policy import View
from ops.records import Record
from ops.web import from_list
from ops.web.addresses import change_href
from ops.web.formats import Moment
from ops.web.gate import platform, tx
from ops.web.judged import Judged, Text
from ops.web.navigation import initials
from ops.web.page import formats
from ops.web.records.addresses import record_href, way_to
from ops.web.records.arranging import kept
from ops.web.shown import LONG, Reader
from ops.web.visible import marked, visible
from ops.words import WORDS, t

FEW = 8  # beside the record; all of them stand on the history's own page
PAGE = 50


class Happening(NamedTuple):
    """One line of the history, ready to be shown; `edits` are (label, was, now)."""

    name: str
    initials: str
    moment: Moment
    text: str
    reason: str | None
    change: tuple[str, str] | None
    edits: Sequence[tuple[str, Text, Text]]


@dataclass(frozen=True)
class HistoryPage:
    """What templates/records/history.html shows."""

    view: View
    record: Record
    happenings: Sequence[Happening]
    older_href: str | None
    paged: bool
    sights: Sequence[Sight]

    @property
    def title(self) -> str:
        """What the record is called."""
        return self.record.title or t("records.untitled")

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        return [*way_to(self.view.table), (self.title, self.href()), (t("records.history"), None)]

    def href(self, *under: str) -> str:
        """The record's own address, or what stands under it, with the list one came from."""
        return from_list.along(record_href(self.view.table, self.record.key, *under))


def read_history(view: View, key: str, older: str) -> HistoryPage:
    """What happened to a record, a page of it from the event `older` (of the address) on. Raises NotVisible."""
    record = records.one(tx(), view, key)
    number = int(older) if older.isascii() and older.isdecimal() and len(older) < 19 else None
    events = events_of(view, record, PAGE + 1, number)
    href = None
    if len(events) > PAGE:
        href = f"{record_href(view.table, record.key, 'history')}?older={events[PAGE - 1].id}"
        href = from_list.along(href)
    shown = happenings(view, events[:PAGE])
    return HistoryPage(view, record, shown, href, number is not None, [Sight(view.table, record.key)])


def events_of(view: View, record: Record, limit: int, older: int | None = None) -> list[Event]:
    """The newest events of a record that has just been read."""
    catalog = platform().catalog
    return history.timeline(tx(), catalog, view, record.key, limit, older_than=older, known=True)


def happenings(view: View, events: Sequence[Event]) -> list[Happening]:
    """The events, ready to be shown. A change whose page the reader cannot open goes unnamed, its reason unsaid."""
    hidden = beyond(tx(), view, {one.change_id for one in events if one.change_id is not None})
    return [_happening(view, event, hidden=event.change_id in hidden) for event in events]


def _happening(view: View, event: Event, *, hidden: bool) -> Happening:
    name = event.name or t("records.by_platform")
    change = None
    if event.change_id is not None and not hidden:
        change = (reference(event.change_id), change_href(reference(event.change_id)))
    text = _did(view, event)
    if event.outcome != "done":
        text = f"{text} ({t(f'records.event.{event.outcome}')})"
    moment = formats().when(event.at)
    reason = None if hidden else event.reason
    return Happening(visible(name), initials(name), moment, text, reason, change, _edits(view, event))


def _did(view: View, event: Event) -> str:
    key = f"records.event.{event.action}"
    if key not in WORDS:
        return t("records.event.other", action=event.action)
    return t(key, count=len(_changed(view, event))) if event.action == "row.updated" else t(key)


def _changed(view: View, event: Event) -> list[str]:
    """The columns that a person changed; what triggers keep beside them is no news."""
    names = list(dict.fromkeys((*(event.before or {}), *(event.after or {}))))
    columns = view.table.columns
    return [name for name in names if name not in columns or not kept(columns[name])] or names


def _edits(view: View, event: Event) -> list[tuple[str, Text, Text]]:
    if event.action != "row.updated":
        return []
    before, after = event.before or {}, event.after or {}
    columns, judged, reader = view.table.columns, Judged(view.table, formats()), Reader(view.table, formats())

    def said(name: str) -> list[Text]:
        texts = [before.get(name), after.get(name)]
        if name in columns and columns[name].category == "bytes" and view.sees(name):
            return [text and reader.one(name, text).text for text in texts]  # its size: a file is downloaded
        if any(text and len(text) > LONG for text in texts):
            return [marked(text and _short(text)) for text in texts]
        return judged.apart(name, texts) if view.sees(name) else [marked(text) for text in texts]

    found: list[tuple[str, Text, Text]] = []
    for name in _changed(view, event):
        was, now = said(name)
        found.append((columns[name].label if name in columns else name, was, now))
    return found


def _short(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1] + "…"

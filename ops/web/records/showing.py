"""A record's page: its facts, what points at it, what waits for it, what happened to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from ops import history, records
from ops.changes import Pending, pending, reference
from ops.disclosure import Sight
from ops.history import Event
from ops.policy import View, ViewColumn
from ops.records import Record, Related
from ops.web.addresses import change_href
from ops.web.formats import Moment
from ops.web.gate import actor, platform, tx
from ops.web.navigation import initials
from ops.web.page import formats
from ops.web.records import revealing
from ops.web.records.addresses import list_href, record_href, way_to
from ops.web.records.arranging import by_sections, in_order, kept, state_of
from ops.web.records.deeds import Deed, of_row
from ops.web.records.editing import Fact, stored
from ops.web.records.linking import Away, away
from ops.web.records.references import Reference, out_of_sight, references, wanted
from ops.web.records.shown import LONG, Reader, Shown, is_numeric, is_wide
from ops.web.visible import visible
from ops.words import WORDS, t

FEW_EVENTS = 8  # beside the record; all of them stand on the history's own page
MOST_EVENTS = 100
_DIVIDERS = (" · ", ": ", ", ", " – ", " — ", " / ")


class Happening(NamedTuple):
    """One line of the history, ready to be shown; `edits` are (label, was, now)."""

    name: str
    initials: str
    moment: Moment
    text: str
    reason: str | None
    change: tuple[str, str] | None
    edits: Sequence[tuple[str, str | None, str | None]]


class RelatedRow(NamedTuple):
    """One of them: its name here and elsewhere, its address, its values and whether they stand at the end edge."""

    title: str
    full: str
    href: str | None
    cells: Sequence[tuple[Shown, bool]]


class RelatedList(NamedTuple):
    """Rows that point here, ready to be shown; `href` is the list of all of them."""

    id: str
    label: str
    label_one: str
    meta: str
    href: str
    heads: Sequence[tuple[str, bool]]
    rows: Sequence[RelatedRow]


@dataclass(frozen=True)
class RecordPage:
    """What templates/records/show.html and history.html show."""

    view: View
    record: Record
    facts: Sequence[Fact] = ()
    related: Sequence[RelatedList] = ()
    unrelated: Sequence[RelatedList] = ()
    state: Shown | None = None
    waiting: Sequence[Pending] = ()
    happenings: Sequence[Happening] = ()
    more_happened: bool = False
    sights: Sequence[Sight] = ()  # what of it may have to stand in the trail before it is shown
    sections: Sequence[tuple[str | None, Sequence[Fact]]] = ()  # the facts under their headings
    links: Sequence[Away] = ()
    deeds: Sequence[Deed] = ()

    @property
    def title(self) -> str:
        """What the record is called."""
        return self.record.title or t("records.untitled")

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        return [*way_to(self.view.table), (self.title, None)]

    def href(self, *under: str) -> str:
        """The record's own address, or what stands under it."""
        return record_href(self.view.table, self.record.key, *under)

    @property
    def copy_href(self) -> str:
        """The form of a new record made after this one."""
        return f"{list_href(self.view.table)}new?{urlencode({'like': self.record.key})}"

    def change_href(self, one: Pending) -> str:
        """Where a waiting change is shown."""
        return change_href(one.reference)


def read(view: View, key: str) -> RecordPage:
    """Everything the page of one record shows. Raises NotVisible."""
    record = records.one(tx(), view, key, revealed=True, computed=True)
    columns = in_order(view, computed=True)
    facts = facts_of(view, record, columns)
    named = dict(zip((one.name for one in columns), facts, strict=True))
    events = history.timeline(tx(), platform().catalog, view, record.key, FEW_EVENTS + 1)
    pointing = records.related(tx(), platform().catalog, actor(), view, record)
    related = [_related_list(number, one, record.title) for number, one in enumerate(pointing, 1)]
    state = state_of(view)
    return RecordPage(
        view,
        record,
        facts=facts,
        related=[one for one in related if one.rows or one.meta != "0"],
        unrelated=[one for one in related if not one.rows and one.meta == "0"],
        state=Reader(view.table, formats()).one(state, record.values[state])
        if state and record.values[state]
        else None,
        waiting=pending(tx(), view, record.key),
        happenings=[_happening(view, event) for event in events[:FEW_EVENTS]],
        more_happened=len(events) > FEW_EVENTS,
        sights=[Sight(view.table, record.key), *_sights(pointing)],
        sections=[
            (label, [named[name] for name in names]) for label, names in by_sections(view, list(named))
        ],
        links=away(view, record),
        deeds=of_row(view, record.key),
    )


def facts_of(view: View, record: Record, columns: Sequence[ViewColumn]) -> list[Fact]:
    """These columns of a record, foreign keys as links that say what the row there is called."""
    found = references(platform().catalog, actor(), view.table)
    titles = records.titles(tx(), platform().catalog, actor(), wanted(found, [record.values]))
    reader = Reader(view.table, formats())
    return [
        Fact(one.column.label, stored(view, record, one.name))
        if one.name in record.sizes
        else _fact(one, record.values, reader, found.get(one.name), titles)
        if not one.masked or one.column.expression is not None  # what is computed is no cell to reveal
        else revealing.fact(view, record, one, reader)
        for one in columns
    ]


def read_history(view: View, key: str) -> RecordPage:
    """All that happened to a record. Raises NotVisible."""
    record = records.one(tx(), view, key)
    events = history.timeline(tx(), platform().catalog, view, record.key, MOST_EVENTS + 1)
    shown = [_happening(view, event) for event in events[:MOST_EVENTS]]
    sights = [Sight(view.table, record.key)]
    return RecordPage(view, record, happenings=shown, more_happened=len(events) > MOST_EVENTS, sights=sights)


def _fact(
    one: ViewColumn,
    values: Mapping[str, str | None],
    reader: Reader,
    reference_: Reference | None,
    titles: Mapping[str, Mapping[str, str]],
) -> Fact:
    text = values[one.name]
    shown = reader.one(one.name, text, masked=one.masked, row=values)
    if reference_ is not None and text is not None:
        shown = _link(reference_, values, shown, titles)
    return Fact(one.column.label, shown, is_wide(shown))


def _link(
    one: Reference, values: Mapping[str, str | None], shown: Shown, titles: Mapping[str, Mapping[str, str]]
) -> Shown:
    key = one.key(values)
    title = titles.get(one.target.ref, {}).get(key or "")
    href = one.href(values)
    if key is not None and title is None:
        return out_of_sight(shown)
    if href is None:
        return shown
    return Shown("link", title or shown.text, shown.text if title else None, href)


def _sights(pointing: Sequence[Related]) -> list[Sight]:
    """The rows of other tables that stand on the page."""
    return [
        Sight(
            platform().catalog.table(one.table),
            keys=[row.key or "" for row in one.rows],
            query=urlencode(one.args),
        )
        for one in pointing
        if one.rows
    ]


def _without(title: str, own: str) -> str:
    """A related row's name without the name of the record on whose page it stands, where a sign divides them."""
    for sign in _DIVIDERS:
        if own and title.startswith(own + sign):
            rest = title[len(own + sign) :]
            return rest[:1].upper() + rest[1:]
        if own and title.endswith(sign + own):
            return title.removesuffix(sign + own)
    return title


def _related_list(number: int, one: Related, own: str) -> RelatedList:
    table = platform().catalog.table(one.table)
    reader = Reader(table, formats())
    ends = [is_numeric(table.columns[name]) for name in one.columns]
    rows = [
        RelatedRow(
            _without(row.title, own) or t("records.untitled"),
            row.title,
            None if row.key is None else record_href(table, row.key),
            [
                (reader.one(name, text), end)
                for name, text, end in zip(one.columns, row.values, ends, strict=True)
            ],
        )
        for row in one.rows
    ]
    heads = [(table.columns[name].label, end) for name, end in zip(one.columns, ends, strict=True)]
    count = one.count.text if one.served else t("records.not_counted")
    href = list_href(table, one.args.items())
    return RelatedList(f"related-{number}", one.label, table.label_one, count, href, heads, rows)


def _happening(view: View, event: Event) -> Happening:
    name = event.name or t("records.by_platform")
    change = None
    if event.change_id is not None:
        change = (reference(event.change_id), change_href(reference(event.change_id)))
    text = _did(view, event)
    if event.outcome != "done":
        text = f"{text} ({t(f'records.event.{event.outcome}')})"
    moment = formats().when(event.at)
    return Happening(visible(name), initials(name), moment, text, event.reason, change, _edits(view, event))


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


def _edits(view: View, event: Event) -> list[tuple[str, str | None, str | None]]:
    if event.action != "row.updated":
        return []
    before, after = event.before or {}, event.after or {}
    columns, reader = view.table.columns, Reader(view.table, formats())

    def said(name: str, text: str | None) -> str | None:
        read = reader.show(name)(text).text if text and name in columns and view.sees(name) else text
        return read if read is None or len(read) <= LONG else read[: LONG - 1] + "…"

    return [
        (
            columns[name].label if name in columns else name,
            said(name, before.get(name)),
            said(name, after.get(name)),
        )
        for name in _changed(view, event)
    ]

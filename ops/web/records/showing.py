"""A record's page: its facts, what points at it, what waits for it, what happened to it; and the quick look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypedDict
from urllib.parse import urlencode

from ops import records
from ops.changes import Pending, pending, pending_item, pending_of
from ops.disclosure import Sight
from ops.policy import View, ViewColumn
from ops.records import Also, Record
from ops.web import from_list
from ops.web.addresses import change_href
from ops.web.gate import actor, platform, tx
from ops.web.page import absolute, formats
from ops.web.records import opening, revealing
from ops.web.records.addresses import list_href, record_href, way_to
from ops.web.records.arranging import by_sections, in_order, state_of
from ops.web.records.deeds import Deed, of_row
from ops.web.records.editing import Fact, stored
from ops.web.records.happened import FEW, Happening, events_of, happenings
from ops.web.records.linking import Away, away
from ops.web.records.pointing import NOTHING, Pointing, pointing
from ops.web.records.references import Reference, Titles, out_of_sight, references, titles_of, wanted
from ops.web.records.walking import Walk, walk
from ops.web.shown import Reader, Shown, is_wide
from ops.words import t

COPIED = 2000  # characters of a value that has a button to copy it; the row's JSON has longer ones


class Line(NamedTuple):
    """One fact on the page; `copy` is what its button copies: the exact text, None where there is none to copy.

    `waits`: the first change that waits and would give it another value.
    """

    fact: Fact
    copy: str | None
    waits: Pending | None = None


@dataclass(frozen=True)
class RecordPage:
    """What templates/records/show.html and quick.html show."""

    view: View
    record: Record
    sections: Sequence[tuple[str | None, Sequence[Line]]]  # the facts under their headings
    state: Shown | None
    state_label: str
    waiting: Sequence[Pending]
    sights: Sequence[Sight]  # what of it may have to stand in the trail before it is shown
    pointing: Pointing = NOTHING
    happenings: Sequence[Happening] = ()
    links: Sequence[Away] = ()
    walk: Walk | None = None
    deeds: Sequence[Deed] = ()

    @property
    def title(self) -> str:
        """What the record is called."""
        return self.record.title or t("records.untitled")

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here; the list is the one that the record was opened from."""
        return [*way_to(self.view.table), (self.title, None)]

    def href(self, *under: str) -> str:
        """The record's own address, or what stands under it."""
        return record_href(self.view.table, self.record.key, *under)

    def way(self, *under: str) -> str:
        """What stands under it, with the list one came from: who goes there comes back to that list."""
        return from_list.along(self.href(*under))

    @property
    def address(self) -> str:
        """The record's whole address, to be given to others."""
        return absolute(self.href())

    @property
    def copy_href(self) -> str:
        """The form of a new record made after this one."""
        return from_list.along(f"{list_href(self.view.table)}new?{urlencode({'like': self.record.key})}")

    def change_href(self, one: Pending) -> str:
        """Where a waiting change is shown; empty where it is not the reader's to see."""
        return change_href(one.reference) if one.reference is not None else ""

    def waiting_words(self, one: Pending) -> str:
        """What a waiting change would do, as far as the person sees it."""
        columns = self.view.table.columns
        names = [columns[name].label for name in one.columns if name in columns]
        if one.kind == "delete" or not names:
            return t("detail.waiting_delete") if one.kind == "delete" else ""
        more = t("detail.waiting_more", count=len(names) - 4) if len(names) > 4 else ""
        return ", ".join(names[:4]) + more


def read(view: View, key: str) -> RecordPage:
    """Everything the page of one record shows. Raises NotVisible."""
    record, waiting = _record(view, key, opening.events(view, key, FEW))
    points, walked = pointing(view, record), walk(view, record)
    happened = opening.happened(view, record)
    return RecordPage(
        view,
        record,
        **_told(view, record, waiting),
        waiting=waiting,
        sights=[Sight(view.table, record.key), *points.sights, *(walked.sights if walked else ())],
        pointing=points,
        happenings=happenings(view, events_of(view, record, FEW) if happened is None else happened),
        links=away(view, record),
        walk=walked,
        deeds=of_row(view, record.key),
    )


def quick(view: View, key: str) -> RecordPage:
    """The record itself and what waits for it: what one looks up beside a list. Raises NotVisible."""
    record, waiting = _record(view, key)
    sights = [Sight(view.table, record.key)]
    return RecordPage(view, record, **_told(view, record, waiting), waiting=waiting, sights=sights)


def _record(view: View, key: str, *also: Also) -> tuple[Record, list[Pending]]:
    every = [pending_item(view, key), *also]
    record = records.one(tx(), view, key, revealed=True, computed=True, titled=True, also=every)
    if record.key == key:
        return record, pending_of(tx(), view, record.also)
    # The address wrote the key in another way: what is known by the key is asked for again.
    return replace(record, also={}), pending(tx(), view, record.key)


class _Told(TypedDict):
    sections: Sequence[tuple[str | None, Sequence[Line]]]
    state: Shown | None
    state_label: str


def _told(view: View, record: Record, waiting: Sequence[Pending]) -> _Told:
    state = state_of(view)
    state = state if state and record.values[state] else None
    # What stands beside the title stands there once.
    columns = [one for one in in_order(view, computed=True) if one.name != state]
    facts = facts_of(view, record, columns)
    waits = {name: one for one in reversed(waiting) for name in one.columns}
    lines = {
        one.name: Line(fact, _copied(one, record), waits.get(one.name))
        for one, fact in zip(columns, facts, strict=True)
    }
    return _Told(
        sections=[
            (label, [lines[name] for name in names]) for label, names in by_sections(view, list(lines))
        ],
        state=Reader(view.table, formats()).one(state, record.values[state]) if state else None,
        state_label=view.column(state).column.label if state else "",
    )


def _copied(one: ViewColumn, record: Record) -> str | None:
    text = record.values[one.name]
    # What is masked is not copied, revealed or not: the clipboard outlasts the minutes.
    if not text or one.masked or one.column.category == "bytes" or len(text) > COPIED:
        return None
    return text


def facts_of(view: View, record: Record, columns: Sequence[ViewColumn]) -> list[Fact]:
    """These columns of a record, foreign keys as links that say what the row there is called."""
    found = references(platform().catalog, actor(), view.table)
    titles = titles_of(wanted(found, [record.values]), [record])
    reader = Reader(view.table, formats())
    return [
        Fact(one.column.label, stored(view, record, one.name))
        if one.name in record.sizes
        else _fact(one, record.values, reader, found.get(one.name), titles)
        if not one.masked or one.column.expression is not None  # what is computed is no cell to reveal
        else revealing.fact(view, record, one, reader)
        for one in columns
    ]


def _fact(
    one: ViewColumn,
    values: Mapping[str, str | None],
    reader: Reader,
    reference_: Reference | None,
    titles: Titles,
) -> Fact:
    text = values[one.name]
    shown = reader.one(one.name, text, masked=one.masked, row=values)
    if reference_ is not None and text is not None:
        shown = _link(reference_, values, shown, titles)
    return Fact(one.column.label, shown, is_wide(shown))


def _link(one: Reference, values: Mapping[str, str | None], shown: Shown, titles: Titles) -> Shown:
    key = one.key(values)
    title = titles.get(one.target.ref, {}).get(key or "")
    href = one.href(values)
    if key is not None and title is None:
        return out_of_sight(shown)
    if href is None:
        return shown
    return Shown("link", title or shown.text, shown.text if title else None, href)

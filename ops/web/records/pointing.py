"""Rows that point at a record, as its page shows them: a small table for each table they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from ops import records
from ops.disclosure import Sight
from ops.policy import View
from ops.records import Record, Related
from ops.web.gate import actor, platform, tx
from ops.web.page import formats
from ops.web.records.addresses import list_href, record_href
from ops.web.shown import Reader, Shown, is_numeric
from ops.words import t

_DIVIDERS = (" · ", ": ", ", ", " – ", " — ", " / ")


class RelatedRow(NamedTuple):
    """One of them: its name here and elsewhere, its address, its values and whether they stand at the end edge."""

    title: str
    full: str
    href: str | None
    cells: Sequence[tuple[Shown, bool]]


class RelatedList(NamedTuple):
    """Rows that point here, ready to be shown; `href` is the list of all of them, `all_words` says how many."""

    id: str
    label: str
    label_one: str
    meta: str
    href: str
    all_words: str
    heads: Sequence[tuple[str, bool]]
    rows: Sequence[RelatedRow]


class Pointing(NamedTuple):
    """`lists` have rows, or may have some that nobody looked for; `none` have none; `left` were not looked at."""

    lists: Sequence[RelatedList]
    none: Sequence[RelatedList]
    left: Sequence[RelatedList]
    sights: Sequence[Sight]


NOTHING = Pointing((), (), (), ())


def pointing(view: View, record: Record) -> Pointing:
    """Everything that points at the record, as far as the person sees it."""
    found = records.related(tx(), platform().catalog, actor(), view, record)
    shown = [(one, _related_list(number, one, record.title)) for number, one in enumerate(found, 1)]
    return Pointing(
        [ready for one, ready in shown if one.asked and (one.rows or not one.served)],
        [ready for one, ready in shown if one.asked and one.served and not one.rows],
        [ready for one, ready in shown if not one.asked],
        _sights(found),
    )


def _sights(found: Sequence[Related]) -> list[Sight]:
    """The rows of other tables that stand on the page."""
    return [
        Sight(
            platform().catalog.table(one.table),
            keys=[row.key or "" for row in one.rows],
            query=urlencode(one.args),
        )
        for one in found
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
    words = t("records.related_open")
    if one.count.rows:
        words = t(
            "records.related_all_more" if one.count.more else "records.related_all",
            count=f"{one.count.rows:,}",
        )
    return RelatedList(f"related-{number}", one.label, table.label_one, count, href, words, heads, rows)

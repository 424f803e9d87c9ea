"""What stands beside a change: what else is open on its rows, and what happened to them last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops import changes, history, policy
from ops.catalog import Column
from ops.changes import UNFINISHED, AlsoOpen, ChangeView, OperationView
from ops.history import Event
from ops.web.addresses import change_href, row_href
from ops.web.changes.shown import Text
from ops.web.formats import Moment
from ops.web.gate import actor, platform, tx
from ops.web.page import formats
from ops.web.visible import marked, visible
from ops.words import WORDS, t

ROWS = 3  # of a change of several rows: the others' histories are a click away
LINES = 3


@dataclass(frozen=True, slots=True)
class Open:
    """Another open change, in words."""

    reference: str
    href: str
    what: str
    warns: str


@dataclass(frozen=True, slots=True)
class Lived:
    """One line of a row's history."""

    name: str
    text: str
    moment: Moment
    change: tuple[str, str] | None
    fields: str


@dataclass(frozen=True, slots=True)
class RowLife:
    """What happened to one row last, and where all of it stands."""

    title: Text
    href: str
    lines: Sequence[Lived]


@dataclass(frozen=True, slots=True)
class Beside:
    """All of it; empty where nothing is to be told."""

    open: Sequence[Open]
    rows: Sequence[RowLife]


NOTHING = Beside((), ())


def of(view: ChangeView) -> Beside:
    """What to know besides while it waits; of a change that came to its end the record's page tells."""
    if view.change.state not in UNFINISHED:
        return NOTHING
    if view.head is not None:
        others = changes.also_open_of_many(tx(), platform().catalog, actor(), view)
        return Beside([_open(one, several=False) for one in others], ())
    several = len(view.operations) > 1
    found = changes.also_open(tx(), platform().catalog, actor(), view)
    seen = [one for one in view.operations if one.key and one.title is not None and not one.table.house]
    return Beside(
        [_open(one, several) for one in found],
        [life for one in seen[:ROWS] if (life := _life(view, one, one.key or "")).lines],
    )


def _open(one: AlsoOpen, several: bool) -> Open:
    key = "beside.deletes" if one.kind == "delete" else "beside.sets" if one.columns else "beside.unseen"
    what = t(key, name=visible(one.proposer), columns=", ".join(one.columns))
    if several:
        what = t("beside.numbered", number=one.number, what=what)
    if one.number == 0:
        what = t("beside.in_common", count=one.rows, what=what)
    same = t("beside.same", columns=", ".join(one.same), count=len(one.same)) if one.same else ""
    return Open(one.reference, change_href(one.reference), what, same)


def _life(view: ChangeView, one: OperationView, key: str) -> RowLife:
    seen = policy.view(actor(), one.table, platform().catalog)
    # The row has just been read for this person: its title came with it. One more, for this change's own events.
    events = history.timeline(tx(), platform().catalog, seen, key, LINES + 2, known=True)
    told = [event for event in events if event.change_id != view.change.id][:LINES]
    return RowLife(marked(one.title), row_href(one.table, key) + "/history", [_line(one, e) for e in told])


def _line(one: OperationView, event: Event) -> Lived:
    names = list(dict.fromkeys((*(event.before or {}), *(event.after or {}))))
    columns = one.table.columns
    names = [name for name in names if name not in columns or not _stamped(columns[name])] or names
    labels = [columns[name].label or name if name in columns else name for name in names]
    key = f"records.event.{event.action}"
    text = t(key, count=len(names)) if key in WORDS else t("records.event.other", action=event.action)
    if event.outcome != "done":
        text = f"{text} ({t(f'records.event.{event.outcome}')})"
    ref = changes.reference(event.change_id) if event.change_id is not None else None
    return Lived(
        visible(event.name) or t("records.by_platform"),
        text,
        formats().when(event.at, relative=True),
        (ref, change_href(ref)) if ref else None,
        ", ".join(labels[:6]) + ("…" if len(labels) > 6 else "") if event.action == "row.updated" else "",
    )


def _stamped(column: Column) -> bool:
    """Whether it looks kept by the database beside what people write: a moment with a default, an identity."""
    return column.identity is not None or (column.category == "timestamp" and column.default is not None)

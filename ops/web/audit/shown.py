"""Events as the pages show them: words, links, and values in which nothing hides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from ops.catalog import BadAddress, Catalog, Table, UnknownTable, parse_key
from ops.changes import reference
from ops.history import Event
from ops.web.addresses import change_href, row_href
from ops.web.audit.actions import action_words
from ops.web.navigation import initials
from ops.web.visible import marked, visible
from ops.words import t

SHOWN = 4  # values of one event in the list
LONGEST = 120  # signs of one value in the list
Text = Markup | str | None


@dataclass(frozen=True, slots=True)
class Value:
    """One column of an event. `was` and `now` are told apart from NULL by `has_was` and `has_now`."""

    label: str
    was: Text
    now: Text
    has_was: bool
    has_now: bool


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One event, ready for a row of the list or for its own page."""

    event: Event
    who: str
    initials: str
    what: str
    table: str | None
    row: str | None
    row_href: str | None
    change: str | None
    change_href: str | None
    values: list[Value]

    @property
    def few(self) -> list[Value]:
        """The values the list shows."""
        return self.values[:SHOWN]

    @property
    def more(self) -> int:
        """How many it leaves to the event's own page."""
        return max(len(self.values) - SHOWN, 0)


def shown(event: Event, catalog: Catalog, *, cut: bool = False) -> ShownEvent:
    """The event in words; `cut` shortens long values for the list."""
    table = _table(event, catalog)
    name = visible(event.name) or t("audit.nobody" if event.source == "web" else "audit.platform")
    change = reference(event.change_id) if event.change_id is not None else None
    gone = event.action == "row.deleted"
    return ShownEvent(
        event=event,
        who=name,
        initials=initials(name) if event.person_id is not None else "",
        what=_what(event, table),
        table=table.label if table else None,
        row=_row(table, event.key),
        row_href=row_href(table, event.key) if table and event.key and not gone else None,
        change=change,
        change_href=change_href(change) if change else None,
        values=_values(event, table, cut),
    )


def _what(event: Event, table: Table | None) -> str:
    """What was done, and to which column where it was one; that fact is there only for who may see the column."""
    words, name = action_words(event.action), event.facts.get("column") or ""
    if table is None or name not in table.columns:
        return words
    return f"{words}: {visible(table.columns[name].label or name)}"


def _table(event: Event, catalog: Catalog) -> Table | None:
    try:
        return catalog.table(event.table) if event.table else None
    except UnknownTable:
        return None


def _row(table: Table | None, key: str | None) -> str | None:
    if table is None or key is None:
        return None
    try:
        return f"{table.label_one} {visible(', '.join(parse_key(key, len(table.key))))}"
    except BadAddress:
        return visible(key)


def _values(event: Event, table: Table | None, cut: bool) -> list[Value]:
    before: Mapping[str, str | None] = event.before or {}
    after: Mapping[str, str | None] = event.after or {}
    return [
        Value(
            label=visible(table.columns[name].label or name if table and name in table.columns else name),
            was=_text(before.get(name), cut),
            now=_text(after.get(name), cut),
            has_was=name in before,
            has_now=name in after,
        )
        for name in _in_order(table, {*before, *after})
    ]


def _in_order(table: Table | None, names: set[str]) -> list[str]:
    """As the table has its columns, those it has lost last."""
    places = {name: n for n, name in enumerate(table.columns)} if table else {}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))


def _text(text: str | None, cut: bool) -> Text:
    if text is not None and cut and len(text) > LONGEST:
        text = text[:LONGEST] + "…"
    return marked(text)

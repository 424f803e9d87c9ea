"""The explorer's filters as they stand in the query string: read, shown as chips, and kept while paging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ops.actor import Actor
from ops.catalog import Catalog, Table, UnknownTable, parse_key
from ops.changes import parse_reference, reference
from ops.history import Filters
from ops.policy import sees as may_see
from ops.web.audit.actions import action_words
from ops.words import t

T = TypeVar("T")
NAMES = ("person", "action", "outcome", "table", "key", "change", "from", "to")
OUTCOMES = ("done", "refused", "failed")


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in use."""

    text: str
    value: str
    remove_href: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the query string asks for. `said` is what was understood, as it was written; `lost` the rest."""

    filters: Filters
    said: Mapping[str, str]
    lost: list[str]
    table: Table | None
    older: int | None
    newer: int | None

    @property
    def paged(self) -> bool:
        """Whether this is not the newest page."""
        return self.older is not None or self.newer is not None

    def href(self, **change: str | int | None) -> str:
        """The explorer with these filters, changed; paging starts anew unless it is given."""
        args = {**self.said, **change}
        query = urlencode({name: value for name, value in args.items() if value is not None})
        return "/audit/" + (f"?{query}" if query else "")


def wanted(catalog: Catalog, actor: Actor, args: Mapping[str, str]) -> Wanted:
    """Read the query string. What is not understood is not used, and is told (`lost`)."""
    given = {name: args[name].strip() for name in NAMES if args.get(name, "").strip()}
    reading = _Reading(catalog, actor, given)
    filters = Filters(
        person_id=reading.read("person", _number),
        schema=reading.table.schema if reading.table else None,
        table=reading.table.name if reading.table else None,
        key=reading.read("key", reading.key),
        action=given.get("action"),
        outcome=reading.read("outcome", _outcome),
        change_id=reading.read("change", _change),
        since=reading.read("from", reading.day),
        until=reading.read("to", reading.next_day),
    )
    said = {name: text for name, text in given.items() if name not in reading.lost}
    lost = [given[name] for name in reading.lost]
    return Wanted(filters, said, lost, reading.table, _id(args.get("older")), _id(args.get("newer")))


def chips(found: Wanted, person: str | None) -> list[Chip]:
    """The filters in use, each with the way to take it away."""
    words = {
        "person": person or t("audit.person_number", number=found.said.get("person", "")),
        "table": found.table.label if found.table else "",
        "action": action_words(found.said.get("action", "")),
        "outcome": t(f"audit.outcome.{found.filters.outcome}") if found.filters.outcome else "",
        "change": reference(found.filters.change_id) if found.filters.change_id else "",
    }
    return [
        Chip(t(f"audit.{name}"), words.get(name) or text, found.href(**_without(name)))
        for name, text in found.said.items()
    ]


def _without(name: str) -> dict[str, None]:
    # A row's key means nothing without its table.
    return {"table": None, "key": None} if name == "table" else {name: None}


class _NotUnderstood(ValueError):
    """A filter that says nothing we know."""


class _Reading:
    """One query string on its way to filters; what is not understood is gathered in `lost`."""

    def __init__(self, catalog: Catalog, actor: Actor, given: Mapping[str, str]) -> None:
        self.given = given
        self.lost: list[str] = []
        self.zone = _zone(actor.timezone)
        self.table = self.read("table", lambda ref: _table(catalog, actor, ref))

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """What the filter means; None where it is not given, or not understood."""
        text = self.given.get(name)
        if text is None:
            return None
        try:
            return parse(text)
        except (ValueError, OverflowError):
            self.lost.append(name)
            return None

    def key(self, text: str) -> str:
        """A row's key, of the table given with it."""
        parse_key(text, len(self.table.key) if self.table else 0)  # BadAddress is a ValueError
        return text

    def day(self, text: str) -> datetime:
        """The start of a day in the person's zone."""
        return datetime.combine(date.fromisoformat(text), time(), self.zone)

    def next_day(self, text: str) -> datetime:
        """The start of the day after."""
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), self.zone)


def _table(catalog: Catalog, actor: Actor, ref: str) -> Table:
    try:
        table = catalog.table(ref)
    except UnknownTable:
        raise _NotUnderstood(ref) from None
    if not may_see(actor, table):
        raise _NotUnderstood(ref)
    return table


def _outcome(text: str) -> str:
    if text not in OUTCOMES:
        raise _NotUnderstood(text)
    return text


def _change(text: str) -> int:
    return parse_reference(text) or _number(text)


def _number(text: str) -> int:
    number = _id(text)
    if number is None:
        raise _NotUnderstood(text)
    return number


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None

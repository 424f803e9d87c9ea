"""The saved views of the person of this request, and how many rows the pinned ones have.

Kept in this process as long as the stamp of all views says that nothing changed; the stamp comes with the person
(`ops.web.session`), so a page asks for nothing but what it never saw. Counts are kept for a minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops import policy, records
from ops.actor import Actor
from ops.catalog import Catalog, Table, UnknownTable
from ops.db import Busy, Unavailable
from ops.policy import NotVisible
from ops.records import Count, saved_views
from ops.records.saved_views import Mine, SavedView
from ops.web import gate
from ops.web.addresses import list_href

COUNTED_SECONDS = 60.0
_FRAGMENT = "/views/pinned"
_NOTHING = Mine("", ())
_Whose = tuple[int, frozenset[str], str]


@dataclass(frozen=True, slots=True)
class Pinned:
    """A view on the rail; `count` is None where it was not counted lately, "" where it is not counted."""

    id: int
    label: str
    table: str
    href: str
    current: bool
    count: str | None


class KnownViews:
    """What this process remembers of people's views, a few hundred people at most."""

    MOST = 500

    def __init__(self) -> None:
        self._views: dict[tuple[int, frozenset[str]], Mine] = {}
        self._counts: dict[_Whose, tuple[float, str, dict[int, str]]] = {}

    def of(self, tx: Callable[[], Session], actor: Actor, stamp: str | None) -> Mine:
        """The views the actor sees; `stamp` is that of the statement which read who they are.

        `tx` gives the transaction to read in, and is only asked for one where they are not known yet.
        """
        key = (actor.person_id or 0, actor.roles)
        found = self._views.get(key)
        if found is None or found.stamp != stamp:
            if len(self._views) >= self.MOST:
                self._views.clear()
            found = self._views[key] = saved_views.mine(tx(), actor)
        return found

    def counts(self, actor: Actor, mine: Mine) -> dict[int, str] | None:
        """The counts of the pinned views by their numbers; None where they are old, or of other views or rights."""
        found = self._counts.get(_whose(actor))
        if found is None or found[0] < time.monotonic() or found[1] != mine.stamp:
            return None
        return found[2]

    def keep_counts(self, actor: Actor, mine: Mine, counts: dict[int, str]) -> None:
        """Remember them for a minute."""
        if len(self._counts) >= self.MOST:
            self._counts.clear()
        self._counts[_whose(actor)] = (time.monotonic() + COUNTED_SECONDS, mine.stamp, counts)


def install(app: Flask) -> None:
    """Give the application a memory of its own."""
    app.extensions["countersign_views"] = KnownViews()


def known() -> KnownViews:
    """The memory of this application."""
    return cast(KnownViews, current_app.extensions["countersign_views"])


def mine() -> Mine:
    """The views of the person of this request; none outside a session, and where the database does not answer."""
    who = g.get("visitor")
    if who is None:
        return _NOTHING
    try:
        return known().of(gate.tx, gate.actor(), who.views)
    except (Unavailable, Busy, DBAPIError):
        return _NOTHING  # the page that says what is wrong must not fail for a link on the rail


def reader() -> int | None:
    """The number of the person of this request."""
    return gate.actor().person_id


def may_change(one: SavedView) -> bool:
    """Whether the view is theirs to change."""
    return saved_views.may_change(gate.actor(), one)


def table_of(one: SavedView) -> Table | None:
    """The view's table, where it is still there and the person sees it."""
    try:
        table = gate.platform().catalog.by_name(one.schema, one.table)
    except UnknownTable:
        return None
    return table if policy.sees(gate.actor(), table) else None


def href(one: SavedView, table: Table) -> str:
    """The address of the list with the view on."""
    return f"{list_href(table)}?view={one.id}"


def pins() -> tuple[Pinned, ...]:
    """What stands on the rail: pinned views of tables the person sees; the rail's own fragment says which is on."""
    my = mine()
    if not my.pinned:
        return ()
    counts = known().counts(gate.actor(), my)
    on = request.args.get("view", "")
    found = []
    for one in my.pinned:
        table = table_of(one)
        if table is not None:
            current = on == str(one.id) and request.path in (list_href(table), _FRAGMENT)
            count = None if counts is None else counts.get(one.id, "")
            found.append(Pinned(one.id, one.name, table.label, href(one, table), current, count))
    return tuple(found)


def count_pins() -> None:
    """Count the pinned views where nobody did within the last minute: one statement, half a second at most."""
    my = mine()
    if my.pinned and known().counts(gate.actor(), my) is None:
        known().keep_counts(gate.actor(), my, counted(my.pinned))


def counted(views: tuple[SavedView, ...]) -> dict[int, str]:
    """The counts of some views by number, in few words; what cannot be counted cheaply is left out."""
    asked = []
    for one in views:
        seen = _seen(one, gate.actor(), gate.platform().catalog)
        if seen is None:
            continue
        fit = saved_views.fitted(seen, one.list)
        if fit.stopped is None:
            asked.append((one.id, (seen, records.from_query_string(seen, fit.list))))
    found = saved_views.counts(gate.tx(), [each for _, each in asked])
    return {
        number: _brief(count)
        for (number, _), count in zip(asked, found, strict=True)
        if count.rows is not None
    }


def _seen(one: SavedView, actor: Actor, catalog: Catalog) -> policy.View | None:
    try:
        return policy.view(actor, catalog.by_name(one.schema, one.table), catalog)
    except (UnknownTable, NotVisible):
        return None


def _brief(count: Count) -> str:
    """For the rail: "17", "1,000+", and what an estimate says."""
    rows = count.rows or 0
    return count.text if count.estimated else f"{rows:,}+" if count.more else f"{rows:,}"


def _whose(actor: Actor) -> _Whose:
    return actor.person_id or 0, actor.roles, policy.stamp(actor)

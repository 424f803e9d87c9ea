"""The way on from a record to its neighbours in the list that it was opened from (`?list=<query string>`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import request

from ops import records
from ops.disclosure import Sight
from ops.policy import View
from ops.records import BadFilter, QueryError, Record
from ops.web.gate import tx
from ops.web.opened import opened
from ops.web.records.addresses import list_href, record_href

LONGEST = 4000  # characters of a list's state; a longer one leads nowhere


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the list is, and where the rows beside the record are; None at an end, or where nobody knows quickly."""

    list_href: str
    previous: str | None
    next: str | None
    sights: Sequence[Sight] = ()


def walk(view: View, record: Record) -> Walk | None:
    """The way on, of the state of the list that the record's address carries; None where it carries none.

    A state that is none any more (a column that is gone, a value of another type) leads to the list, which says why.
    """
    state = request.args.get("list")
    if state is None or len(state) > LONGEST or "\x00" in state:
        return None
    state = state.removeprefix("?")
    back = list_href(view.table) + (f"?{_harmless(state)}" if state else "")
    try:
        on = opened(view, state)
        if on.stopped:
            return Walk(back, None, None)
        query = records.from_query_string(view, on.query)
        found = records.neighbours(tx(), view, query, record)
    except (QueryError, BadFilter, ValueError):
        return Walk(back, None, None)
    keys = [key for key in (found.previous, found.next) if key is not None]
    previous, following = _href(view, found.previous, state), _href(view, found.next, state)
    # Their addresses tell that they are there, as the list itself does.
    return Walk(back, previous, following, [Sight(view.table, keys=keys, query=on.query)] if keys else ())


def _href(view: View, key: str | None, state: str) -> str | None:
    return None if key is None else f"{record_href(view.table, key)}?{urlencode({'list': state})}"


def _harmless(state: str) -> str:
    """A query string as it may stand in an address: nothing in it ends the query."""
    return quote(state, safe="=&%+~,.-_*()!;:@/'")

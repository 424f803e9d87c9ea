"""The way on from a record to its neighbours in the list that it was opened from (`?list=<query string>`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from ops import records
from ops.disclosure import Sight
from ops.policy import View
from ops.records import BadFilter, QueryError, Record
from ops.web import from_list
from ops.web.gate import tx
from ops.web.opened import opened
from ops.web.records.addresses import record_href


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
    state = from_list.state()
    if state is None:
        return None
    back = from_list.list_href(view.table)
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
    return None if key is None else f"{record_href(view.table, key)}?{urlencode({from_list.ARGUMENT: state})}"

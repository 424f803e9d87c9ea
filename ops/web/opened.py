"""With which saved view a list is open, and what its address says on top.

`?view=17` is the view as it was saved; further arguments replace that aspect of it (docs/addresses.md). A list
without any state opens with the person's own view of it, where they chose one; `?view=0` is the table itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from ops import records
from ops.catalog import Filters, Table
from ops.policy import View
from ops.records import QueryError, saved_views
from ops.records.saved_views import Fitted, SavedView
from ops.records.saved_views.laying import names_state
from ops.web import my_views
from ops.web.looks import Looks, looks_of
from ops.words import t

_MOST_ARGUMENTS = 500  # the gate lets no more in


@dataclass(frozen=True, slots=True)
class Opened:
    """What is on. `query` is for `records.from_query_string`; `gone`: the address names a view the person has not.

    `stopped`: the view's filters cannot be used and the address has no others: no row may be shown.
    """

    table: Table
    view: SavedView | None
    query: str
    looks: Looks
    fit: Fitted | None = None
    gone: bool = False
    stopped: bool = False
    own_filters: bool = False  # the filters are the view's, not the address's
    opens: bool = False  # the person chose a view that the bare list opens with

    def refused(self, problems: Sequence[str]) -> Opened | None:
        """The same with no row to show, where it was the view's own filters that PostgreSQL would not take."""
        if self.fit is None or "f" not in saved_views.split(self.fit.list) or not self.own_filters:
            return None
        bare = saved_views.without_filters(self.fit.list)
        fit = replace(self.fit, list=bare, stopped="bad", problems=tuple(problems))
        return replace(self, fit=fit, stopped=True)

    @property
    def saved(self) -> tuple[str, str]:
        """List and looks as they were saved and fit the reader; the table's own where no view is on."""
        if self.view is None or self.fit is None:
            return "", ""
        return self.fit.list, looks_of(self.view.looks).text

    def pairs(self, state: str) -> list[tuple[str, str]]:
        """The arguments of an address of this list in `state` (a list's query string): the view and what differs."""
        wanted = "&".join(part for part in (state, self.looks.text) if part)
        if self.view is not None:
            return [("view", str(self.view.id)), *saved_views.difference(self.saved, wanted)]
        said = parse_qsl(wanted, keep_blank_values=True, max_num_fields=_MOST_ARGUMENTS)
        return said if said or not self.opens else [("view", "0")]

    def address(self, state: str) -> str:
        """The same as a query string."""
        if self.view is None and not self.looks.text and (state or not self.opens):
            return state  # most lists: nothing to work out
        return urlencode(self.pairs(state))

    def changed(self, state: str) -> bool:
        """Whether the list is another one than the view that is on."""
        return self.view is not None and (state, self.looks.text) != self.saved

    @property
    def may_save(self) -> bool:
        """Whether the reader may save this list under the view's name."""
        return self.view is not None and not self.stopped and my_views.may_change(self.view)

    @property
    def notes(self) -> list[str]:
        """What the reader must know about the view: parts of it that are not there for them."""
        if self.view is None or self.fit is None:
            return [t("views.gone")] if self.gone else []
        said = []
        if self.fit.missing:
            names = ", ".join(self.fit.missing)
            mine = self.view.owner_id == self._reader
            key = "views.columns_missing_named" if mine else "views.columns_missing"
            said.append(t(key, count=len(self.fit.missing), names=names))
        if self.fit.sort_missing:
            said.append(t("views.sort_missing"))
        return said

    @property
    def stopped_words(self) -> str:
        """Why no row is shown."""
        if self.fit is not None and self.fit.stopped == "bad":
            return t("views.stopped_bad", problems=" ".join(self.fit.problems))
        return t("views.stopped_unseen")

    @property
    def without_filters(self) -> str:
        """The address of the list without the filters that cannot be used."""
        return urlencode([("view", str(self.view.id if self.view else 0)), ("f", "")])

    @property
    def _reader(self) -> int | None:
        return my_views.reader()


def _default(seen: View) -> str:
    """The filters the Resource opens a list with, where the reader may filter by these columns at all."""
    return (
        urlencode(seen.table.resource.default_filter)
        if named(seen, seen.table.resource.default_filter)
        else ""
    )


def named(seen: View, filters: Filters) -> bool:
    """Whether there are filters and the reader may filter so."""
    if not filters:
        return False
    try:
        records.from_query_string(seen, filters)
    except QueryError:
        return False
    return True


def opened(seen: View, query: str) -> Opened:
    """What the query string of a request for the list of `seen` asks for. Never raises for a view."""
    my = my_views.mine()
    asked = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_ARGUMENTS)).get("view")
    opens = my.opening(seen.table)
    one = None
    if asked is not None:
        number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else 0
        one = my.get(number)
        if one is not None and not one.on(seen.table):
            one = None
    elif opens is not None and not names_state(query):
        one = opens
    if one is None:
        gone = asked not in (None, "", "0")
        default = "" if opens is not None else _default(seen)
        if default and asked is None and not names_state(query):
            query = f"{default}&{query}" if query else default
        return Opened(
            seen.table, None, query, looks_of(query), gone=gone, opens=opens is not None or bool(default)
        )
    fit = saved_views.fitted(seen, one.list)
    looks = looks_of(one.looks, query)
    own = "f" not in saved_views.split(query)
    stopped = fit.stopped is not None and own
    text = saved_views.laid_over((fit.list,), query)
    return Opened(
        seen.table, one, text, looks, fit, stopped=stopped, own_filters=own, opens=opens is not None
    )

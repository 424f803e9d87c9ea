"""The list a panel or form is about: the table, the view that is on, and the state its address tells."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ops import policy, records
from ops.policy import View
from ops.records import ListQuery
from ops.records.query import default_columns
from ops.records.saved_views import SavedView
from ops.web import my_views
from ops.web.addresses import list_href
from ops.web.gate import actor, platform
from ops.web.looks import Looks
from ops.web.opened import Opened, opened


@dataclass(frozen=True, slots=True)
class State:
    """One list as its address has it; what of it cannot be meant is left out, for the list itself says so."""

    seen: View
    on: Opened
    query: ListQuery

    @property
    def text(self) -> str:
        """The list's query string, in its one written form. The wish to look through everything is not kept."""
        return records.to_query_string(self.query, default_columns(self.seen), cursor=None, everything=False)

    @property
    def address(self) -> str:
        """The query string of its address."""
        return self.on.address(self.text)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The same in pairs, for hidden fields."""
        return self.on.pairs(self.text)

    @property
    def href(self) -> str:
        """The list."""
        return self._under("")

    def under(self, place: str) -> str:
        """What stands beside the list, with its state: `views`, `columns`, `views/new`."""
        return self._under(place)

    @property
    def changed(self) -> bool:
        """Whether it is another list than the view that is on."""
        return self.on.changed(self.text)

    def looking(self, looks: Looks, columns: tuple[str, ...]) -> State:
        """The same rows with other columns and other looks."""
        return State(self.seen, replace(self.on, looks=looks), replace(self.query, columns=columns))

    def _under(self, place: str) -> str:
        address = self.address
        return list_href(self.seen.table) + place + (f"?{address}" if address else "")


def state_of(ref: str, query: str) -> State:
    """What an address of the table's list means to the person. Raises UnknownTable, NotVisible."""
    catalog = platform().catalog
    return _state(policy.view(actor(), catalog.table(ref), catalog), query)


def state_of_view(one: SavedView, query: str) -> State:
    """The same for the list of a view. Raises UnknownTable, NotVisible."""
    catalog = platform().catalog
    return _state(policy.view(actor(), catalog.by_name(one.schema, one.table), catalog), query)


def _state(seen: View, query: str) -> State:
    on = opened(seen, query)
    try:
        read = records.from_query_string(seen, on.query)
    except records.BadFilter as error:
        read = error.query
    return State(seen, on, read)


def href_of(one: SavedView) -> str | None:
    """The list with the view on; None where its table is gone or not the person's to see."""
    table = my_views.table_of(one)
    return None if table is None else my_views.href(one, table)

"""A saved view, all that one person has of them, and who may change or share one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ops.actor import Actor
from ops.catalog import Table
from ops.roles import book_of

LONGEST_NAME = 60
LONGEST_LIST = 4000  # characters of a query string
MOST_OF_A_PERSON = 200
MOST_PINS = 12
MOST_SEEN = 500  # of one's own and shared ones together
OWNER = "owner"  # the built-in role that may tidy up after everybody


@dataclass(frozen=True, slots=True)
class SavedView:
    """One view as one person has it.

    `list` is the list's query string, `looks` widths and the like; `role` whom it is shared with (None: nobody);
    `pinned`: on this person's rail; `opens`: this person's list of the table opens with it.
    """

    id: int
    schema: str
    table: str
    name: str
    role: str | None
    list: str
    looks: str
    edition: int
    owner_id: int
    owner: str
    pinned: bool = False
    opens: bool = False

    def on(self, table: Table) -> bool:
        """Whether it is a view of this table."""
        return (self.schema, self.table) == (table.schema, table.name)


class Mine:
    """The views one person sees, in the order of their names; `stamp` is the state of all views they are of."""

    def __init__(self, stamp: str, views: Iterable[SavedView]) -> None:
        self.stamp = stamp
        self.views = tuple(views)
        self._by_id = {one.id: one for one in self.views}

    def get(self, view_id: int) -> SavedView | None:
        """The view of that number, if the person sees it."""
        return self._by_id.get(view_id)

    def of(self, table: Table) -> list[SavedView]:
        """Those of one table."""
        return [one for one in self.views if one.on(table)]

    def opening(self, table: Table) -> SavedView | None:
        """The one the table's list opens with."""
        return next((one for one in self.of(table) if one.opens), None)

    @cached_property
    def pinned(self) -> tuple[SavedView, ...]:
        """Those on the rail."""
        return tuple(one for one in self.views if one.pinned)


def may_change(actor: Actor, one: SavedView) -> bool:
    """Its owner may; of a shared one also whoever holds the role owner."""
    return one.owner_id == actor.person_id or (one.role is not None and OWNER in actor.roles)


def may_share(actor: Actor, role: str) -> bool:
    """One shares with a role one holds; the role owner with any that there is."""
    return role in book_of(actor).roles and (role in actor.roles or OWNER in actor.roles)

"""The rail: tools and tables a person may open, with what waits for them; built at first use in a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple
from urllib.parse import quote

from ops import policy
from ops.actor import Actor
from ops.catalog import Catalog, Table
from ops.policy import Permission
from ops.web import looking
from ops.web.formats import Formats
from ops.web.session import Visitor
from ops.words import t


@dataclass(frozen=True, slots=True)
class Item:
    """One tool of the rail."""

    label: str
    href: str
    icon: str
    count: str | None = None
    current: bool = False
    urgent: bool = False


class TableLink(NamedTuple):
    """One table of the rail."""

    label: str
    href: str
    current: bool
    count_text: str


class GroupLinks(NamedTuple):
    """Tables that stand together."""

    label: str
    tables: list[TableLink]


@dataclass(frozen=True, slots=True)
class PersonTag:
    """The person as the frame shows them."""

    name: str
    initials: str
    roles_text: str


# Below these the next part of the address decides what is current.
_DEEP = ("/tables/", "/people/roles/", "/people/groups/", "/people/me")


class VisibleTables:
    """Which tables a set of roles may see, remembered for one catalog and the stamp of the rights."""

    LIMIT = 200

    def __init__(self) -> None:
        self._catalog: Catalog | None = None
        self._known: dict[tuple[frozenset[str], str], list[tuple[str, list[Table]]]] = {}
        self.edition = 0  # another number whenever the catalog is another one

    def groups(self, catalog: Catalog, actor: Actor) -> list[tuple[str, list[Table]]]:
        """The groups with the tables this actor's roles may see; groups without any are left out."""
        if catalog is not self._catalog or len(self._known) >= self.LIMIT:
            self._catalog, self._known = catalog, {}
            self.edition += 1
        rights = (actor.roles, policy.stamp(actor))
        found = self._known.get(rights)
        if found is None:
            every = [
                (g.label, [table for table in g.tables if policy.sees(actor, table)]) for g in catalog.groups
            ]
            found = self._known[rights] = [(label, tables) for label, tables in every if tables]
        return found


def about_rows(actor: Actor, table: Table) -> int | None:
    """How many rows the planner believes there are; None where it knows nothing (a view, never analysed).

    None too where a row condition may hide some from the person: their number is not to be told (P14).
    """
    if table.estimate <= 0 or table.resource.rows or policy.view(actor, table).limited_rows():
        return None
    return table.estimate


def table_href(table: Table) -> str:
    """The address of a table's list."""
    return f"/tables/{quote(table.ref, safe='')}/"


class Navigation:
    """`nav` of the templates. Lazy: a fragment that shows no rail builds none."""

    def __init__(
        self, *, path: str, env_label: str | None, person: Visitor | None, formats: Formats,
        groups: Callable[[], list[tuple[str, list[Table]]]], may: Callable[[Permission], bool],
        about: Callable[[Table], int | None],
        counts: Callable[[], tuple[int, int, int]],
    ) -> None:  # fmt: skip
        self._path = path
        self._person = person
        self._formats = formats
        self._groups = groups
        self._may = may
        self._about = about
        self._counts = counts
        self.env_label = env_label

    @cached_property
    def person(self) -> PersonTag | None:
        """The person, or None outside a session."""
        who = self._person
        if who is None:
            return None
        roles = ", ".join(sorted(who.roles)) or t("people.no_role")
        return PersonTag(who.name, initials(who.name), roles)

    @property
    def looking_as(self) -> str:
        """What the role is called that the person looks as; "" where they see as themselves."""
        return looking.label_of(self._person)

    @cached_property
    def section(self) -> str:
        """The part of the address that decides what is current in the rail, such as `/tables/shop.orders/`."""
        deep = 3 if self._path.startswith(_DEEP) else 2
        parts = self._path.split("/", deep)
        return "/".join(parts[:deep]) + "/" if len(parts) > deep else self._path

    @property
    def unread(self) -> int:
        """How many notices the person has not read; counted up to a hundred."""
        return self._counts()[0]

    @property
    def waiting(self) -> int:
        """How many changes wait for the person; counted up to a hundred."""
        return self._counts()[1]

    @property
    def basket(self) -> int:
        """How many rows lie in the person's basket."""
        return self._counts()[2]

    @cached_property
    def items(self) -> list[Item]:
        """The tools this person may use."""
        if self._person is None:
            return []
        waiting = self.waiting
        count = "99+" if waiting > 99 else str(waiting) if waiting else None
        tools: list[tuple[Permission | None, Item]] = [
            (None, Item(t("home.desk"), "/", "desk")),
            (None, Item(t("frame.all_tables"), "/tables/", "table")),
            (
                Permission.CHANGES_DECIDE,
                Item(t("home.approvals"), "/approvals/", "stamp", count, urgent=True),
            ),
            (Permission.CHANGES_READ, Item(t("home.changes"), "/changes/", "edit")),
            (Permission.IMPORTS_RUN, Item(t("home.imports"), "/imports/", "up")),
            (Permission.EXPORTS_RUN, Item(t("home.exports"), "/exports/", "file")),
            (Permission.TRAIL_READ, Item(t("home.trail"), "/audit/", "seal")),
        ]
        return self._open(tools)

    @cached_property
    def rights(self) -> list[Item]:
        """The pages about people, what they may, and how all is set up, for those who may read them."""
        if self._person is None:
            return []
        pages: list[tuple[Permission | None, Item]] = [
            (Permission.PEOPLE_READ, Item(t("frame.people"), "/people/", "people")),
            (Permission.PEOPLE_READ, Item(t("frame.roles"), "/people/roles/", "lock")),
            (Permission.PEOPLE_READ, Item(t("frame.groups"), "/people/groups/", "link")),
            (Permission.RULES_READ, Item(t("frame.rules"), "/rules/", "rule")),
            (Permission.APPROVALS_READ, Item(t("health.rail"), "/approvals/health", "stamp")),
            (Permission.SETTINGS_READ, Item(t("frame.settings"), "/settings/", "gear")),
        ]
        return self._open(pages)

    @cached_property
    def groups(self) -> list[GroupLinks]:
        """The tables this person may see, by group."""
        if self._person is None:
            return []
        return [
            GroupLinks(label, [self._link(table) for table in tables]) for label, tables in self._groups()
        ]

    def _link(self, table: Table) -> TableLink:
        href = table_href(table)
        rows = self._about(table)
        count = "" if rows is None else self._formats.about(rows)
        return TableLink(table.label, href, self._path.startswith(href), count)

    def _open(self, pages: Sequence[tuple[Permission | None, Item]]) -> list[Item]:
        """Those of the pages that are open to the person; without a permission to all."""
        return [
            replace(item, current=self._is_current(item.href))
            for permission, item in pages
            if permission is None or self._may(permission)
        ]

    def _is_current(self, href: str) -> bool:
        if href == "/people/":
            return self._path.startswith(href) and not self._path.startswith(_DEEP)
        if href == "/approvals/" and self._path.startswith("/approvals/health"):
            return False
        # The overview of the tables is not "current" on a table's own page: there the table is.
        return self._path == href if href in ("/", "/tables/") else self._path.startswith(href)


def initials(name: str) -> str:
    """Up to two letters for a person's mark."""
    words = [word for word in name.split() if word[:1].isalnum()]
    letters = [word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)]
    return "".join(letters).upper() or "?"

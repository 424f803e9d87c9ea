"""What a text may mean: a change, a table, rows, a saved view, something to do, a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ops import changes, policy, records
from ops.catalog import Table
from ops.disclosure import Sight, viewed
from ops.policy import Permission, View, may
from ops.records.finding import MILLISECONDS, OF_A_TABLE, Finding, find, searchable
from ops.web import my_views, recent
from ops.web.addresses import change_href, list_href, row_href
from ops.web.gate import actor, database, platform, tx
from ops.web.page import navigation, visible_tables
from ops.words import t

PATIENCE = MILLISECONDS  # for rows
MOST_TABLES = 6
MOST_PAGES = 6
_ACTS = {"new": "new", "add": "new", "create": "new", "export": "export", "download": "export"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to open; `export` is the table that a button asks a file of instead of opening anything."""

    label: str
    href: str
    icon: str
    detail: str = ""
    export: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Entries of one kind."""

    id: str
    title: str
    entries: list[Entry]


@dataclass(frozen=True)
class Offer:
    """All of it, best kind first, and what was not searched."""

    text: str
    sections: list[Section]
    notes: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many entries."""
        return sum(len(one.entries) for one in self.sections)


def offer(text: str, *, each: int = OF_A_TABLE) -> Offer:
    """What `text` may mean to the person; the sight of rows of sensitive tables is written down first (P21)."""
    text = " ".join(text.split())[:100]
    if not text:
        return Offer("", _some([_recent(), _views(""), _pages("")]))
    tables = _tables(text)
    found = _rows(text, each)
    rows = Section(
        "rows",
        t("search.rows"),
        [
            Entry(one.title or one.key, row_href(one.table, one.key), "file", one.table.label_one)
            for one in found.rows
        ],
    )
    sections = [
        _changes(text),
        _table_section(tables),
        rows,
        _views(text),
        _actions(text, tables),
        _pages(text),
    ]
    return Offer(text, _some(sections), _notes(found))


def _some(sections: Iterable[Section]) -> list[Section]:
    return [one for one in sections if one.entries]


def _every_table() -> list[Table]:
    return [table for _, tables in visible_tables() for table in tables]


def _tables(text: str) -> list[Table]:
    sought = text.casefold()
    rest = sought.partition(" ")[2] if sought.partition(" ")[0] in _ACTS else ""

    def place(table: Table) -> int:
        names = (
            table.label.casefold(),
            table.label_one.casefold(),
            f"{table.schema}.{table.name}".casefold(),
        )
        for asked in filter(None, (sought, rest)):
            if asked in names:
                return 0
            if any(name.startswith(asked) for name in names):
                return 1
            if any(asked in name for name in names):
                return 2
        return 3

    found = [(place(table), len(table.label_one), table) for table in _every_table()]
    found.sort(key=lambda one: one[:2])  # the shortest name is the nearest; else they stay as on the rail
    return [table for fits, _, table in found if fits < 3][:MOST_TABLES]


def _table_section(tables: list[Table]) -> Section:
    entries = [
        Entry(table.label, list_href(table), "table", f"{table.schema}.{table.name}") for table in tables
    ]
    return Section("tables", t("search.tables"), entries)


def _rows(text: str, each: int) -> Finding:
    if not searchable(text) or not may(actor(), Permission.RECORDS_READ):
        return Finding()
    catalog = platform().catalog
    views = [policy.view(actor(), table, catalog) for table in _every_table()]
    found = find(tx(), views, text, each=each, milliseconds=PATIENCE)
    keys: dict[str, list[str]] = {}
    for one in found.rows:
        if one.table.resource.sensitive:
            keys.setdefault(one.table.ref, []).append(one.key)
    if keys:
        sights = [Sight(catalog.table(ref), keys=each_, query=f"q={text}") for ref, each_ in keys.items()]
        viewed(database(), actor(), sights)
    return found


def _recent() -> Section:
    """The records opened last, as far as they are there for the person now."""
    entries: list[Entry] = []
    if may(actor(), Permission.RECORDS_READ) and (rows := recent.rows()):
        wanted: dict[str, set[str]] = {}
        for table, key in rows:
            wanted.setdefault(table.ref, set()).add(key)
        titles = records.titles(tx(), platform().catalog, actor(), wanted)
        for table, key in rows:
            title = titles.get(table.ref, {}).get(key)
            if title is not None:
                entries.append(Entry(title, row_href(table, key), "clock", table.label_one))
    return Section("recent", t("search.recent"), entries)


def _changes(text: str) -> Section:
    """The change of that reference, if the person may see it."""
    number = changes.parse_reference(text)
    entries: list[Entry] = []
    if number is not None and may(actor(), Permission.CHANGES_READ):
        page = changes.everything(tx(), platform().catalog, actor(), before=number + 1, size=1)
        entries = [
            Entry(one.reference, change_href(one.reference), "edit", one.heading)
            for one in page.rows
            if one.id == number
        ]
    return Section("changes", t("search.changes"), entries)


def _views(text: str) -> Section:
    my = my_views.mine()
    sought = text.casefold()
    found = [one for one in my.views if sought in one.name.casefold()] if text else list(my.pinned)
    entries: list[Entry] = []
    for one in found:
        table = my_views.table_of(one)
        if table is not None and len(entries) < MOST_TABLES:
            entries.append(Entry(one.name, my_views.href(one, table), "view", table.label))
    return Section("views", t("search.views"), entries)


def _actions(text: str, tables: list[Table]) -> Section:
    """New rows and files of the tables that were found, where the person may."""
    act = _ACTS.get(text.casefold().partition(" ")[0])
    entries: list[Entry] = []
    for table in tables[:3]:
        seen: View = policy.view(actor(), table, platform().catalog)
        if act in (None, "new") and seen.may("create"):
            label = t("records.new", row=table.label_one.lower())
            entries.append(Entry(label, f"{list_href(table)}new", "plus", table.label))
        if act in (None, "export") and seen.may("export") and may(actor(), Permission.EXPORTS_RUN):
            entries.append(Entry(t("search.export", table=table.label), "", "file", "CSV", export=table.ref))
    return Section("actions", t("search.actions"), entries)


def _pages(text: str) -> Section:
    nav, sought = navigation(counted=False), text.casefold()
    pages = [Entry(item.label, item.href, item.icon) for item in (*nav.items, *nav.rights)]
    if may(actor(), Permission.RECORDS_READ):
        pages.append(Entry(t("views.all"), "/views/", "view"))
    pages.append(Entry(t("people.me"), "/people/me", "user"))
    found = [one for one in pages if sought in one.label.casefold()]
    return Section("pages", t("search.pages"), found[: MOST_PAGES if text else len(found)])


def _notes(found: Finding) -> list[str]:
    notes = []
    for key, tables in (("search.late", found.late), ("search.unserved", found.unserved)):
        if tables:
            names = ", ".join(table.label for table in tables[:8])
            notes.append(t(key, tables=names if len(tables) < 9 else t("search.and_more", tables=names)))
    return notes

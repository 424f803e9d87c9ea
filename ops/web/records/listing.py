"""A list as its page shows it: heads, rows of ready cells, chips, filters, the ways through the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flask import request
from markupsafe import Markup

from ops import records
from ops.catalog import Column
from ops.conditions import ARITY, Filter
from ops.policy import View
from ops.records import Count, ListQuery, Page
from ops.records.query import default_columns
from ops.web.formats import Formats
from ops.web.gate import actor, platform, tx
from ops.web.kept import kept
from ops.web.opened import Opened, opened
from ops.web.page import formats
from ops.web.records import grid
from ops.web.records.addresses import list_href
from ops.web.records.arranging import in_order
from ops.web.records.references import Reference, references, wanted
from ops.web.records.shown import is_numeric
from ops.web.records.tones import spoken
from ops.words import t

Titles = Mapping[str, Mapping[str, str]]
TIMES = frozenset({"date", "timestamp"})
SEARCH_WORDS = 34  # characters that stand in the search's field beside its icon and key


class Head(NamedTuple):
    """One head: `href` sorts by it, `why` says why that cannot be done."""

    text: str
    href: str | None
    sorted: str | None
    num: bool
    why: str | None


class Chip(NamedTuple):
    """One filter that is on, and the list without it."""

    text: str
    value: str
    remove_href: str


@dataclass(frozen=True)
class ListPage:
    """What templates/records/list.html shows."""

    view: View
    page: Page
    problems: Sequence[str]
    titles: Titles
    references: Mapping[str, Reference]
    formats: Formats
    opened: Opened

    @property
    def query(self) -> ListQuery:
        """The list's state."""
        return self.page.query

    @property
    def state(self) -> str:
        """The list's state as a query string, without the place in it."""
        return self._state()

    @property
    def count(self) -> str:
        """How many, in words."""
        count = self.page.count
        return t("records.rows", count=1 if count.text == "1" else count.text)

    @property
    def problem_words(self) -> str:
        """What could not be used, as sentences that another one follows."""
        said = (one.strip().rstrip(".") for one in self.problems)
        return ". ".join(one[:1].upper() + one[1:] for one in said)

    @property
    def chips(self) -> list[Chip]:
        """The filters that are on."""
        return [self._chip(one) for one in self.query.filters]

    @property
    def all_href(self) -> str:
        """The list with nothing taken out."""
        return list_href(self.view.table)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a search must carry along: the view, filters, sort, columns, looks."""
        return [pair for pair in self.opened.pairs(self._state(search="")) if pair[0] != "q"]

    @property
    def kept_with_search(self) -> list[tuple[str, str]]:
        """What a new filter must carry along."""
        return self.opened.pairs(self.state)

    @property
    def changed(self) -> bool:
        """Whether the list is another one than the saved view that is on."""
        return self.opened.changed(self.state)

    @property
    def address(self) -> str:
        """The query string of this list's address, without the place in it."""
        return self.opened.address(self.state)

    @property
    def clear_href(self) -> str:
        """The list without filters and search."""
        return self._href(filters=(), search="")

    @property
    def marks(self) -> str:
        """The widths of the columns, as the style sheet reads them."""
        return self.opened.looks.marks(self.query.columns)

    @property
    def searched(self) -> str | None:
        """What the search looks in; None where there is nothing to search."""
        names = []
        for one in self.view.table.resource.search:
            if one.foreign_key is not None:
                names.append(one.foreign_key.role.replace("_", " "))
            elif self.view.sees(one.name):
                label = self.view.table.columns[one.name].label
                names.append(label if label.isupper() else label.lower())
        said = ", ".join(names)
        return (said if len(said) <= SEARCH_WORDS else self.view.table.label.lower()) or None

    @property
    def filterable(self) -> list[Column]:
        """The columns a filter may speak of; those of the list first."""
        return [one.column for one in in_order(self.view) if not one.masked and one.column.comparable]

    @property
    def filter_fields(self) -> Markup:
        """The fields of the filter form: two long menus, the same for all who read the same columns."""
        columns = tuple((column.name, column.label) for column in self.filterable)
        operators = tuple((op, t(f"records.op.{op}")) for op in ARITY)
        key = (columns, operators)
        return kept().part("records/_filter.html", key, columns=columns, operators=operators)

    @property
    def first_href(self) -> str:
        """The same list from its beginning."""
        return self._href()

    @property
    def limit(self) -> str | None:
        """Why rows here cannot be opened or changed; None where they can."""
        table = self.view.table
        if not table.key:
            return t("records.no_key")
        return t("records.read_only") if table.kind in ("view", "materialized view") else None

    @property
    def heads(self) -> list[Head]:
        """The heads, in the order of the columns."""
        return [self._head(one.column) for one in self.page.columns]

    @property
    def pager(self) -> dict[str, str | None]:
        """Addresses by "first", "previous", "next", "last"; None where there is nothing."""
        cursors = {name: getattr(self.page, name) for name in ("first", "previous", "next", "last")}
        return {
            name: None if cursor is None else self._href(cursor=cursor or None)
            for name, cursor in cursors.items()
        }

    @property
    def pager_words(self) -> dict[str, str] | None:
        """ "Newer" and "Older" where the list is in order of time."""
        sort = self.page.sort or ""
        column = self.view.table.columns.get(sort.removeprefix("-"))
        if column is None or column.category not in TIMES:
            return None
        newer, older = t("records.newer"), t("records.older")
        previous, following = (newer, older) if sort.startswith("-") else (older, newer)
        return {"first": t("frame.first"), "previous": previous, "next": following, "last": t("frame.last")}

    @property
    def order(self) -> str | None:
        """What the rows are ordered by, in words."""
        sort = self.page.sort
        column = self.view.table.columns.get((sort or "").removeprefix("-"))
        if sort is None or column is None:
            return None
        down, up = ("new", "old") if column.category in TIMES else ("down", "up")
        direction = t(f"records.foot_{down if sort.startswith('-') else up}")
        return t("records.foot_order", column=column.label.lower(), direction=direction)

    @property
    def rows(self) -> Markup:
        """The rows, ready."""
        return grid.rows(self.view, self.page, self.titles, self.references, self.formats)

    def _head(self, column: Column) -> Head:
        sort = self.page.sort or ""
        down = f"-{column.name}"
        current = {column.name: "ascending", down: "descending"}.get(sort)
        num = is_numeric(column) and not self.view.table.references_of(column.name)
        if not self.page.sortable.get(column.name):
            return Head(column.label, None, current, num, t("records.sorted_slow"))
        first, second = (down, column.name) if column.category in TIMES else (column.name, down)
        return Head(column.label, self._href(sort=second if sort == first else first), current, num, None)

    def _chip(self, one: Filter) -> Chip:
        column = self.view.table.columns[one.column]
        rest = tuple(each for each in self.query.filters if each is not one)
        text = f"{column.label} {t(f'records.op.{one.op}')}"
        return Chip(
            text, ", ".join(self._said(column, value) for value in one.values()), self._href(filters=rest)
        )

    def _said(self, column: Column, value: str) -> str:
        if column.category == "enum":
            return spoken(value)
        for one in self.references.values():
            if one.foreign_key.columns == (column.name,):
                title = self.titles.get(one.target.ref, {}).get(one.key({column.name: value}) or "")
                return title or value
        return value

    def _state(self, **changes: object) -> str:
        changes.setdefault("cursor", None)
        return records.to_query_string(self.query, default_columns(self.view), **changes)

    def _href(self, **changes: object) -> str:
        address = self.opened.address(self._state(**changes))
        return self.all_href + (f"?{address}" if address else "")


def read(view: View) -> ListPage:
    """The list that the request's query string asks for. Raises UnknownColumn."""
    problems: list[str] = []
    on = opened(view, request.query_string.decode("utf-8", "replace"))
    try:
        query = records.from_query_string(view, on.query)
    except records.BadFilter as error:
        query, problems = error.query, list(error.problems)
    if on.stopped:
        return ListPage(view, _no_page(view, query), problems, {}, {}, formats(), on)
    size = on.looks.size
    try:
        page = records.page(tx(), view, query, size=size, titled=False)
    except records.BadFilter as error:  # values that only PostgreSQL could judge
        problems += error.problems
        page = records.page(tx(), view, error.query, size=size, titled=False)
    found = references(platform().catalog, actor(), view.table)
    filtered = [{one.column: value} for one in query.filters for value in one.values()]
    keys = wanted(found, [*_pointing(page, found), *filtered])
    titles = records.titles(tx(), platform().catalog, actor(), keys) if keys else {}
    return ListPage(view, page, problems, titles, found, formats(), on)


def _no_page(view: View, query: ListQuery) -> Page:
    """No row: a saved view's filters cannot be used, and the rows without them would be wrong ones."""
    columns = tuple(view.column(name) for name in query.columns)
    return Page(query, columns, [], None, None, None, None, Count(0), [], {}, None)


def _pointing(page: Page, found: Mapping[str, Reference]) -> list[dict[str, str | None]]:
    """Of each row the shown values that point elsewhere."""
    names = {name for one in found.values() for name in one.foreign_key.columns}
    shown = [one.name for one in page.columns if one.name in names]
    return [{name: row.cells[name].value for name in shown} for row in page.rows]


def with_added_filter(view: View) -> str | None:
    """The address of the list with the filter that the filter form asks for; None where none is asked for.

    A plain form cannot put what was chosen into a parameter's name, so it sends the parts and we answer with
    the address that has them together.
    """
    column, op = request.args.get("add.column"), request.args.get("add.op")
    if column is None or op is None:
        return None
    pairs = [(name, value) for name, value in request.args.items(multi=True) if not name.startswith("add.")]
    return list_href(
        view.table, [*pairs, (records.filter_name(column, op), request.args.get("add.value", ""))]
    )

"""A list as its page shows it: heads, rows of ready cells, chips, filters, the ways through the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request
from markupsafe import Markup

from ops import records
from ops.changes.pending import waits_item
from ops.changes.reach import beyond
from ops.policy import View
from ops.records import Count, ListQuery, Page, Rows
from ops.records.query import default_columns
from ops.records.trying import EVERYTHING
from ops.web.formats import Formats
from ops.web.gate import actor, platform, tx, visitor
from ops.web.opened import Opened, named, opened
from ops.web.page import formats
from ops.web.records import grid
from ops.web.records.addresses import list_href
from ops.web.records.chips import Chip, Saying, filtered_values
from ops.web.records.deeds import Deed, of_list, of_many
from ops.web.records.framing import Framing, framing
from ops.web.records.heads import Head, heads, order_words
from ops.web.records.pager import Jump, addresses, jump, pager_words
from ops.web.records.references import Reference, references, wanted
from ops.words import t

Titles = Mapping[str, Mapping[str, str]]
SEARCH_WORDS = 34  # characters that stand in the search's field beside its icon and key


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
    hidden: frozenset[int] = frozenset()  # of the changes that wait for these rows those out of sight

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
    def deeds(self) -> list[Deed]:
        """The actions on no row that the person may use."""
        return of_list(self.view)

    @property
    def named(self) -> list[tuple[str, str]]:
        """The filters that the Resource has names for, each as the list it leads to."""
        every = self.view.table.resource.named_filters.items()
        return [(label, list_href(self.view.table, one)) for label, one in every if named(self.view, one)]

    @property
    def many_deeds(self) -> list[Deed]:
        """The actions on chosen rows that the person may use."""
        return of_many(self.view)

    @property
    def chips(self) -> list[Chip]:
        """The filters that are on."""
        saying = Saying(self.view, self.formats, self.references, self.titles)
        found = []
        for place, one in enumerate(self.query.filters):
            rest = tuple(each for each in self.query.filters if each is not one)
            edit = self.filter_href + ("&" if "?" in self.filter_href else "?") + f"edit={place}"
            found.append(Chip(*saying.words(one), edit, self._href(filters=rest, everything=False)))
        return found

    @property
    def filter_href(self) -> str:
        """The panel in which a filter is built."""
        address = self.opened.address(self._state(everything=False))
        return f"{self.all_href}filter" + (f"?{address}" if address else "")

    @property
    def everything_href(self) -> str | None:
        """The same list, where everything is looked through for it; None where that finds nothing more."""
        return self._href(everything=True) if self.page.offer else None

    @property
    def everything_words(self) -> str:
        """How long that may take."""
        return t("query.everything", seconds=int(EVERYTHING))

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
        return self.opened.changed(self._state(everything=False))

    @property
    def address(self) -> str:
        """The query string of this list's address, without the place in it."""
        return self.opened.address(self.state)

    @property
    def clear_href(self) -> str:
        """The list without filters and search."""
        return self._href(filters=(), search="")

    @property
    def looks(self) -> Markup:
        """The attributes of the table by which the style sheet knows row height, what stays in sight, widths."""
        return self.opened.looks.attributes(self.query.columns)

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
        return heads(self.view, self.page, lambda sort: self._href(sort=sort))

    @property
    def pager(self) -> dict[str, str | None]:
        """Addresses by "first", "previous", "next", "last"; None where there is nothing."""
        return addresses(self.page, lambda cursor: self._href(cursor=cursor))

    @property
    def pager_words(self) -> dict[str, str] | None:
        """ "Newer" and "Older" where the list is in order of time."""
        return pager_words(self.view, self.page)

    @property
    def order(self) -> str | None:
        """What the rows are ordered by, in words."""
        return order_words(self.view, self.page)

    @property
    def jump(self) -> Jump | None:
        """The field that jumps to a value of the column the list is in order of."""
        return jump(self.view, self.page)

    @property
    def rows(self) -> Markup:
        """The rows, ready."""
        return grid.rows(self.view, self.page, self.titles, self.references, self.formats, self.hidden)

    def around(self, token: str) -> Framing:
        """What stands around the rows; `token` is the form's."""
        return framing(self, token)

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
    size, found = on.looks.size, _references(view)
    pointing = {name: one.foreign_key for name, one in found.items()}
    who = visitor()
    quiet = who is not None and who.quiet  # said by the statement that read who it is, in this transaction
    waits = waits_item if view.table.key and not view.table.house and not quiet else None
    try:
        page = records.page(tx(), view, query, size=size, titled=False, pointing=pointing, also=waits)
    except records.BadFilter as error:  # values that only PostgreSQL could judge
        problems += error.problems
        if (stopped := on.refused(error.problems)) is not None:
            return ListPage(view, _no_page(view, error.query), [], {}, {}, formats(), stopped)
        page = records.page(tx(), view, error.query, size=size, titled=False, pointing=pointing, also=waits)
    keys = wanted(found, [*_pointing(page, found), *filtered_values(query.filters)])
    titles = records.titles(tx(), platform().catalog, actor(), keys) if keys else {}
    waiting = {one for one in page.rows.also if one is not None} if waits is not None else set()
    hidden = beyond(tx(), view, waiting, closely=False)
    return ListPage(view, page, problems, titles, found, formats(), on, hidden)


def _references(view: View) -> dict[str, Reference]:
    """The foreign keys that columns of the list stand for: they follow from the shape, and are kept with it."""
    catalog = platform().catalog
    remembered = ("references", id(catalog))
    found: dict[str, Reference] | None = view.shape.memory.get(remembered)
    if found is None:
        found = references(catalog, actor(), view.table)
        view.shape.memory[remembered] = found
    return found


def _no_page(view: View, query: ListQuery) -> Page:
    """No row: a saved view's filters cannot be used, and the rows without them would be wrong ones."""
    columns = tuple(view.column(name) for name in query.columns)
    return Page(query, columns, Rows(), None, None, None, None, Count(0), [], {}, None)


def _pointing(page: Page, found: Mapping[str, Reference]) -> list[dict[str, str | None]]:
    """Of each row the shown values that point elsewhere, and whose titles did not come along."""
    rest = (one for name, one in found.items() if name not in page.rows.named)
    names = {name for one in rest for name in one.foreign_key.columns}
    shown = [one.name for one in page.columns if one.name in names]
    texts = (page.rows.texts(name) for name in shown)
    return [dict(zip(shown, values, strict=True)) for values in zip(*texts, strict=True)]

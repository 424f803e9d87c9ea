"""A list's state and its one written form, the query string. The grammar is in docs/addresses.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from ops.conditions import ARITY, Filter, filter_problem
from ops.policy import View
from ops.records.errors import BadFilter, UnknownColumn
from ops.records.subject import of_filter
from ops.words import t

MOST_FILTERS = 20
MOST_FIELDS = 200
LONGEST_SEARCH = 200
CURSORS = ("after", "before", "last", "at")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list shows: columns, filters (all must hold), search text, sort ("-placed_at"), and where it is.

    `cursor` is a piece of query string: "after=…", "before=…", "last=1" or "at=VALUE"; None is the first page.
    `everything`: somebody asked for what no index serves, and waits for it; nothing sets it by itself.
    """

    columns: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    search: str = ""
    sort: str | None = None
    cursor: str | None = None
    everything: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether anything but the row condition decides which rows are in."""
        return bool(self.filters or self.search)


Arguments = str | Mapping[str, Any] | Iterable[tuple[str, str]]


def from_query_string(view: View, args: Arguments) -> ListQuery:
    """Read a list's state from a query string (text, pairs, or what a web framework made of it).

    Arguments of other names are left alone. Raises UnknownColumn for a column the person does not have,
    BadFilter for what cannot be meant.
    """
    reader = _Reader(view)
    try:
        pairs = _pairs(args)
    except ValueError:
        raise BadFilter([t("query.too_many_fields", count=MOST_FIELDS)], reader.query()) from None
    for name, value in pairs:
        reader.take(name, value)
    query = reader.query()
    if reader.problems:
        raise BadFilter(reader.problems, query)
    return query


def to_query_string(query: ListQuery, default_columns: tuple[str, ...] = (), **changes: Any) -> str:
    """The query string of a list's state; `changes` are fields of ListQuery to replace first.

    The cursor is dropped where anything else changes: a place belongs to its own list.
    """
    if changes and "cursor" not in changes:
        changes["cursor"] = None
    query = replace(query, **changes)
    pairs = [(filter_name(one.column, one.op, one.path), one.value) for one in query.filters]
    if query.search:
        pairs.append(("q", query.search))
    if query.sort:
        pairs.append(("sort", query.sort))
    if query.columns and query.columns != default_columns:
        pairs.append(("columns", ",".join(_encoded(name) for name in query.columns)))
    if query.everything and query.narrowed:
        pairs.append(("all", "1"))
    text = urlencode(pairs)
    return "&".join(part for part in (text, query.cursor or "") if part)


def filter_name(column: str, op: str, path: tuple[str, ...] = ()) -> str:
    """The argument's name of a filter, such as `f.status.is`; dots inside a name are encoded."""
    return ".".join(("f", path_text(column, path), op))


def path_text(column: str, path: tuple[str, ...] = ()) -> str:
    """A column, or the way to one across a foreign key or into JSON, as it stands in an argument's name."""
    return ".".join(map(_encoded, (column, *path)))


def path_of(view: View, text: str) -> tuple[str, tuple[str, ...]]:
    """The column and the path that `path_text` wrote; a name with dots as it is means that column too."""
    whole = unquote(text)
    if whole in view.shape.by_name:
        return whole, ()
    first, *rest = (unquote(part) for part in text.split("."))
    return first, tuple(rest)


def _encoded(column: str) -> str:
    return quote(column, safe="").replace(".", "%2E")


def _pairs(args: Arguments) -> list[tuple[str, str]]:
    if isinstance(args, str):
        return parse_qsl(args.removeprefix("?"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    if isinstance(args, Mapping):
        lists = getattr(args, "lists", None)  # a MultiDict keeps what was given twice
        if lists is not None:
            return [(name, value) for name, values in lists() for value in values]
        return [(name, str(value)) for name, value in args.items()]
    return list(args)


class _Reader:
    def __init__(self, view: View) -> None:
        self.view = view
        self.problems: list[str] = []
        self.filters: list[Filter] = []
        self.search = ""
        self.sort: str | None = None
        self.cursor: str | None = None
        self.everything = False
        self.columns = default_columns(view)

    def query(self) -> ListQuery:
        filters = tuple(self.filters)
        return ListQuery(self.columns, filters, self.search, self.sort, self.cursor, self.everything)

    def take(self, name: str, value: str) -> None:
        if name.startswith("f."):
            self.take_filter(name, value)
        elif name == "q":
            self.take_search(value)
        elif name == "sort" and value:
            self.take_sort(value)
        elif name == "columns" and value:
            self.columns = tuple(dict.fromkeys(unquote(part) for part in value.split(",")))
            for column in self.columns:
                self.known(column)
        elif name == "all":
            self.everything = value == "1"
        elif name in CURSORS and value:
            self.cursor = f"{name}={quote(value, safe='')}"

    def known(self, name: str) -> None:
        if name not in self.view.shape.by_name:
            raise UnknownColumn(name)

    def take_filter(self, name: str, value: str) -> None:
        encoded, _, op = name.removeprefix("f.").rpartition(".")
        if not encoded or (op not in ARITY and "." in encoded):
            self.problems.append(t("query.bad_name", name=name[:80]))
            return
        column, path = path_of(self.view, encoded)
        one = Filter(column, op, value, path)
        subject = of_filter(self.view, one)
        # An untouched field of a filter form sends an empty value; "is empty" has an operation of its own.
        if value == "" and ARITY.get(op) != 0:
            return
        if subject.masked:
            self.problems.append(t("query.masked", column=subject.label))
        elif problem := filter_problem(one, subject.like(one)):
            self.problems.append(problem)
        elif len(self.filters) >= MOST_FILTERS:
            self.problems.append(t("query.too_many", count=MOST_FILTERS))
        else:
            self.filters.append(one)

    def take_search(self, value: str) -> None:
        text = value.strip()
        if len(text) > LONGEST_SEARCH or "\x00" in text or not _encodable(text):
            self.problems.append(t("query.bad_search", count=LONGEST_SEARCH))
        else:
            self.search = text

    def take_sort(self, value: str) -> None:
        name = value.removeprefix("-") if value.removeprefix("-") in self.view.shape.by_name else value
        self.known(name)
        column = self.view.column(name)
        if column.masked:
            self.problems.append(t("query.masked", column=column.column.label))
        elif not column.column.comparable:
            problem = t("query.not_comparable", column=column.column.label, type=column.column.type)
            self.problems.append(problem)
        else:
            self.sort = value


def default_columns(view: View) -> tuple[str, ...]:
    """The readable ones of the columns the table's list shows; the first eight where none is left."""
    readable = view.shape.by_name
    chosen = tuple(name for name in view.table.resource.columns if name in readable)
    return chosen or tuple(readable)[:8]


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

"""What reading gives: cells, rows, a page of rows, one record. Values are PostgreSQL's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, overload

import sqlalchemy as sa

from ops.catalog import key_text, key_texts
from ops.policy import ViewColumn
from ops.records.advice import Advice
from ops.records.counting import Count
from ops.records.query import ListQuery

CUT = 200  # characters of a value that a list shows


class Cell(NamedTuple):
    """One value in a list. `cut`: there is more of it; `masked`: a mask; `null`: there is none."""

    text: str
    cut: bool = False
    masked: bool = False
    null: bool = False

    @property
    def value(self) -> str | None:
        """The text, or None for NULL."""
        return None if self.null else self.text


class Row(NamedTuple):
    """One row of a list. `key` in address form, None where rows of the table cannot be told apart."""

    key: str | None
    cells: Mapping[str, Cell]
    title: str

    @property
    def values(self) -> dict[str, str | None]:
        """The shown values by column, NULL as None."""
        return {name: cell.value for name, cell in self.cells.items()}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where what stands in a row that came back: places of the key, the order, the cells, and what these are called.

    `named`: the titles of the rows that columns point at. `title`: the row's own, where it was asked for.
    """

    key: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    cells: Mapping[str, int] = field(default_factory=dict)
    masked: frozenset[str] = frozenset()
    named: Mapping[str, int] = field(default_factory=dict)
    title: int | None = None
    also: int | None = None  # what else was asked for of each row

    def place(self, row: Sequence[Any]) -> tuple[str | None, ...]:
        """The row's place in the order."""
        return tuple(row[n] for n in self.order)


class Rows(Sequence[Row]):
    """The rows of a page as they came back: a list reads them by columns; a `Row` is made where one is asked for."""

    def __init__(self, raw: Sequence[Sequence[Any]] = (), layout: Layout | None = None) -> None:
        self.titles: Mapping[str, str] = {}  # by key, of rows whose title was asked for afterwards
        self._raw = raw
        self._layout = layout or Layout()

    @cached_property
    def keys(self) -> list[str | None]:
        """The keys, in address form; None where rows of the table cannot be told apart."""
        places = self._layout.key
        if len(places) == 1:
            return list[str | None](key_texts(row[places[0]] or "" for row in self._raw))
        if not places:
            return [None] * len(self._raw)
        return [key_text([row[n] or "" for n in places]) for row in self._raw]

    @property
    def titled(self) -> bool:
        """Whether the statement has said what its rows are called."""
        return self._layout.title is not None

    def texts(self, name: str) -> list[str | None]:
        """A column from top to bottom. What is longer than `CUT` is to be cut there."""
        if not self._raw:
            return []
        place = self._layout.cells[name]
        return [row[place] for row in self._raw]

    @property
    def also(self) -> list[Any]:
        """What else was asked for, from top to bottom; nothing where nothing was."""
        place = self._layout.also
        return [] if place is None else [row[place] for row in self._raw]

    def has(self, name: str) -> bool:
        """Whether it is one of the list's columns."""
        return name in self._layout.cells

    def is_masked(self, name: str) -> bool:
        """Whether the column's texts are masks."""
        return name in self._layout.masked

    @cached_property
    def named(self) -> Mapping[str, Mapping[str, str]]:
        """By column and its text the titles of the rows it points at; of rows out of sight there is none."""
        return {name: self._named(name, place) for name, place in self._layout.named.items()}

    def _named(self, name: str, title: int) -> Mapping[str, str]:
        text = self._layout.cells[name]
        return {row[text]: row[title] for row in self._raw if row[title] is not None}

    def __len__(self) -> int:
        return len(self._raw)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        row, layout, key = self._raw[at], self._layout, self.keys[at]
        cells = {name: _cell(row[place], name in layout.masked) for name, place in layout.cells.items()}
        title = self.titles.get(key or "") if layout.title is None else row[layout.title]
        return Row(key, cells, title or "")

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as of any list


def _cell(text: str | None, masked: bool) -> Cell:
    if text is None:
        return Cell("", masked=masked, null=True)
    return Cell(text[:CUT], len(text) > CUT, masked)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `first` … `last` are the cursor arguments of a query string; None: nothing there.

    `first` is the empty string where there is an earlier page: the list without a cursor.
    """

    query: ListQuery
    columns: tuple[ViewColumn, ...]
    rows: Rows
    first: str | None
    previous: str | None
    next: str | None
    last: str | None
    count: Count
    notes: list[str]
    sortable: Mapping[str, bool]
    sort: str | None  # what the rows are really ordered by
    advice: tuple[Advice, ...] = ()  # indexes that would make quick what was not
    offer: bool = False  # whether looking through everything, which takes long, would find more
    capped: bool = False  # whether these are of the first matches found, and the rest is not in the list


@dataclass(frozen=True, slots=True)
class Record:
    """One row in full: every readable column, masked ones as their mask.

    `revealed`: the masked columns that stand in full all the same, each with the moment until which. `sizes`: the
    bytes of each file; of a large one `values` has the digest alone. `titles`: by table reference and key (address
    form) what rows are called that it points at, None for one out of sight; of those that could be asked for with it.
    """

    key: str
    values: dict[str, str | None]
    title: str
    revealed: Mapping[str, datetime] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    also: Mapping[str, Any] = field(default_factory=dict)  # what else was asked for, by name


@dataclass(frozen=True)
class Also:
    """One more item of the statement that reads a row: what `make` gives follows from the `name` and the view's shape.

    `values` are those that it binds by name; what it brings is `Record.also[name]`.
    """

    name: str
    make: Callable[[], sa.ColumnElement[Any]]
    values: Mapping[str, Any] = field(default_factory=dict)

"""What reading gives: cells, rows, a page of rows, one record. Values are PostgreSQL's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

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
class Page:
    """One page of a list. `first` … `last` are the cursor arguments of a query string; None: nothing there.

    `first` is the empty string where there is an earlier page: the list without a cursor.
    """

    query: ListQuery
    columns: tuple[ViewColumn, ...]
    rows: list[Row]
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


@dataclass(frozen=True, slots=True)
class Record:
    """One row in full: every readable column, masked ones as their mask.

    `revealed`: the masked columns that stand in full all the same, each with the moment until which. `sizes`: the
    bytes of each file; of a large one `values` has the digest alone.
    """

    key: str
    values: dict[str, str | None]
    title: str
    revealed: Mapping[str, datetime] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    also: Any = None  # what else was asked for in the same statement

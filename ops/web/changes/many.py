"""A change of many rows as its page shows it: what it sets, how far it is, what became of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from urllib.parse import quote

from ops import changes, policy
from ops.actor import Actor
from ops.catalog import Catalog, Table
from ops.changes import ChangeView, bulk
from ops.changes.bulk import TargetPage, TargetView
from ops.changes.bulk.showing import COUNTED
from ops.changes.heads import RESULTS, Head
from ops.db import Database
from ops.exports import neutral_text
from ops.history import tells_all
from ops.web.addresses import list_href, row_href
from ops.web.changes.differing import distance
from ops.web.changes.many_columns import Column, columns_of
from ops.web.gate import actor, platform, tx
from ops.web.judged import Judged, Text
from ops.web.page import formats
from ops.web.shown import Reader
from ops.web.visible import marked
from ops.words import t

UNDER_WAY = frozenset({"draft", "approved", "applying"})
TONES = {"applied": "ok", "same": "idle", "waiting": "idle", "failed": "bad", "stopped": "idle"}
STATES = ("waiting", *RESULTS)
FIRST = 10  # rows on the change's own page
PAGE = 50
_FILE_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows came to one result, and where they are listed."""

    state: str
    label: str
    tone: str
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Summed:
    """One column of numbers over all rows: sums, what comes to them, smallest and largest before and after."""

    label: str
    many: int
    was: str
    will: str
    delta: str | None
    was_range: tuple[str, str]
    will_range: tuple[str, str]
    steepest: tuple[int, ...]


@dataclass(frozen=True)
class Many:
    """What the templates of many rows show."""

    view: ChangeView
    head: Head
    table: Table
    columns: Sequence[Column]
    first: TargetPage | None
    may_steer: bool
    may_undo: bool
    undone_by: str | None
    mine: bool
    list_told: bool  # whether all of the list it was chosen from is the reader's to know

    @property
    def under_way(self) -> bool:
        """Whether it changes by itself. What waits for its time does not, until it has come."""
        return self.view.change.state in UNDER_WAY and not self.for_its_time

    @property
    def for_its_time(self) -> bool:
        """Whether it is agreed and its time has not come."""
        return self.view.change.state == "approved" and self.view.change.ahead

    @property
    def paused(self) -> bool:
        """Whether a person asked it to pause."""
        return self.under_way and self.head.wish == "pause"

    @property
    def too_many(self) -> bool:
        """Whether its values are not counted for anybody: that would take too long."""
        return self.view.change.state != "draft" and self.head.total > COUNTED

    @property
    def href(self) -> str:
        """The change's page."""
        return f"/changes/{self.view.reference}"

    @property
    def counts(self) -> list[Counted]:
        """What the rows came to; those without a result first."""
        left = self.head.total - sum(self.head.counts.values())
        many = {"waiting": left, **self.head.counts}
        return [
            Counted(name, t(f"many.state.{name}"), TONES.get(name, "warn"), many[name], self._rows(name))
            for name in STATES
            if many[name]
        ]

    @property
    def rows_href(self) -> str:
        """All its rows."""
        return f"{self.href}/rows"

    @property
    def list_href(self) -> str | None:
        """The list its rows were chosen from, where they were; None where its filters are not the reader's to know."""
        told = self.head.selection.get("list")
        return (
            None
            if told is None or not self.list_told
            else list_href(self.table) + (f"?{told}" if told else "")
        )

    @property
    def import_href(self) -> str | None:
        """The import its rows came by, for who brought the file: it is nobody else's to see."""
        told = self.head.selection.get("import")
        return None if told is None or not self.mine else f"/imports/{told}"

    @cached_property
    def figures(self) -> list[Summed]:
        """Sums and ranges of the numbers that change; read once the page asks, for it is asked again and again."""
        if self.view.change.state == "draft":
            return []
        seen = policy.view(actor(), self.table, platform().catalog)
        return [_summed(self.table, one) for one in bulk.figures(tx(), seen, self.head)]

    @cached_property
    def steepest(self) -> tuple[str, TargetPage] | None:
        """The rows that change the most, by the first column of numbers in which they differ among each other."""
        found = next((one for one in self.figures if one.steepest), None)
        if found is None or self.head.total <= FIRST:
            return None
        page = bulk.rows(
            tx(), platform().catalog, actor(), self.table, self.head, mine=self.mine, at=found.steepest
        )
        return found.label, page

    @property
    def own(self) -> str | None:
        """The columns, where nothing more is to be said of them than that each row gets values of its own."""
        plain = bool(self.columns) and all(
            one.own and not one.was.told and not one.will.told for one in self.columns
        )
        return ", ".join(one.label for one in self.columns) if plain else None

    @property
    def chosen(self) -> str:
        """How its rows were chosen, in words."""
        told = self.head.selection
        if "rows" in told:
            return t("many.how_rows")
        if "undo" in told:
            return t("many.how_undo", ref=told["undo"])
        if "import" in told:
            return t("many.how_import")
        return t("many.how_list" if told.get("list") else "many.how_all")

    def lines(self, row: TargetView) -> Iterator[tuple[str, Text, Text]]:
        """Of one row the label of each column, what stood there and what it was to be."""
        judged = Judged(self.table, formats())
        for name, was, will in row.lines:
            masked = name in self.masked
            said = [marked(was), marked(will)] if masked else judged.apart(name, (was, will))
            yield self.table.columns[name].label, said[0], said[1]

    @cached_property
    def masked(self) -> frozenset[str]:
        """The columns of which the reader sees dots."""
        return frozenset(d.column for one in self.view.operations for d in one.differences if d.masked)

    def _rows(self, state: str) -> str:
        return f"{self.rows_href}?state={quote(state)}"


def of(view: ChangeView, catalog: Catalog) -> Many | None:
    """The change's many rows, where it has them."""
    head = view.head
    if head is None:
        return None
    table = view.operations[0].table
    seen = policy.view(actor(), table, catalog)
    mine = view.change.proposer_id == actor().person_id
    undone = bulk.undone_by(tx(), head)
    ready = view.change.state != "draft"
    return Many(
        view=view,
        head=head,
        table=table,
        columns=columns_of(
            view,
            head,
            bulk.was(tx(), seen, head) if ready else {},
            bulk.will(tx(), seen, head) if ready else {},
        ),
        first=bulk.rows(tx(), catalog, actor(), table, head, size=FIRST, mine=mine) if ready else None,
        may_steer=bulk.may_steer(actor(), view.change) and view.change.state in ("approved", "applying"),
        may_undo=bulk.undoable(head, view.change.state) and undone is None,
        undone_by=None if undone is None else changes.reference(undone),
        mine=mine,
        list_told=mine or tells_all(seen, head.selection.get("list") or ""),
    )


def _summed(table: Table, one: bulk.Figures) -> Summed:
    figure = partial(Reader(table, formats()).figure, one.column)

    def said(value: Decimal) -> str:
        return figure(str(value))

    return Summed(
        table.columns[one.column].label, one.many, said(one.was), said(one.will),
        distance(str(one.was), str(one.will), formats(), figure) if one.was != one.will else None,
        (said(one.was_range[0]), said(one.was_range[1])),
        (said(one.will_range[0]), said(one.will_range[1])), one.steepest,
    )  # fmt: skip


def page_of_rows(view: ChangeView, head: Head, state: str | None, after: int) -> TargetPage:
    """One page of its rows."""
    mine = view.change.proposer_id == actor().person_id
    return bulk.rows(
        tx(), platform().catalog, actor(), view.operations[0].table, head, state=state, after=after, size=PAGE,
        mine=mine,
    )  # fmt: skip


def row_link(table: Table, key: str | None) -> str | None:
    """Where a row is, if it has a key."""
    return None if key is None else row_href(table, key)


def file_of(
    db: Database, catalog: Catalog, me: Actor, view: ChangeView, head: Head, state: str | None
) -> Iterator[str]:
    """The rows as lines of a CSV file: key, result, what is said of it, each column before and after (RFC 4180).

    Read a piece at a time, each in a short transaction of its own: it is sent while it is read.
    """
    table = view.operations[0].table
    names = list(dict.fromkeys(line.column for one in view.operations for line in one.differences))
    first = [t("many.row"), t("many.result"), t("many.problem")]
    for name in names:
        label = table.columns[name].label
        first += [f"{label} ({t('many.was')})", f"{label} ({t('many.will_be')})"]
    yield _line(first)
    mine, after = view.change.proposer_id == me.person_id, 0
    while True:
        with db.reading() as tx:
            page = bulk.rows(
                tx,
                catalog,
                me,
                table,
                head,
                state=state,
                after=after,
                size=_FILE_PAGE,
                mine=mine,
                titled=False,
            )
        for row in page.rows:
            yield _line(_cells(row, names))
        if page.next is None:
            return
        after = page.next


def _cells(row: TargetView, names: Sequence[str]) -> list[str]:
    lines = {name: (was, will) for name, was, will in row.lines}
    cells = [row.key or "", t(f"many.state.{row.state}"), row.problem or ""]
    for name in names:
        cells += [text or "" for text in lines.get(name, (None, None))]
    return cells


def _line(cells: Sequence[str]) -> str:
    quoted = (neutral_text(cell).replace('"', '""') for cell in cells)
    return ",".join(f'"{cell}"' for cell in quoted) + "\r\n"

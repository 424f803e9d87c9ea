"""An import as its pages show it: its state in words, the file's first rows, the choices, the judged rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ops import imports
from ops.catalog import Catalog, Table, UnknownTable
from ops.catalog.address import key_text, parse_key
from ops.changes import reference
from ops.imports import Plan, Run, Staged
from ops.imports.csv_file import Row
from ops.imports.mapping import matchable, settable
from ops.imports.plan import (
    DATES,
    DECIMALS,
    EMPTIES,
    ENCODINGS,
    ESCAPES,
    MODES,
    PERCENTS,
    QUOTES,
    SEPARATORS,
    THOUSANDS,
)  # fmt: skip
from ops.imports.plan_check import needed
from ops.imports.source import SHOWN_ROWS, storable
from ops.imports.source import shown as cell_text
from ops.policy import View
from ops.web import addresses
from ops.web.trouble import Troubled
from ops.words import t

TONES = {
    "uploaded": "idle", "waiting": "idle", "running": "info", "checked": "ok", "proposed": "ok", "failed": "bad",
    "cancelled": "idle", "expired": "idle",
}  # fmt: skip
_LABELS = {"empty": "imports.empty_cells"}  # fields whose words are not called as they are
MOST_COLUMNS = 12  # of a preview
Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ShownRun:
    """An import with what a page says about it; `table` is None where it is gone."""

    run: Run
    table: Table | None
    label: str
    state: str

    @property
    def tone(self) -> str:
        """Of its badge."""
        return TONES[self.state]

    @property
    def words(self) -> str:
        """Its state."""
        return t(f"imports.state_{self.state}")

    @property
    def href(self) -> str:
        """Its page."""
        return f"/imports/{self.run.id}"

    @property
    def list_href(self) -> str | None:
        """The list of the table it goes into."""
        return addresses.list_href(self.table) if self.table else None

    @property
    def change(self) -> str | None:
        """The reference of the change it became."""
        return None if self.run.change_id is None else reference(self.run.change_id)

    @property
    def share(self) -> int | None:
        """How much of the file was read, in percent; None where it cannot be told."""
        run = self.run
        return min(99, run.read_bytes * 100 // run.bytes) if run.read_bytes and run.bytes else None

    @property
    def steps(self) -> list[dict[str, str]]:
        """File, reading, dry run, proposal: which is done, and where it is."""
        names = ("file", "read", "check", "propose")
        at = {"uploaded": 1, "waiting": 2, "running": 2, "checked": 3, "proposed": 4}.get(self.run.state, 1)
        states = ["done" if n < at else "current" if n == at else "todo" for n in range(len(names))]
        if self.run.state == "failed":
            states[2] = "failed"
        return [
            {"label": t(f"imports.step.{name}"), "state": state}
            for name, state in zip(names, states, strict=True)
        ]


def shown(run: Run, catalog: Catalog) -> ShownRun:
    """The import as a page shows it."""
    try:
        table: Table | None = catalog.by_name(run.schema, run.table)
    except UnknownTable:
        table = None
    state = "expired" if run.file is None and run.state != "proposed" else run.state
    return ShownRun(run, table, table.label if table else f"{run.schema}.{run.table}", state)


@dataclass(frozen=True)
class Choices(Troubled):
    """The form of the choices: how the file is read, which column is which, what happens."""

    shown: ShownRun
    seen: View
    plan: Plan
    rows: Sequence[Row] = ()
    sheets: Sequence[str] = ()
    broken: str | None = None
    remembered: bool = False

    @property
    def sheet_options(self) -> list[Option]:
        """The workbook's sheets."""
        return [(name, name) for name in self.sheets]

    def options(self, name: str) -> list[Option]:
        """What there is to choose from."""
        values: dict[str, Sequence[str]] = {
            "encoding": ENCODINGS, "separator": SEPARATORS, "quote": QUOTES, "escape": ESCAPES,
            "decimal": DECIMALS, "thousands": THOUSANDS, "dates": DATES, "empty": EMPTIES, "mode": MODES,
            "percent": PERCENTS,
        }  # fmt: skip
        return [(value, t(f"imports.{name}.{value}")) for value in values[name]]

    @cached_property
    def columns(self) -> list[Option]:
        """The columns a cell may go into."""
        must, key = set(needed(self.seen)), set(self.seen.table.key)
        found = []
        for name in settable(self.seen):
            label = self._label(name)
            notes = [t("imports.is_key")] if name in key else []
            notes += [t("imports.is_needed")] if name in must else []
            found.append((name, f"{label} ({', '.join(notes)})" if notes else label))
        return found

    def _label(self, name: str) -> str:
        return self.seen.table.columns[name].label or name

    @property
    def missing(self) -> str | None:
        """What new rows would need that no cell goes into."""
        if not self.seen.may("create"):
            return None
        offered = {name for name, _ in self.columns}
        names = [self._label(n) for n in needed(self.seen) if n in offered and n not in self.plan.mapped]
        return t("imports.missing", columns=", ".join(names)) if names else None

    @property
    def matches(self) -> list[Option]:
        """By what a row may be found."""
        key = self.seen.table.key
        found = [("", t("imports.match."))]
        for names in matchable(self.seen):
            labels = ", ".join(self.seen.table.columns[name].label or name for name in names)
            found.append(
                (match_text(names), t("imports.match_key", columns=labels) if names == key else labels)
            )
        return found

    @property
    def match(self) -> str:
        """The chosen one, as the form has it."""
        return match_text(self.plan.match)

    @property
    def cells(self) -> list[tuple[int, str, str, str]]:
        """(place, header, chosen column, an example) for each cell of the header."""
        return [
            (n, text, self.plan.columns[n] or "" if n < len(self.plan.columns) else "", self._example(n))
            for n, text in enumerate(self.plan.header)
        ]

    @property
    def preview_header(self) -> Sequence[str]:
        """The header's first cells."""
        return self.plan.header[:MOST_COLUMNS]

    @property
    def more_columns(self) -> int:
        """How many are not shown."""
        return max(0, len(self.plan.header) - MOST_COLUMNS)

    @property
    def preview(self) -> list[tuple[int, list[str], str | None]]:
        """The first rows: line, cells, what is wrong with the row as a whole."""
        width = len(self.preview_header)
        found = []
        for line, cells, wrong in self.rows[:SHOWN_ROWS]:
            texts = [_short(cell_text(cell)) for cell in cells[:width]]
            found.append((line, texts + [""] * (width - len(texts)), wrong))
        return found

    @property
    def errors(self) -> list[tuple[str | None, str, str]] | None:
        """The marked fields; those of one cell lead to its select."""
        if self.trouble is None or not self.trouble.fields:
            return None
        return [(_control(name), self._said(name), text) for name, text in self.trouble.fields.items()]

    def _said(self, name: str) -> str:
        if name.startswith("c."):
            place = int(name[2:])
            return self.plan.header[place] if place < len(self.plan.header) else ""
        return t(_LABELS.get(name, f"imports.{name}"))

    def _example(self, place: int) -> str:
        texts = (cell_text(cells[place]) for _, cells, _ in self.rows if place < len(cells))
        found = next((text for text in texts if text.strip()), "")
        return _short(storable(found), 30)


@dataclass(frozen=True, slots=True)
class Result:
    """The judged rows of one tab."""

    shown: ShownRun
    seen: View
    tab: str
    rows: Sequence[Staged]
    next_href: str | None
    # "moved_since": the table is another one; "other_rights": the person's are. No rows then.
    why_not: str | None
    first_href: str | None = None

    @property
    def tabs(self) -> list[dict[str, object]]:
        """New, changed, same, bad, with how many there are."""
        return [
            {
                "label": t(f"imports.tab.{state}"), "count": f"{self.shown.run.count(state):,}",
                "href": f"{self.shown.href}?tab={state}#result", "current": state == self.tab,
            }
            for state in imports.STATES
        ]  # fmt: skip

    def label(self, name: str) -> str:
        """What a column is called."""
        column = self.seen.table.columns.get(name)
        return (column.label or name) if column else name

    def differences(self, row: Staged) -> list[tuple[str, str | None, str | None]]:
        """(column, was, will be), of columns the person sees."""
        base = self.seen.redact(row.base)
        return [(self.label(name), base[name], row.after[name]) for name in self._order(row) if name in base]

    def values(self, row: Staged) -> list[tuple[str, str | None]]:
        """(column, value) of a new row."""
        return [(self.label(name), row.after[name]) for name in self._order(row)]

    def _order(self, row: Staged) -> list[str]:
        """The columns a row sets, in the order of the file: jsonb keeps none."""
        return [name for name in self.shown.run.plan.mapped if name in row.after]

    def file_cells(self, row: Staged) -> list[tuple[str, str]]:
        """(header, cell) as it stands in the file, empty ones left out."""
        header = self.shown.run.plan.header
        return [
            (header[n] if n < len(header) else "", _short(text, 200))
            for n, text in enumerate(row.cells[:MOST_COLUMNS])
            if text
        ]

    def href(self, row: Staged) -> str | None:
        """The page of the row it was found to be."""
        return None if row.key is None else addresses.row_href(self.seen.table, row.key)

    def name(self, row: Staged) -> str:
        """The row's key as a person writes it."""
        return "" if row.key is None else ", ".join(parse_key(row.key, len(self.seen.table.key)))

    def reasons(self, row: Staged) -> list[tuple[str | None, str]]:
        """(column's label or None, sentence)."""
        return [(None if name is None else self.label(name), text) for name, text in row.problems]


def match_text(names: Sequence[str]) -> str:
    """A set of columns as a form's value."""
    return key_text(names) if names else ""


def _control(name: str) -> str | None:
    return None if name == "columns" else name


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

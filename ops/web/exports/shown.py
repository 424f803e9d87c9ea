"""An export as the pages show it: a label, a tone and words for its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops.catalog import Catalog, Table, UnknownTable
from ops.exports import Run
from ops.web import addresses
from ops.web.forms import own_path
from ops.words import t

TONES = {
    "waiting": "idle",
    "running": "info",
    "done": "ok",
    "failed": "bad",
    "cancelled": "idle",
    "expired": "idle",
}


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run with what a page says about it; `list_address` is None where the table is gone."""

    run: Run
    label: str
    state: str
    tone: str
    words: str
    list_address: str | None
    masked: str | None = None  # labels of the columns that stand in the file as masks

    @property
    def ready(self) -> bool:
        """Whether there is a file to download."""
        return self.state == "done"


def shown(run: Run, catalog: Catalog) -> ShownRun:
    """The run as a page shows it."""
    try:
        table: Table | None = catalog.by_name(run.schema, run.table)
    except UnknownTable:
        table = None
    state = "expired" if run.state == "done" and run.file is None else run.state
    return ShownRun(
        run=run,
        label=table.label if table else f"{run.schema}.{run.table}",
        state=state,
        tone=TONES[state],
        words=t(f"exports.state_{state}"),
        list_address=list_address(table, run.list) if table else None,
        masked=_labels(table, run.masked) if table else None,
    )


def _labels(table: Table, names: Sequence[str]) -> str | None:
    return ", ".join(table.columns[name].label for name in names if name in table.columns) or None


def list_address(table: Table, list_: str) -> str:
    """The list an export was asked from."""
    plain = addresses.list_href(table)
    return own_path(f"{plain}?{list_}", plain) if list_ else plain

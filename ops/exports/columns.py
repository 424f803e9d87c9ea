"""Which of a table's columns a file holds in full, which as masks, and which not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ops.policy import View


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the table's columns, as the export's view has them."""

    plain: tuple[str, ...]
    masked: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def facts(self) -> Mapping[str, str]:
        """For the event. A reader is told only of columns that their own view has (`ops.history`)."""
        said = {"columns": self.plain, "masked": self.masked, "left_out": self.left_out}
        return {name: ", ".join(names) for name, names in said.items() if names}


def columns_of(seen: View) -> Columns:
    """The columns of a file written from this view."""
    readable = {one.name for one in seen.shown}
    return Columns(
        tuple(one.name for one in seen.shown if not one.masked),
        tuple(one.name for one in seen.shown if one.masked),
        tuple(name for name in seen.table.columns if name not in readable),
    )

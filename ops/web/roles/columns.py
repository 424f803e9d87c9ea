"""What a right says of each column, as one choice a form can hold: plain, read-only, a mask, hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ops import policy
from ops.catalog import Table
from ops.roles import TableRule
from ops.web.right_words import PATTERNS

PLAIN, READONLY, HIDDEN = "plain", "readonly", "hidden"
STATES = (PLAIN, READONLY, *PATTERNS, HIDDEN)


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of the form. `suggested`: the mask that its name or content calls for; `key`: always shown plain."""

    name: str
    label: str
    type: str
    state: str
    key: bool
    nobody: bool  # hidden from everybody by its resource, whatever a right says
    suggested: str | None

    @property
    def loose(self) -> bool:
        """Whether it looks personal and leaves as it is."""
        return self.suggested is not None and self.state in (PLAIN, READONLY)


def states_of(rule: TableRule | None) -> dict[str, str]:
    """The choice for each column a rule speaks of."""
    if rule is None:
        return {}
    return {
        **dict.fromkeys(rule.readonly, READONLY),
        **rule.masked,
        **dict.fromkeys(rule.hidden, HIDDEN),
    }


def lines(table: Table, chosen: Mapping[str, str]) -> list[ColumnLine]:
    """A line for each column, in the table's order."""
    personal = suggested(table)
    return [
        ColumnLine(
            name=name,
            label=column.label or name,
            type=column.type,
            state=chosen.get(name, PLAIN),
            key=name in table.key,
            nobody=name in table.resource.hidden,
            suggested=None if name in table.key else personal.get(name),
        )
        for name, column in table.columns.items()
    ]


def suggested(table: Table) -> dict[str, str]:
    """The mask for each column that looks personal and that no resource settles already."""
    pointing = {name for foreign in table.foreign_keys for name in foreign.columns}
    settled = {*table.resource.hidden, *table.resource.masked, *table.key, *pointing}
    found = (
        (name, policy.suggested(column)) for name, column in table.columns.items() if name not in settled
    )
    return {name: said[0] for name, said in found if said is not None}


def with_suggestions(lines: Sequence[ColumnLine]) -> dict[str, str]:
    """The choices once every suggestion is taken that is not stricter already."""
    return {one.name: one.suggested if one.loose and one.suggested else one.state for one in lines}


def sorted_out(chosen: Mapping[str, str]) -> tuple[list[str], dict[str, str], list[str]]:
    """(hidden, masked, readonly) as a right keeps them."""
    hidden = sorted(name for name, state in chosen.items() if state == HIDDEN)
    masked = {name: state for name, state in sorted(chosen.items()) if state in PATTERNS}
    readonly = sorted(name for name, state in chosen.items() if state == READONLY)
    return hidden, masked, readonly

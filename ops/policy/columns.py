"""What becomes of each column for a set of roles: plain, masked, hidden; to be written or only read.

Roles add up, and never more than adds up: a column is plain if a role that sees *every* row shows it plain, or
if all roles that see the table do. Else it is masked, if the same holds of plain or masked; else it is hidden.
A role that shows it in some rows does not open it in the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ops.catalog import Column, Table
from ops.policy.masking import STRICTEST_FIRST
from ops.roles import TableRule


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column one may read. `pattern`: the mask it leaves as, None for plain.

    `editable`: one may propose a new value for it in a row that is there; `creatable`: in a new one.
    """

    column: Column
    pattern: str | None
    editable: bool
    creatable: bool

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def masked(self) -> bool:
        """Whether it leaves as a mask only."""
        return self.pattern is not None


@dataclass(frozen=True, slots=True)
class Voice:
    """What one role says of the table: its rule, and whether that is for every row."""

    rule: TableRule
    every_row: bool


def columns_of(table: Table, roles: frozenset[str], voices: Sequence[Voice]) -> tuple[ViewColumn, ...]:
    """The readable columns for `roles`, whose rules are `voices`: the table's in its order, then computed ones."""
    every = (*table.columns.values(), *table.computed.values())
    found = (_column(table, column, roles, voices) for column in every)
    return tuple(one for one in found if one is not None)


def pattern_in(table: Table, column: str, roles: frozenset[str], rule: TableRule) -> str | None:
    """The mask under which one role's rule shows the column; None: plain. What the Resource says counts too."""
    said = [rule.masked[column]] if column in rule.masked else []
    declared = table.resource.masked.get(column)
    if declared is not None and declared.role not in roles:
        said.append(declared.pattern)
    return min(said, key=_strictness) if said else None


def guarded(table: Table, rules: Iterable[TableRule]) -> dict[str, str]:
    """The columns that the Resource or one of the `rules` masks, whoever sees them, with the strictest mask said."""
    found = {name: [mask.pattern] for name, mask in table.resource.masked.items()}
    for rule in rules:
        for name, pattern in rule.masked.items():
            found.setdefault(name, []).append(pattern)
    # The key stands in every address: a rule that masks it allows nothing at all.
    return {name: min(said, key=_strictness) for name, said in found.items() if name not in table.key}


def _column(
    table: Table, column: Column, roles: frozenset[str], voices: Sequence[Voice]
) -> ViewColumn | None:
    name = column.name
    if name in table.resource.hidden:
        return None
    seeing = [voice for voice in voices if "see" in voice.rule.verbs]
    showing = [voice for voice in seeing if name not in voice.rule.hidden]
    # What a role shows of every row it may show; what it shows of some, only if all the others show as much.
    everywhere = [voice for voice in showing if voice.every_row]
    if not everywhere and len(showing) < len(seeing):
        return None
    patterns = [pattern_in(table, name, roles, voice.rule) for voice in everywhere or showing]
    pattern = _together(patterns, telling=bool(everywhere))
    free = pattern is None and not column.computed and name not in table.resource.readonly and table.writable
    key = name in table.key
    return ViewColumn(
        column,
        pattern,
        free and not key and _written(table, name, roles, voices, "edit"),
        free and _written(table, name, roles, voices, "create"),
    )


def _written(table: Table, name: str, roles: frozenset[str], voices: Sequence[Voice], verb: str) -> bool:
    """Whether the roles that give the verb let its people set the column: one for every row, or all of them."""
    giving = [voice for voice in voices if verb in voice.rule.verbs]
    free = [v for v in giving if _sets(table, name, roles, v.rule)]
    return bool(giving) and (len(free) == len(giving) or any(voice.every_row for voice in free))


def _sets(table: Table, name: str, roles: frozenset[str], rule: TableRule) -> bool:
    fixed = name in rule.readonly or name in rule.hidden
    return not fixed and pattern_in(table, name, roles, rule) is None


def stricter(patterns: Sequence[str]) -> str:
    """Of several masks the one that tells least."""
    return min(patterns, key=_strictness)


def _strictness(pattern: str) -> int:
    return STRICTEST_FIRST.index(pattern) if pattern in STRICTEST_FIRST else 0


def _together(patterns: Sequence[str | None], *, telling: bool) -> str | None:
    """One mask for several: the one that tells most, or the one that tells least; plain tells all."""
    masks = [one for one in patterns if one is not None]
    if not masks or (telling and len(masks) < len(patterns)):
        return None
    return max(masks, key=_strictness) if telling else min(masks, key=_strictness)

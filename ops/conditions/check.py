"""Does a condition fit these columns? Problems in words, before anything is run."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Protocol

from ops.conditions.tree import (
    All,
    Among,
    Between,
    Changed,
    Compare,
    Condition,
    Constant,
    Empty,
    InGroups,
    Match,
    Me,
    Name,
    Node,
    Not,
    Some,
)
from ops.conditions.values import value_problem


class ColumnLike(Protocol):
    """What a check needs to know of a column; `ops.catalog.Column` is one."""

    @property
    def name(self) -> str: ...
    @property
    def base(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def comparable(self) -> bool: ...
    @property
    def enum_values(self) -> tuple[str, ...] | None: ...


# Of these types it is known without asking the database whether a text is a value.
_PERSONAL = frozenset(("text", "integer", "number", "enum", "uuid"))


def check(
    condition: Condition, columns: Mapping[str, ColumnLike], *, rule: bool = False, person: bool = False
) -> list[str]:
    """The problems of `condition` on these columns, each one sentence; an empty list means it fits.

    With `rule` every column must say its side (`old.` or `new.`); without it none may. With `person` somebody
    asks, so that `me` and `my groups` mean something.
    """
    return _Check(columns, rule, person).node(condition.root)


class _Check:
    def __init__(self, columns: Mapping[str, ColumnLike], rule: bool, person: bool) -> None:
        self.columns = columns
        self.rule = rule
        self.person = person

    def node(self, node: Node) -> list[str]:
        match node:
            case All(parts) | Some(parts):
                return [problem for part in parts for problem in self.node(part)]
            case Not(part):
                return self.node(part)
            case Changed(name):
                if not self.rule:
                    return ["changed(…) only has a meaning in rules, where there is an old and a new value"]
                return self.column(name, sided=False)
            case Compare(left, op, right):
                return self.compare(left, op, right)
            case Match(left, _, text):
                return self.column(left) or _nul(left, text)
            case Among(left, values):
                return self.values(left, values)
            case InGroups(left):
                return self.personal(left, "my groups")
            case Between(left, low, high):
                return self.values(left, (low, high))
            case Empty(left):
                return self.column(left)

    def column(self, name: Name, *, sided: bool = True) -> list[str]:
        if name.column not in self.columns:
            close = get_close_matches(name.column, self.columns, n=1)
            hint = (
                f"; did you mean {close[0]}?" if close else "; there are " + ", ".join(sorted(self.columns))
            )
            return [f"no column “{name.column}”{hint}"]
        if sided and self.rule and not name.side:
            return [f"write new.{name.column} or old.{name.column}: a rule sees the row before and after"]
        if name.side and not self.rule:
            return [f"write {name.column}: only rules know {name.side}.{name.column}"]
        return []

    def compared(self, name: Name) -> list[str]:
        problems = self.column(name)
        if not problems and not self.columns[name.column].comparable:
            kind = self.columns[name.column].base
            return [f"{name.column} is {kind}, which PostgreSQL cannot compare; use “is empty” or “contains”"]
        return problems

    def values(self, name: Name, values: tuple[Constant, ...]) -> list[str]:
        problems = self.compared(name)
        if problems:
            return problems
        column = self.columns[name.column]
        found = (value_problem(column.name, column.base, v.text, column.enum_values) for v in values)
        return [problem for problem in found if problem]

    def personal(self, left: Name, said: str) -> list[str]:
        if not self.person:
            return [f"{said} only has a meaning in row conditions, where somebody asks for the row"]
        problems = self.compared(left)
        if not problems and self.columns[left.column].category not in _PERSONAL:
            problems = [
                f"{left.full} is {self.columns[left.column].base}, which does not compare with {said}"
            ]
        return problems

    def compare(self, left: Name, op: str, right: Name | Constant | Me) -> list[str]:
        if isinstance(right, Constant):
            return self.values(left, (right,))
        if isinstance(right, Me):
            return self.personal(left, f"me.{right.path}" if right.path else "me")
        problems = self.compared(left) + self.compared(right)
        if not problems:
            one, other = self.columns[left.column], self.columns[right.column]
            if one.base != other.base and _family(one) != _family(other):
                problems = [
                    f"{left.full} is {one.base} and {right.full} is {other.base}: they do not compare"
                ]
        return problems


def _family(column: ColumnLike) -> str:
    # What PostgreSQL compares across types: numbers with numbers, texts with texts, dates with moments.
    kinds = {"integer": "number", "timestamp": "date"}
    if column.category in ("integer", "number", "text", "date", "timestamp"):
        return kinds.get(column.category, column.category)
    return column.base


def _nul(name: Name, text: Constant) -> list[str]:
    return [f"the text for {name.column} holds the character NUL"] if "\x00" in text.text else []

"""The list's simple filters: one column, one operation, a value; they become conditions like any other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ops.conditions.check import ColumnLike, check
from ops.conditions.tree import (
    All,
    Among,
    Between,
    Compare,
    Condition,
    Constant,
    Empty,
    Match,
    Name,
    Node,
    Not,
)

# How many values an operation takes: exactly one, none, two, or (-1) one and more, separated by commas.
ARITY = {
    "is": 1,
    "not": 1,
    "gt": 1,
    "ge": 1,
    "lt": 1,
    "le": 1,
    "contains": 1,
    "starts": 1,
    "in": -1,
    "between": 2,
    "empty": 0,
    "filled": 0,
    "true": 0,
    "false": 0,
}
_SIGNS = {"is": "=", "not": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
MAX_VALUES = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """`column op value`; `in` and `between` take a list with commas (`\\,` is a comma itself)."""

    column: str
    op: str
    value: str = ""

    def values(self) -> tuple[str, ...]:
        """The values the operation works on."""
        arity = ARITY.get(self.op, 1)
        if arity == 0:
            return ()
        return (self.value,) if arity == 1 else tuple(_split(self.value))

    def node(self) -> Node:
        """This filter as a node of a condition. `filter_problem` must have passed."""
        name = Name(self.column)
        constants = tuple(Constant(value) for value in self.values())
        if self.op in _SIGNS:
            return Compare(name, _SIGNS[self.op], constants[0])
        if self.op in ("contains", "starts"):
            return Match(name, self.op, constants[0])
        if self.op == "in":
            return Among(name, constants)
        if self.op == "between":
            return Between(name, constants[0], constants[1])
        if self.op in ("true", "false"):
            return Compare(name, "=", Constant(self.op, kind="boolean"))
        return Empty(name) if self.op == "empty" else Not(Empty(name))


def conjunction(filters: Iterable[Filter]) -> Condition:
    """All filters together, as one condition; none at all is true."""
    return Condition("", All(tuple(one.node() for one in filters)))


def filter_problem(one: Filter, column: ColumnLike) -> str | None:
    """What is wrong with a filter on this column, in a sentence, or None."""
    if one.op not in ARITY:
        return f"“{one.op}” is no way to filter; there are {', '.join(ARITY)}"
    values = one.values()
    if one.op == "between" and len(values) != 2:
        return f"{column.name}: between takes two values with a comma, such as 10,20"
    if one.op == "in" and not 1 <= len(values) <= MAX_VALUES:
        return f"{column.name}: in takes 1 to {MAX_VALUES} values with commas"
    if one.op in ("true", "false") and column.base != "boolean":
        return f"{column.name} is {column.base}, not yes or no"
    problems = check(Condition("", one.node()), {one.column: column})
    return problems[0] if problems else None


def _split(text: str) -> list[str]:
    parts: list[str] = [""]
    escaped = False
    for char in text:
        if escaped:
            parts[-1] += char if char in ",\\" else "\\" + char
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == ",":
            parts.append("")
        else:
            parts[-1] += char
    if escaped:
        parts[-1] += "\\"
    return parts

"""The list's simple filters: one column, one operation, a value; they become conditions like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ops.conditions import moments
from ops.conditions.check import ColumnLike, check
from ops.conditions.moments import MOST_DAYS, PERIODS, Clock
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
    Some,
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
    "lacks": 1,
    "starts": 1,
    "has": 1,
    "in": -1,
    "notin": -1,
    "between": 2,
    "last": 1,
    "next": 1,
    "during": 1,
    "empty": 0,
    "filled": 0,
    "true": 0,
    "false": 0,
}
_SIGNS = {"is": "=", "not": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_TIMES = frozenset({"date", "timestamp"})
# Operations of some types only. What else a type is offered: ops/conditions/offered.py.
_ONLY = {
    "true": frozenset({"boolean", "inside"}),
    "false": frozenset({"boolean", "inside"}),
    "last": _TIMES,
    "next": _TIMES,
    "during": _TIMES,
    "has": frozenset({"array"}),
}
# Of these no value has a text without a character, so that "empty" is NULL alone, which an index can find.
_NEVER_BLANK = _TIMES | frozenset(
    ("boolean", "integer", "number", "money", "time", "interval", "uuid", "enum", "json", "array", "network")
)
MAX_VALUES = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """`column op value`; `in` and `between` take a list with commas (`\\,` is a comma itself).

    `path` goes on from there: `column` is then the role of a foreign key, and the path a column of the other table, or
    `column` is a JSON column and the path leads to a value inside it; docs/addresses.md tells which.
    """

    column: str
    op: str
    value: str = ""
    path: tuple[str, ...] = ()

    def values(self) -> tuple[str, ...]:
        """The values the operation works on."""
        arity = ARITY.get(self.op, 1)
        if arity == 0:
            return ()
        return (self.value,) if arity == 1 else tuple(split(self.value))

    def node(self, column: ColumnLike, clock: Clock) -> Node:
        """This filter as a node of a condition, on a name of its own. `filter_problem` must have passed."""
        if column.category in _TIMES and (found := _of_time(self, column, clock)) is not None:
            return found
        name, values = Name(self.column), self.values()
        constants = tuple(Constant(value) for value in values)
        if self.op in _SIGNS:
            return Compare(name, _SIGNS[self.op], constants[0])
        if self.op in ("contains", "starts", "has"):
            return Match(name, self.op, constants[0])
        if self.op == "lacks":
            return Not(Match(name, "contains", constants[0]))
        if self.op in ("in", "notin"):
            return Among(name, constants) if self.op == "in" else Not(Among(name, constants))
        if self.op == "between":
            return Between(name, constants[0], constants[1])
        if self.op in ("true", "false"):
            return Compare(name, "=", Constant(self.op, kind="boolean"))
        empty = Empty(name, null_only=column.category in _NEVER_BLANK)
        return empty if self.op == "empty" else Not(empty)


def filter_problem(one: Filter, column: ColumnLike) -> str | None:
    """What is wrong with a filter on this column, in a sentence, or None."""
    if one.op not in ARITY:
        return f"“{one.op}” is no way to filter; there are {', '.join(ARITY)}"
    values = one.values()
    if one.op == "between" and len(values) != 2:
        return f"{column.name}: between takes two values with a comma, such as 10,20"
    if one.op in ("in", "notin") and not 1 <= len(values) <= MAX_VALUES:
        return f"{column.name}: {one.op} takes 1 to {MAX_VALUES} values with commas"
    if column.category not in _ONLY.get(one.op, (column.category,)):
        wanted = {"has": "a list", "true": "yes or no", "false": "yes or no"}.get(one.op, "a date")
        return f"{column.name} is {column.base}, not {wanted}"
    if one.op in ("last", "next") and not (one.value.isascii() and one.value.isdecimal()):
        return f"{column.name}: {one.op} takes a number of days; “{one.value[:60]}” is none"
    if one.op in ("last", "next") and int(one.value[:9]) > MOST_DAYS:
        return f"{column.name}: {one.op} takes at most {MOST_DAYS:,} days"
    if one.op == "during" and one.value not in PERIODS:
        return f"{column.name}: during takes one of {', '.join(PERIODS)}"
    problems = check(Condition("", one.node(column, Clock.here("UTC"))), {one.column: column})
    return problems[0] if problems else None


def split(text: str) -> list[str]:
    """The values of a list: `a,b`, where `\\,` is a comma itself and `\\\\` a backslash."""
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


def joined(values: tuple[str, ...] | list[str]) -> str:
    """Values as one list; `split` takes it apart again."""
    return ",".join(value.replace("\\", "\\\\").replace(",", "\\,") for value in values)


def _of_time(one: Filter, column: ColumnLike, clock: Clock) -> Node | None:
    """A filter on days or moments; None where it is like any other."""
    name = Name(one.column)
    is_date = column.category == "date"
    zoned = "with time zone" in column.base
    if one.op == "during":
        days = moments.period(one.value, clock.today)
        if is_date:
            return _within(name, *(day.isoformat() for day in days))
        return _within(name, *(moments.begins(day, clock, zoned=zoned) for day in days))
    if one.op in ("last", "next"):
        return _near(one, name, clock, is_date=is_date, zoned=zoned)
    if is_date or one.op not in (*_SIGNS, "between", "in", "notin"):
        return None
    typed = [moments.stretch(value, clock, zoned=zoned) for value in one.values()]
    parts = [_in_stretch(name, each) for each in typed]
    if one.op == "in":
        return Some(tuple(parts))
    if one.op in ("not", "notin"):
        return Not(Some(tuple(parts)))
    if one.op == "between":
        return All((_ge(name, typed[0].first), _until(name, typed[1])))
    first, beyond = typed[0].first, typed[0].beyond
    match one.op:
        case "is":
            return parts[0]
        case "ge":
            return _ge(name, first)
        case "lt":
            return Compare(name, "<", Constant(first))
        case "le":
            return _until(name, typed[0])
        case _:
            return _ge(name, beyond) if beyond else Compare(name, ">", Constant(first))


def _near(one: Filter, name: Name, clock: Clock, *, is_date: bool, zoned: bool) -> Node:
    """In the last or the next days: from the day that begins so many days ago, until now; or the other way round."""
    days = timedelta(days=int(one.value))
    if is_date:
        ends = (clock.today - days, clock.today) if one.op == "last" else (clock.today, clock.today + days)
        return Between(name, Constant(str(ends[0])), Constant(str(ends[1])))
    now = moments.now_there(clock, zoned=zoned)
    if one.op == "last":
        since = moments.begins(clock.today - days, clock, zoned=zoned)
        return All((_ge(name, since), Compare(name, "<=", Constant(now))))
    beyond = moments.begins(clock.today + days + timedelta(days=1), clock, zoned=zoned)
    return _within(name, now, beyond)


def _in_stretch(name: Name, one: moments.Stretch) -> Node:
    return _within(name, one.first, one.beyond) if one.beyond else Compare(name, "=", Constant(one.first))


def _within(name: Name, first: str, beyond: str) -> Node:
    return All((_ge(name, first), Compare(name, "<", Constant(beyond))))


def _ge(name: Name, text: str) -> Node:
    return Compare(name, ">=", Constant(text))


def _until(name: Name, one: moments.Stretch) -> Node:
    return (
        Compare(name, "<", Constant(one.beyond)) if one.beyond else Compare(name, "<=", Constant(one.first))
    )

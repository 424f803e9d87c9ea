"""From tree to SQL: values are bound and cast to the column's type, columns come by callback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

from ops.conditions.tree import (
    GROUPS,
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

Resolve = Callable[[str], "sa.ColumnElement[Any]"]
Cast = Callable[[str, str | None], "sa.ColumnElement[Any]"]
Person = Callable[[str, str], Sequence[str]]
Collate = Callable[[str, "sa.ColumnElement[Any]"], "sa.ColumnElement[Any]"]


class NoPerson(ValueError):
    """The condition compares with the person who asks, and nobody asks here."""


class NamedType(UserDefinedType[Any]):
    """A PostgreSQL type by the name format_type prints; values pass as they are."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """The type's name, with `%` doubled for the driver's placeholders."""
        return self.name.replace("%", "%%")


class Collated(str):
    """A type's name, for values of a column that compares by a `collation` of its own (as SQL, qualified)."""

    collation: str

    def __new__(cls, name: str, collation: str) -> Collated:
        """The name, which is all that a CAST is told, and the collation."""
        made = super().__new__(cls, name)
        made.collation = collation
        return made


def typed(text: str | None, type_name: str) -> sa.ColumnElement[Any]:
    """The bound text, read by PostgreSQL as a `type_name` of the catalog; a person never names a type."""
    return sa.cast(sa.literal(text, sa.Text), NamedType(type_name))


def collated(value: sa.ColumnElement[Any], type_name: str) -> sa.ColumnElement[Any]:
    """The value, which compares with others as the column of `type_name` does."""
    if not isinstance(type_name, Collated):
        return value
    return value.op("COLLATE")(sa.literal_column(type_name.collation, NamedType(type_name)))


def pattern(text: str, how: str) -> str:
    """The LIKE pattern that finds `text` itself: "contains" anywhere, "starts" at the beginning."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if how == "contains" else f"{escaped}%"


def element(text: str) -> str:
    """An array of one element, as PostgreSQL writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{"{escaped}"}}'


def to_sql(
    condition: Condition, resolve: Resolve, cast: Cast, person: Person | None = None,
    collate: Collate | None = None,
) -> sa.ColumnElement[bool]:  # fmt: skip
    """The condition as a boolean expression with SQL's three values: NULL in, unknown out.

    `resolve(name)` gives the column (`total`, `old.total`) or raises; `cast(name, text)` gives the text as a
    bound constant of that column's type. Text is compared by PostgreSQL, with the column's collation.
    `person(name, path)` gives what the person who asks has there, as texts that column can hold: none is NULL,
    which no comparison passes. `collate(name, value)`: as that column compares, where `resolve` gives no column, and
    `cast` does so, too. Raises NoPerson where the condition needs it and it is not given.
    """
    return _Writer(resolve, cast, person, collate).node(condition.root)


class _Writer:
    def __init__(self, resolve: Resolve, cast: Cast, person: Person | None, collate: Collate | None) -> None:
        self.resolve = resolve
        self.cast = cast
        self.person = person
        self.collate = collate or (lambda _, value: value)

    def node(self, node: Node) -> sa.ColumnElement[bool]:
        match node:
            case All(parts):
                return sa.and_(sa.true(), *(self.node(part) for part in parts))
            case Some(parts):
                return sa.or_(sa.false(), *(self.node(part) for part in parts))
            case Not(part):
                return sa.not_(self.node(part).self_group())
            case Compare(left, op, right):
                return self.compare(left, op, right)
            case Match(left, how, text):
                return self.match(left, how, text)
            case Among(left, values):
                constants = [self.cast(left.full, value.text) for value in values]
                return self.resolve(left.full).in_(constants)
            case InGroups(left):
                groups = self.theirs(left, GROUPS)
                constants = [self.cast(left.full, group) for group in groups or (None,)]
                return self.resolve(left.full).in_(constants)
            case Between(left, low, high):
                column = self.resolve(left.full)
                return column.between(self.cast(left.full, low.text), self.cast(left.full, high.text))
            case Empty(left, null_only):
                return self.empty(left, null_only)
            case Changed(name):
                old = sa.cast(self.resolve(f"old.{name.column}"), sa.Text)
                return old.is_distinct_from(sa.cast(self.resolve(f"new.{name.column}"), sa.Text))

    def theirs(self, left: Name, path: str) -> Sequence[str]:
        if self.person is None:
            raise NoPerson("the condition compares with the person who asks; nobody asks here")
        return self.person(left.full, path)

    def compare(self, left: Name, op: str, right: Name | Constant | Me) -> sa.ColumnElement[bool]:
        column = self.resolve(left.full)
        if isinstance(right, Constant):
            other = self.cast(left.full, right.text)
        elif isinstance(right, Me):
            # A cast of NULL, not NULL itself: `= NULL` is unknown, where IS NULL would hold.
            other = self.cast(left.full, next(iter(self.theirs(left, right.path)), None))
        else:
            other = self.collate(left.full, self.resolve(right.full))
        match op:
            case "=":
                return column == other
            case "!=":
                return column != other
            case "<":
                return column < other
            case "<=":
                return column <= other
            case ">":
                return column > other
            case _:
                return column >= other

    def match(self, left: Name, how: str, text: Constant) -> sa.ColumnElement[bool]:
        if how == "has":
            return self.resolve(left.full).op("@>", is_comparison=True)(
                self.cast(left.full, element(text.text))
            )
        # The cast is nothing for text and varchar, so their indexes still serve.
        value = sa.cast(self.resolve(left.full), sa.Text)
        like = sa.literal(pattern(text.text, how), sa.Text)
        return value.ilike(like) if how == "contains" else value.like(like)

    def empty(self, left: Name, null_only: bool) -> sa.ColumnElement[bool]:
        column = self.resolve(left.full)
        if null_only:
            return column.is_(None)
        # One expression for every type: only a text (or an empty bytea, shown as \x) has no characters.
        return sa.or_(column.is_(None), sa.cast(column, sa.Text) == sa.literal("", sa.Text))

"""From tree to SQL: values are bound and cast to the column's type, columns come by callback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

from ops.conditions.tree import (
    All,
    Among,
    Between,
    Changed,
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

Resolve = Callable[[str], "sa.ColumnElement[Any]"]
Cast = Callable[[str, str], "sa.ColumnElement[Any]"]


class NamedType(UserDefinedType[Any]):
    """A PostgreSQL type by the name format_type prints; values pass as they are."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """The type's name, with `%` doubled for the driver's placeholders."""
        return self.name.replace("%", "%%")


def typed(text: str | None, type_name: str) -> sa.ColumnElement[Any]:
    """The bound text, read by PostgreSQL as a `type_name` of the catalog; a person never names a type."""
    return sa.cast(sa.literal(text, sa.Text), NamedType(type_name))


def pattern(text: str, how: str) -> str:
    """The LIKE pattern that finds `text` itself: "contains" anywhere, "starts" at the beginning."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if how == "contains" else f"{escaped}%"


def to_sql(condition: Condition, resolve: Resolve, cast: Cast) -> sa.ColumnElement[bool]:
    """The condition as a boolean expression with SQL's three values: NULL in, unknown out.

    `resolve(name)` gives the column (`total`, `old.total`) or raises; `cast(name, text)` gives the text as a
    bound constant of that column's type. Text is compared by PostgreSQL, with the column's collation.
    """
    return _Writer(resolve, cast).node(condition.root)


class _Writer:
    def __init__(self, resolve: Resolve, cast: Cast) -> None:
        self.resolve = resolve
        self.cast = cast

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
            case Between(left, low, high):
                column = self.resolve(left.full)
                return column.between(self.cast(left.full, low.text), self.cast(left.full, high.text))
            case Empty(left, null_only):
                return self.empty(left, null_only)
            case Changed(name):
                old = sa.cast(self.resolve(f"old.{name.column}"), sa.Text)
                return old.is_distinct_from(sa.cast(self.resolve(f"new.{name.column}"), sa.Text))

    def compare(self, left: Name, op: str, right: Name | Constant) -> sa.ColumnElement[bool]:
        column = self.resolve(left.full)
        if isinstance(right, Constant):
            other = self.cast(left.full, right.text)
        else:
            other = self.resolve(right.full)
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

"""What begins with any of several spellings, read from one index in one step: each spelling from its own place there.

As a step of its own for each spelling PostgreSQL would plan the same table so many times, which takes longer than
reading what it finds. All spellings under one OR would be read to the end before the first row is had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from ops.catalog import Column, Table
from ops.conditions import pattern
from ops.policy import View

Condition = sa.ColumnElement[Any]
_LAST = "\U0010ffff"
_BASES = ("text", "character varying")


@dataclass(frozen=True, slots=True)
class Bytewise:
    """The comparisons by which an index is sorted, where it sorts texts by their bytes: "at least", "less than"."""

    least: str
    less: str


PATTERNS, PLAIN = Bytewise("~>=~", "~<~"), Bytewise(">=", "<")


@dataclass(frozen=True, slots=True)
class Spelled:
    """Rows whose column begins with one of some spellings; `binds` stand for what `bounds` gives of these."""

    source: sa.Values
    conditions: tuple[Condition, ...]
    order: Condition
    binds: tuple[sa.BindParameter[Any], ...]

    def rows(self, base: sa.Select[Any], most: int, name: str) -> sa.Select[Any]:
        """The rows of `base` found so, at most so many of each spelling; `name` tells it from others."""
        # In the index's own order, and with a limit the planner cannot read: it then expects to need few rows, and
        # never reads all of the index that begins so before it gives the first.
        ordered = base.where(*self.conditions).order_by(self.order)
        each = ordered.limit(sa.literal_column(f"(SELECT {most})")).lateral(name)
        return sa.select(each).select_from(self.source.join(each, sa.true()))


def bytewise(table: Table, column: Column) -> Bytewise | None:
    """How the index compares that serves what the column begins with; None where ranges of it do not serve that."""
    if column.base not in _BASES:
        return None
    for index in table.indexes:
        first = index.columns[0]
        if (
            index.method == "btree" and not index.partial and first.name == column.name
            and first.prefix and first.alike
        ):  # fmt: skip
            return PATTERNS if first.opclass.endswith("_pattern_ops") else PLAIN
    return None


def bounds(spellings: Sequence[str]) -> tuple[str, ...] | None:
    """For each spelling its pattern, itself, and the first text after all that begin with it; None without one."""
    found: list[str] = []
    for one in spellings:
        beyond = _beyond(one)
        if not beyond:
            return None
        found += (pattern(one, "starts"), one, beyond)
    return tuple(found)


def _beyond(text: str) -> str:
    """The first text, by bytes of UTF-8, after all that begin with this one; "" where there is none."""
    text = text.rstrip(_LAST)
    if not text:
        return ""
    number = ord(text[-1]) + 1
    return text[:-1] + chr(0xE000 if number == 0xD800 else number)  # no surrogate is a character


def spelled(view: View, name: str, compared: Bytewise, values: Sequence[str]) -> Spelled:
    """Rows of the view whose column `name` begins so; `values` are those of `bounds`."""
    raw = view.raw(name)
    binds = tuple(sa.literal(one, sa.Text) for one in values)
    columns = (sa.column("pattern", sa.Text), sa.column("least", sa.Text), sa.column("beyond", sa.Text))
    source = sa.values(*columns, name="spelled").data([binds[n : n + 3] for n in range(0, len(binds), 3)])
    likes, least, beyond = source.c
    # LIKE says what is found; the range only where it stands in the index.
    conditions = (
        raw.like(likes), raw.op(compared.least, is_comparison=True)(least),
        raw.op(compared.less, is_comparison=True)(beyond),
    )  # fmt: skip
    order: Condition = UnaryExpression(raw, modifier=custom_op(f"USING {compared.less}"))
    return Spelled(source, conditions, order, binds)

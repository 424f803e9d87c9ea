"""Trying out a row condition before it is anybody's right: what is wrong with it, and which rows it would show."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from ops import conditions
from ops.actor import Actor
from ops.catalog import Catalog, Table
from ops.policy.plan import Plan
from ops.policy.shape import shape_of
from ops.policy.view import view
from ops.roles import Book, Role, TableRule, book_of

_TRIAL = "trial"  # no role of that kind is ever held: it lives for one question


@dataclass(frozen=True, slots=True)
class Tried:
    """`problems`: sentences, none where it fits. `rows`: the asker's own rows that it shows, None where not told."""

    problems: tuple[str, ...] = ()
    rows: sa.Select[Any] | None = None
    unseen: tuple[
        str, ...
    ] = ()  # columns it speaks of that the asker does not read: their rows are not counted


def tried(actor: Actor, table: Table, catalog: Catalog, text: str) -> Tried:
    """Judge the condition as if it were a right of the asker: `me` is they, and only rows they see are counted.

    Raises NotVisible where the table is not theirs to see.
    """
    seen = view(actor, table, catalog)
    try:
        read = conditions.parse(text)
    except conditions.ParseError as error:
        return Tried((str(error),))
    problems = tuple(conditions.check(read, table.columns, person=True))
    unseen = tuple(sorted({name.column for name in read.names() if not seen.sees(name.column)}))
    if problems or unseen:
        return Tried(problems, None, () if problems else unseen)
    rule = TableRule(_TRIAL, table.schema, table.name, frozenset(("see",)), text)
    role = Role(_TRIAL, _TRIAL, tables={(table.schema, table.name): rule})
    book = Book("", MappingProxyType({_TRIAL: role}), book_of(actor).mask_key)
    condition = shape_of(Plan(table, frozenset((_TRIAL,)), book), actor).rows
    rows = seen.select(sa.literal_column("1"))
    return Tried((), rows if condition is None else rows.where(condition))

"""What of a table a set of roles reads: worked out once, shared by every View of the same roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from ops.catalog import Column, PgType, Table
from ops.conditions import Condition, to_sql
from ops.policy.grants import GRANTS
from ops.roles import Permission

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column one may read. `masked`: as a mask only. `editable`: one may propose a new value for it."""

    column: Column
    masked: bool
    editable: bool

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name


class Shape:
    """Columns, masks and row condition for (table, roles). Never changes; remembers what it worked out."""

    def __init__(self, table: Table, roles: frozenset[str]) -> None:
        self.table = table
        self.roles = roles
        self.columns = tuple(
            _column(table, column, roles)
            for column in table.columns.values()
            if column.name not in table.resource.hidden
        )
        self.by_name: Mapping[str, ViewColumn] = MappingProxyType({one.name: one for one in self.columns})
        self.memory: dict[Any, Any] = {}  # what other rooms keep per shape, such as finished statements

    @cached_property
    def rows(self) -> sa.ColumnElement[bool] | None:
        """The row condition, or None where every row may be seen."""
        everybody = self.table.resource.rows.get(EVERYBODY)
        parts = [self._sql(everybody)] if everybody is not None else []
        own = self._by_roles()
        if own:
            parts.append(sa.or_(*(self._sql(condition) for condition in own)))
        return sa.and_(*parts) if parts else None

    def _by_roles(self) -> list[Condition]:
        # Roles add up: a reading role without a condition of its own sees every row.
        reading = [role for role in sorted(self.roles) if Permission.RECORDS_READ in GRANTS.get(role, ())]
        given = self.table.resource.rows
        if not reading or any(role not in given for role in reading):
            return []
        return [given[role] for role in reading]

    def _sql(self, condition: Condition) -> sa.ColumnElement[bool]:
        # The condition may speak of hidden columns: it is the house's own, not the person's.
        return to_sql(condition, lambda name: self.table.core.c[name], self.constant)

    def constant(self, name: str, text: str) -> sa.ColumnElement[Any]:
        """The text as a bound constant of the column's type, without a length: nothing is cut or rounded."""
        return sa.cast(sa.literal(text, sa.Text), PgType(self.table.columns[name].cast_type))


def _column(table: Table, column: Column, roles: frozenset[str]) -> ViewColumn:
    role = table.resource.masked.get(column.name)
    hidden_behind_mask = role is not None and role not in roles
    fixed = column.computed or column.name in table.resource.readonly or column.name in table.key
    return ViewColumn(column, hidden_behind_mask, not (hidden_behind_mask or fixed or not table.writable))


_shapes: dict[tuple[int, frozenset[str]], Shape] = {}
_MOST = 4096


def shape_of(table: Table, roles: frozenset[str]) -> Shape:
    """The shape for (table, roles), made at the first call and kept while the catalog lives."""
    found = _shapes.get((id(table), roles))
    # The shape holds its table, so an id cannot come back for another one while it is kept.
    if found is None or found.table is not table:
        if len(_shapes) >= _MOST:
            _shapes.clear()
        found = _shapes[id(table), roles] = Shape(table, roles)
    return found

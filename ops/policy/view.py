"""The one way business data is read: a View of (person, table)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from ops.actor import Actor
from ops.catalog import Catalog, Table, expression
from ops.policy.columns import ViewColumn
from ops.policy.grants import may
from ops.policy.plan import plan_of
from ops.policy.refusal import Masked, NotVisible
from ops.policy.revealed import until
from ops.policy.shape import Shape, shape_of
from ops.roles import VERBS, Book, Permission, book_of

__all__ = ["View", "ViewColumn", "limited_views", "sees", "view"]


def view(actor: Actor, table: Table, catalog: Catalog | None = None) -> View:
    """The person's view of a table. Raises NotVisible where they may not see it.

    With the `catalog`, titles and searches also follow foreign keys, through the person's view of the target.
    """
    plan = plan_of(table, actor.roles, book_of(actor))
    if "see" not in plan.verbs:
        raise NotVisible(table.ref)
    return View(shape_of(plan, actor, catalog), actor, catalog)


def sees(actor: Actor, table: Table) -> bool:
    """Whether the table exists for the person."""
    return "see" in plan_of(table, actor.roles, book_of(actor)).verbs


def limited_views(actor: Actor, catalog: Catalog) -> list[View]:
    """The person's views of the tables they see on which a row condition holds for them."""
    book = book_of(actor)
    key = (id(catalog), actor.roles, id(book))
    found = _limited.get(key)
    if found is None or found[0] is not catalog or found[1] is not book:
        if len(_limited) >= _MOST:
            _limited.clear()
        plans = (plan_of(table, actor.roles, book) for table in (*catalog, *catalog.house.values()))
        tables = [one.table for one in plans if "see" in one.verbs and one.limited("see")]
        found = _limited[key] = (catalog, book, tables)
    return [view(actor, table, catalog) for table in found[2]]


_limited: dict[tuple[int, frozenset[str], int], tuple[Catalog, Book, list[Table]]] = {}
_MOST = 500  # sets of roles


class View:
    """What one person reads of one table; made by `view`, and again under another name by `alias`."""

    __slots__ = ("_from", "_guarded", "_revealed", "actor", "catalog", "columns", "shape", "shown", "table")

    def __init__(
        self, shape: Shape, actor: Actor, catalog: Catalog | None, source: sa.FromClause | None = None
    ) -> None:
        self.shape = shape
        self.table = shape.table
        self.actor = actor
        self.catalog = catalog
        self.columns: tuple[ViewColumn, ...] = (
            shape.columns
        )  # of the table: what is written, compared, judged
        self.shown: tuple[ViewColumn, ...] = shape.shown  # with those that the Resource computes
        self._from: sa.FromClause = shape.table.core if source is None else source
        self._revealed: str | None = None
        self._guarded: Mapping[str, str] = {}

    def alias(self, name: str) -> View:
        """The same view on the table under another name inside one statement."""
        return View(self.shape, self.actor, self.catalog, self.table.core.alias(name))

    def under(self, verb: str) -> View:
        """The same view with only the rows in which the person may `verb`: what is done is done to these."""
        return View(self.shape.under(verb), self.actor, self.catalog, self._from)

    def revealing(self, key: str) -> View:
        """The same view, where what the person has revealed of the row at `key` (address form) stands in full.

        Nothing else changes: not the other rows, the title, what may be filtered, sorted or written.
        """
        if not may(self.actor, Permission.RECORDS_REVEAL):
            return self
        revealing = View(self.shape, self.actor, self.catalog, self._from)
        revealing._revealed = key
        return revealing

    def revealed_until(self, name: str) -> sa.ColumnElement[Any]:
        """Until when the person sees this cell of `revealing`'s row in full; NULL where they do not."""
        if self._revealed is None or not self.column(name).masked:
            return sa.null()
        return until(self.actor, self.table, self._revealed, name, self._from)

    def for_export(self) -> View:
        """The rows one may export. What is masked data leaves masked, also where the person reads it (P18).

        That is a column which the Resource masks, or one of the person's own roles though another shows it. With
        the permission of its own it leaves as the person reads it.
        """
        exported = self.under("export")
        if not may(self.actor, Permission.EXPORTS_UNMASKED):
            exported._guarded = self.shape.plan.guarded
            exported.shown = tuple(
                replace(one, pattern=one.pattern or exported._guarded.get(one.name)) for one in self.shown
            )
            exported.columns = tuple(one for one in exported.shown if one.column.expression is None)
        return exported

    def rows(self, verb: str = "see") -> sa.ColumnElement[bool] | None:
        """The condition, on the table under its own name, of the rows in which the verb holds; None: every row."""
        return self.shape.under(verb).rows

    def of(self, ref: str) -> View | None:
        """The person's view of another table of the catalog; None where there is none for them."""
        if self.catalog is None:
            return None
        found = self.catalog.tables.get(ref) or self.catalog.house.get(ref)
        try:
            return None if found is None else view(self.actor, found, self.catalog)
        except NotVisible:
            return None

    def column(self, name: str) -> ViewColumn:
        """A readable column, masked or not; raises NotVisible."""
        found = self.shape.by_name.get(name)
        if found is None:
            raise NotVisible(name)
        return found

    def sees(self, name: str) -> bool:
        """Whether the person reads this column unmasked."""
        found = self.shape.by_name.get(name)
        return found is not None and not found.masked

    def text(self, name: str) -> sa.ColumnElement[Any]:
        """The column as PostgreSQL's text, masked where the person sees a mask. Raises NotVisible."""
        text = sa.cast(self._value(name), sa.Text)
        masked = self.shape.mask(name, text, self._guarded.get(name))
        if self._revealed is None or not self.column(name).masked:
            return masked
        return sa.case((self.revealed_until(name).is_not(None), text), else_=masked)

    def brief(self, name: str, length: int) -> sa.ColumnElement[Any]:
        """The first `length` characters of `text(name)`; a long bytea is not even read. Raises NotVisible."""
        one = self.column(name)
        if one.column.category == "bytes" and not one.masked and name not in self._guarded:
            head = sa.func.substring(
                self._value(name), sa.literal_column("1"), sa.literal_column(str(length))
            )
            return sa.func.left(sa.cast(head, sa.Text), sa.literal_column(str(length)))
        return sa.func.left(self.text(name), sa.literal_column(str(length)))

    def raw(self, name: str) -> sa.ColumnElement[Any]:
        """The column itself, for WHERE and ORDER BY only. Raises NotVisible if hidden, Masked if masked."""
        if self.column(name).masked:
            raise Masked(self.column(name).column.label or name)
        return self._value(name)

    def _value(self, name: str) -> sa.ColumnElement[Any]:
        """A readable column, or the expression the Resource computes it by, in this statement."""
        sql = self.column(name).column.expression
        if sql is None:
            found: sa.ColumnElement[Any] = self._from.c[name]
            return found
        return expression(self.table.name, sql, self.table.columns, self._from)

    def constant(self, name: str, text: str | None) -> sa.ColumnElement[Any]:
        """The text as a bound constant of the column's type. Raises NotVisible."""
        return self.shape.constant(self.column(name).name, text)

    def select(self, *items: Any) -> sa.Select[Any]:
        """SELECT of the items from the table, with the person's row condition in WHERE."""
        return self._limited(sa.select(*items).select_from(self._from))

    def limited_rows(self) -> bool:
        """Whether a row condition holds: then the table's estimates are not the person's to see."""
        return self.shape.rows is not None

    def _limited(self, select: sa.Select[Any]) -> sa.Select[Any]:
        rows = self.shape.rows
        if rows is None:
            return select
        if self._from is not self.table.core:
            rows = _moved(rows, self.table.core, self._from)
        return select.where(rows)

    def title(self, depth: int = 2) -> sa.ColumnElement[Any]:
        """What a row is called, as one text expression made of readable columns only; never NULL.

        Titles of other tables come through the person's view of them, where the view knows the catalog.
        """
        if self._revealed is not None:  # a title stands in many places: only the cell itself is shown
            return View(self.shape, self.actor, self.catalog, self._from).title(depth)
        parts: list[sa.ColumnElement[Any]] = []
        for part in self.table.resource.title:
            if part[0] == "text":
                parts.append(sa.literal(part[1], sa.Text))
            elif part[0] == "column" and part[1] in self.shape.by_name:
                parts.append(self.text(part[1]))
            elif part[0] == "reference":
                borrowed = self._borrowed(part[1], part[2], depth)
                parts += [] if borrowed is None else [borrowed]
        if not any(part[0] != "text" for part in self.table.resource.title) or not parts:
            parts = [self.text(name) for name in self.table.key if name in self.shape.by_name]
        return sa.func.left(sa.func.concat(*parts) if parts else sa.literal("", sa.Text), 200)

    def _borrowed(self, foreign: Any, column: str | None, depth: int) -> sa.ColumnElement[Any] | None:
        own = next((self.text(name) for name in foreign.columns[-1:] if name in self.shape.by_name), None)
        target = self.of(foreign.target_ref) if depth > 0 and all(map(self.sees, foreign.columns)) else None
        if target is None:
            return own
        other = target.alias(f"t{depth}_{foreign.name}")
        if column is not None and column not in other.shape.by_name:
            return own
        said = other.title(depth - 1) if column is None else other.text(column)
        pairs = zip(foreign.columns, foreign.target_columns, strict=True)
        if not all(other.sees(name) for name in foreign.target_columns):
            return own
        found = other.select(said).where(*(self._from.c[a] == other.raw(b) for a, b in pairs))
        subquery = found.limit(sa.literal_column("1")).correlate(self._from).scalar_subquery()
        return subquery if own is None else sa.func.coalesce(subquery, own)

    def redact(self, values: Mapping[str, str | None]) -> dict[str, str | None]:
        """The readable ones of a row's values, masks applied: for differences, history and the trail."""
        readable = self.shape.by_name
        return {name: self.shape.masked(name, value) for name, value in values.items() if name in readable}

    def may(self, verb: str) -> bool:
        """Whether the person may do one of `ops.roles.VERBS` here, in some row at least, and the table allows it."""
        if verb not in VERBS:
            raise ValueError(verb)
        table = self.table
        granted = {"create": table.may_insert, "edit": table.may_update, "delete": table.may_delete}
        return verb in self.shape.plan.verbs and (verb not in granted or (table.writable and granted[verb]))

    def settable(self, verb: str) -> frozenset[str]:
        """The columns the person may give a value when they "create" or "edit": none masked, computed, read-only."""
        if verb == "create":
            return frozenset(one.name for one in self.columns if one.creatable and one.column.insertable)
        return frozenset(one.name for one in self.columns if one.editable and one.column.updatable)


def _moved(
    condition: sa.ColumnElement[bool], table: sa.FromClause, alias: sa.FromClause
) -> sa.ColumnElement[bool]:
    from sqlalchemy.sql.util import ClauseAdapter

    moved: sa.ColumnElement[bool] = ClauseAdapter(alias).traverse(condition)
    return moved

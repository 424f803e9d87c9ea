"""What of a table is read by whom: a plan, and the values of the person its row conditions compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ops.actor import Actor
from ops.catalog import Catalog, PgType, Table
from ops.conditions import GROUPS, to_sql, well_formed
from ops.policy.columns import ViewColumn, Voice
from ops.policy.masking import mask, masked
from ops.policy.plan import EVERYBODY, Limit, Plan

Values = tuple[tuple[str, tuple[str, ...]], ...]
_MOST = 200  # people whose values one plan remembers shapes for


class Shape:
    """A plan with its row condition for one verb. Never changes; remembers what was worked out of it."""

    def __init__(self, plan: Plan, person: Values, verb: str = "see") -> None:
        self.plan = plan
        self.verb = verb
        self.columns: tuple[ViewColumn, ...] = plan.columns
        self.shown: tuple[ViewColumn, ...] = plan.shown
        self.by_name: Mapping[str, ViewColumn] = plan.by_name
        self.memory: dict[Any, Any] = {}  # what other rooms keep per shape, such as finished statements
        self._person = person
        self._under: dict[str, Shape] = {}

    @property
    def table(self) -> Table:
        """The table it is of."""
        return self.plan.table

    def under(self, verb: str) -> Shape:
        """The same columns, with the rows in which the verb holds."""
        if verb == self.verb or (self.verb == "see" and self.plan.giving(verb) == self.plan.giving("see")):
            return self
        found = self._under.get(verb)
        if found is None:
            found = self._under[verb] = Shape(self.plan, self._person, verb)
        return found

    @cached_property
    def rows(self) -> sa.ColumnElement[bool] | None:
        """The condition of the rows, or None where it is every row."""
        if not self.plan.limited(self.verb):
            return None
        everybody = self.plan.everybody
        parts = [] if everybody is None else [self.sql(everybody)]
        giving, seeing = self.plan.giving(self.verb), self.plan.giving("see")
        parts += self._one_of(giving)
        if not set(giving) <= set(seeing):
            parts += self._one_of(seeing)  # what one may do is done only to what one sees
        return sa.and_(*parts)

    def _one_of(self, voices: Sequence[Voice]) -> list[sa.ColumnElement[bool]]:
        # Roles add up: one that gives the verb for every row leaves no condition.
        if any(voice.every_row for voice in voices):
            return []
        each = (sa.and_(*(self.sql(limit) for limit in self.plan.limits(voice.rule))) for voice in voices)
        return [sa.or_(sa.false(), *each)]

    def sql(self, limit: Limit) -> sa.ColumnElement[bool]:
        """One row condition as SQL, on the table under its own name; what cannot be judged holds for no row."""
        if limit.condition is None:
            return sa.false()
        # The condition may speak of hidden columns: it is the house's own, not the person's.
        return to_sql(limit.condition, lambda name: self.table.core.c[name], self.constant, self._theirs)

    def _theirs(self, name: str, path: str) -> tuple[str, ...]:
        column = self.table.columns[name]
        found = dict(self._person).get(path, ())
        # What the column's type cannot hold equals no value of it, and must not become the database's error.
        return tuple(text for text in found if well_formed(column.base, text, column.enum_values))

    def constant(self, name: str, text: str | None) -> sa.ColumnElement[Any]:
        """The text as a bound constant of the column's type, without a length: nothing is cut or rounded."""
        return sa.cast(sa.literal(text, sa.Text), PgType(self.table.column(name).cast_type))

    def mask(
        self, name: str, text: sa.ColumnElement[Any], guarded: str | None = None
    ) -> sa.ColumnElement[Any]:
        """The column's text as it leaves: as its mask where the person sees only that, or where it is `guarded`."""
        pattern = self.by_name[name].pattern or guarded
        return text if pattern is None else mask(text, pattern, self.plan.book.mask_key)

    def masked(self, name: str, value: str | None) -> str | None:
        """The same for a value at hand."""
        pattern = self.by_name[name].pattern
        return value if pattern is None else masked(value, pattern, self.plan.book.mask_key)


def shape_of(plan: Plan, actor: Actor, catalog: Catalog | None = None) -> Shape:
    """The plan's shape for a person; one for all of the same roles where no condition asks about them.

    Statements kept with a shape look into other tables of the `catalog` too, for titles: so the conditions of
    all of them count, not this table's alone.
    """
    person = person_values(actor, plan.asks if catalog is None else plan.asks | asked_in(catalog, plan.roles))
    found = plan.shapes.get(person)
    if found is None:
        if len(plan.shapes) >= _MOST:
            plan.shapes.clear()
        found = plan.shapes[person] = Shape(plan, person)
    assert isinstance(found, Shape)
    return found


def asked_in(catalog: Catalog, roles: frozenset[str]) -> frozenset[str]:
    """Which values of the person the Resources of the catalog compare with, for people of these roles."""
    key = (id(catalog), roles)
    found = _asked.get(key)
    if found is None or found[0] is not catalog:
        if len(_asked) >= _MOST_ASKED:
            _asked.clear()
        declared = (table.resource.rows for table in (*catalog, *catalog.house.values()))
        paths = (
            rows[role].asks_of_person() for rows in declared for role in rows if role in {EVERYBODY, *roles}
        )
        found = _asked[key] = (catalog, frozenset[str]().union(*paths))
    return found[1]


_asked: dict[tuple[int, frozenset[str]], tuple[Catalog, frozenset[str]]] = {}
_MOST_ASKED = 2000  # sets of roles


def person_values(actor: Actor, paths: frozenset[str]) -> Values:
    """What the person has at each path a condition asks for: nothing is an empty tuple."""
    return tuple((path, _value(actor, path)) for path in sorted(paths))


def _value(actor: Actor, path: str) -> tuple[str, ...]:
    if path == GROUPS:
        return actor.groups
    known = {
        "": actor.email,
        "id": None if actor.person_id is None else str(actor.person_id),
        "name": actor.name or None,
        "sub": actor.sub,
    }
    found = known[path] if path in known else actor.attributes.get(path)
    return () if found is None else (found,)

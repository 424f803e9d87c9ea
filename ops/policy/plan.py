"""What follows from a set of roles for a table, before any person: verbs, columns, which conditions hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from ops import conditions
from ops.catalog import Table
from ops.conditions import Condition
from ops.policy import house
from ops.policy.columns import ViewColumn, Voice, columns_of, guarded
from ops.roles import Book, TableRule

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Limit:
    """One row condition, with the role it is for (`*`: everybody) and whether the Resource says it.

    Where it cannot be read or does not fit the table, `condition` is None: then it lets no row through.
    """

    role: str
    text: str
    declared: bool
    condition: Condition | None
    problem: str | None = None


class Plan:
    """Made once for (table, roles, book) and shared by everybody who holds these roles. Never changes."""

    def __init__(self, table: Table, roles: frozenset[str], book: Book) -> None:
        self.table = table
        self.roles = roles
        self.book = book
        self._giving: dict[str, tuple[Voice, ...]] = {}
        self.shapes: dict[
            Any, Any
        ] = {}  # by the person's values that conditions ask for; `ops.policy.shape`'s

    @cached_property
    def rules(self) -> tuple[TableRule, ...]:
        """The rule of each role that says something about the table."""
        if self.table.house:
            given = house.verbs(self.book.permissions(self.roles), self.table)
            return (TableRule("", self.table.schema, self.table.name, verbs=given, built_in=True),)
        return self.book.rules(self.roles, self.table.schema, self.table.name)

    @cached_property
    def voices(self) -> tuple[Voice, ...]:
        """What each role says. A rule that hides part of the key, which stands in every address, allows nothing."""
        found = []
        for rule in self.rules:
            usable = rule if not self.lost_key(rule) else replace(rule, verbs=frozenset())
            # Whether there is a condition is told without reading it: most tables are only asked for their verbs.
            found.append(Voice(usable, not rule.rows and rule.role not in self.table.resource.rows))
        return tuple(found)

    @cached_property
    def verbs(self) -> frozenset[str]:
        """What the roles together let one do here, were it only in some rows."""
        if self.table.resource.shut:
            return frozenset()
        return frozenset[str]().union(*(voice.rule.verbs for voice in self.voices))

    @cached_property
    def shown(self) -> tuple[ViewColumn, ...]:
        """The readable columns: the table's in its order, then those that the Resource computes."""
        return columns_of(self.table, self.roles, self.voices)

    @cached_property
    def columns(self) -> tuple[ViewColumn, ...]:
        """The readable columns of the table itself, in its order."""
        return tuple(one for one in self.shown if one.column.expression is None)

    @cached_property
    def by_name(self) -> Mapping[str, ViewColumn]:
        """The readable columns by name, computed ones too."""
        return MappingProxyType({one.name: one for one in self.shown})

    @cached_property
    def guarded(self) -> Mapping[str, str]:
        """The columns that the Resource masks, or one of these roles, with the strictest mask said; shown or not."""
        return MappingProxyType(guarded(self.table, self.rules))

    @cached_property
    def everybody(self) -> Limit | None:
        """The condition that holds for everybody, whatever their roles."""
        return self._declared(EVERYBODY)

    def giving(self, verb: str) -> tuple[Voice, ...]:
        """The voices that give a verb."""
        found = self._giving.get(verb)
        if found is None:
            found = tuple(voice for voice in self.voices if verb in voice.rule.verbs)
            self._giving[verb] = found
        return found

    def limits(self, rule: TableRule) -> tuple[Limit, ...]:
        """The conditions under which a role's rule holds: all of them; none is every row."""
        declared = self._declared(rule.role) if rule.role else None
        own = () if not rule.rows else (_limit(self.table, rule.role, rule.rows),)
        return own if declared is None else (declared, *own)

    def limited(self, verb: str) -> bool:
        """Whether a row condition stands between the person and rows to `verb`."""
        asked = ("see",) if verb == "see" else ("see", verb)
        return self.everybody is not None or not all(
            any(voice.every_row for voice in self.giving(one)) for one in asked
        )

    def lost_key(self, rule: TableRule) -> tuple[str, ...]:
        """The columns of the key that the rule would hide or mask."""
        return tuple(name for name in self.table.key if name in rule.hidden or name in rule.masked)

    @cached_property
    def asks(self) -> frozenset[str]:
        """Which values of the person the conditions compare with; with those of the roles' other tables."""
        declared = (self.table.resource.rows.get(role) for role in (EVERYBODY, *self.roles))
        paths = (condition.asks_of_person() for condition in declared if condition is not None)
        return self.book.asks(self.roles).union(*paths)

    def _declared(self, role: str) -> Limit | None:
        found = self.table.resource.rows.get(role)
        return None if found is None else Limit(role, found.text, True, found)


def _limit(table: Table, role: str, text: str) -> Limit:
    try:
        condition = conditions.parse(text)
    except conditions.ParseError as error:
        return Limit(role, text, False, None, str(error))
    problems = conditions.check(condition, table.columns, person=True)
    return Limit(role, text, False, None if problems else condition, "; ".join(problems) or None)


_plans: dict[tuple[int, frozenset[str], int], Plan] = {}
_MOST = 20_000


def plan_of(table: Table, roles: frozenset[str], book: Book) -> Plan:
    """The plan for (table, roles, book), made at the first call and kept while there is room."""
    key = (id(table), roles, id(book))
    found = _plans.get(key)
    # A plan holds its table and book, so their ids cannot come back for others while it is kept.
    if found is None or found.table is not table or found.book is not book:
        if len(_plans) >= _MOST:
            for old in list(_plans)[: _MOST // 2]:
                _plans.pop(old, None)
        found = _plans[key] = Plan(table, roles, book)
    return found

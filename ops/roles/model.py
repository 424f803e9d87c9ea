"""A role, and what it may do with a table: frozen values, the same whether code or a row says them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from ops.roles.permission import Permission

ANY = "*"  # any schema, any table
VERBS = ("see", "create", "edit", "delete", "export", "act", "approve")

_P = Permission
# A verb on any table opens the pages it is done on; what it may be done to, the table's rule says.
IMPLIED: Mapping[str, frozenset[Permission]] = {
    "see": frozenset((_P.RECORDS_READ, _P.CHANGES_READ)),
    "create": frozenset((_P.RECORDS_CREATE, _P.CHANGES_PROPOSE)),
    "edit": frozenset((_P.RECORDS_EDIT, _P.CHANGES_PROPOSE)),
    "delete": frozenset((_P.RECORDS_DELETE, _P.CHANGES_PROPOSE)),
    "export": frozenset((_P.EXPORTS_RUN,)),
    "act": frozenset((_P.CHANGES_PROPOSE,)),
    "approve": frozenset((_P.CHANGES_DECIDE,)),
}


@dataclass(frozen=True, slots=True)
class TableRule:
    """What one role may do with a table, or with any (`*`) of a schema, or with any at all.

    `rows` is a condition in the filter language, empty for every row; `masked` maps columns to patterns.
    """

    role: str
    schema: str = ANY
    table: str = ANY
    verbs: frozenset[str] = frozenset()
    rows: str = ""
    hidden: frozenset[str] = frozenset()
    masked: Mapping[str, str] = field(default_factory=dict, hash=False)
    readonly: frozenset[str] = frozenset()
    built_in: bool = False  # no row says it: it is the default of a built-in role

    @property
    def place(self) -> str:
        """What it is about: `shop.orders`, `shop.*`, `*`."""
        return ANY if self.schema == ANY else f"{self.schema}.{self.table}"


@dataclass(frozen=True)
class Role:
    """A role with the pages it opens and its rules, by (schema, table)."""

    name: str
    label: str
    description: str = ""
    built_in: bool = False
    given: frozenset[Permission] = frozenset()  # beside those that follow from verbs
    tables: Mapping[tuple[str, str], TableRule] = field(default_factory=dict, hash=False)
    deeds: frozenset[str] = frozenset()  # permissions that the company's own actions ask for, by name

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """What is given, and what the verbs of its rules imply."""
        verbs = {verb for rule in self.tables.values() for verb in rule.verbs}
        return self.given.union(*(IMPLIED[verb] for verb in verbs))

    def holds(self, deed: str | None) -> bool:
        """Whether its people may use actions that ask for this permission; built-in roles that act, any (0011)."""
        return deed is None or self.built_in or deed in self.deeds

    def rule(self, schema: str, table: str) -> TableRule | None:
        """The most specific rule for a table: its own, its schema's, the one for any; None: nothing is allowed."""
        rules = self.tables
        return rules.get((schema, table)) or rules.get((schema, ANY)) or rules.get((ANY, ANY))

    def with_tables(self, rules: Iterable[TableRule]) -> Role:
        """The same role where each of `rules` stands in place of the one for the same table."""
        tables = {**self.tables, **{(rule.schema, rule.table): rule for rule in rules}}
        return Role(
            self.name, self.label, self.description, self.built_in, self.given, MappingProxyType(tables),
            self.deeds,
        )  # fmt: skip

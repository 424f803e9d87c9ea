"""The Book: every role as it stands at one stamp, immutable, so that what follows from it may be kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ops import conditions
from ops.actor import Actor
from ops.roles.built_in import BUILT_IN_ROLES
from ops.roles.model import Role, TableRule
from ops.roles.permission import Permission

_MOST = 100_000  # (roles, table) pairs one book remembers


@dataclass(frozen=True, eq=False, slots=True)
class Book:
    """All roles of one moment. `stamp` names the moment: another state never has the same.

    `mask_key` is the key of the mask "hash"; without one (no database said any) that mask shows nothing.
    """

    stamp: str
    roles: Mapping[str, Role]
    mask_key: bytes | None = field(default=None, repr=False)
    _permissions: dict[frozenset[str], frozenset[Permission]] = field(default_factory=dict, repr=False)
    _rules: dict[tuple[frozenset[str], str, str], tuple[TableRule, ...]] = field(
        default_factory=dict, repr=False
    )
    _asks: dict[frozenset[str], frozenset[str]] = field(default_factory=dict, repr=False)

    def permissions(self, roles: frozenset[str]) -> frozenset[Permission]:
        """What these roles allow together; roles nobody knows allow nothing."""
        found = self._permissions.get(roles)
        if found is None:
            known = (self.roles[name].permissions for name in roles if name in self.roles)
            found = self._permissions[roles] = frozenset[Permission]().union(*known)
        return found

    def rules(self, roles: frozenset[str], schema: str, table: str) -> tuple[TableRule, ...]:
        """The rule of each of these roles that counts for the table, by role; a role without one is left out."""
        key = (roles, schema, table)
        found = self._rules.get(key)
        if found is None:
            if len(self._rules) >= _MOST:
                self._rules.clear()
            each = (self.roles[name].rule(schema, table) for name in sorted(roles) if name in self.roles)
            found = self._rules[key] = tuple(rule for rule in each if rule is not None)
        return found

    def asks(self, roles: frozenset[str]) -> frozenset[str]:
        """Which values of the person any row condition of these roles compares with, on whatever table."""
        found = self._asks.get(roles)
        if found is None:
            known = (self.roles[name] for name in roles if name in self.roles)
            texts = {
                rule.rows for role in known for rule in role.tables.values() if _PERSONAL.search(rule.rows)
            }
            found = self._asks[roles] = frozenset[str]().union(*map(_asked, texts))
        return found


# Most conditions ask nothing about the person: they need not be read to know it.
_PERSONAL = re.compile(r"\b(?:me|my)\b", re.IGNORECASE)


def _asked(text: str) -> frozenset[str]:
    try:
        return conditions.parse(text).asks_of_person()
    except conditions.ParseError:
        return frozenset()  # it lets no row through, whoever asks


def bound(stamp: str, own: Iterable[Role], rules: Iterable[TableRule], mask_key: bytes | None) -> Book:
    """The book of the built-in roles, a company's `own`, and the `rules` of both; what names no role is left."""
    roles = {**{role.name: role for role in own}, **BUILT_IN_ROLES}
    by_role: dict[str, list[TableRule]] = {}
    for rule in rules:
        by_role.setdefault(rule.role, []).append(rule)
    written = {name: role.with_tables(by_role.get(name, ())) for name, role in roles.items()}
    return Book(stamp, MappingProxyType(written), mask_key)


BUILT_IN = bound("", (), (), None)


def book_of(actor: Actor) -> Book:
    """The book the actor's rights stand in: the built-in roles alone where nobody gave them one."""
    return actor.book if isinstance(actor.book, Book) else BUILT_IN

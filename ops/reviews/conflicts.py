"""Duties that conflict: who could both propose a change of a table and approve one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import Catalog, Table
from ops.policy import Permission
from ops.roles import Book

PROPOSING = frozenset(("create", "edit", "delete", "act"))
NAMED = 20  # people of one set of roles who are named; the others are counted

_SETS = sa.text(
    """
    SELECT roles, count(*) AS people, (array_agg(id ORDER BY lower(name)))[1:20] AS ids,
        (array_agg(name ORDER BY lower(name)))[1:20] AS names
    FROM (
        SELECT p.id, p.name, array_agg(DISTINCT h.role ORDER BY h.role) AS roles
        FROM ops.held_role h JOIN ops.person p ON p.id = h.person_id GROUP BY p.id
    ) each GROUP BY roles ORDER BY count(*) DESC, roles LIMIT 500
    """
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """People of one set of roles, the tables on which they could both propose and approve, and by which roles.

    `everywhere`: on every table of the company. `people` names up to twenty as (id, name); `count` is all of them.
    """

    roles: tuple[str, ...]
    count: int
    people: tuple[tuple[int, str], ...]
    tables: tuple[Table, ...]
    everywhere: bool
    proposing: tuple[str, ...]
    approving: tuple[str, ...]


def conflicts(tx: Session, catalog: Catalog, book: Book) -> list[Conflict]:
    """Everybody who could stand on both sides, by what they hold; one statement, whatever the number of rules.

    On one and the same change nobody ever stands on both (P27); what is reported is who could help another out.
    """
    found = []
    tables = list(catalog)
    for row in tx.execute(_SETS):
        roles = frozenset(row.roles)
        allowed = book.permissions(roles)
        if not {Permission.CHANGES_PROPOSE, Permission.CHANGES_DECIDE} <= allowed:
            continue
        both = tuple(table for table in tables if _both(book, roles, table))
        if both:
            proposing = _giving(book, row.roles, both, PROPOSING)
            approving = _giving(book, row.roles, both, frozenset(("approve",)))
            people = tuple(zip(row.ids, row.names, strict=True))
            every = len(both) == len(tables)
            found.append(Conflict(tuple(row.roles), row.people, people, both, every, proposing, approving))
    return found


def _both(book: Book, roles: frozenset[str], table: Table) -> bool:
    verbs = frozenset[str]().union(*(rule.verbs for rule in book.rules(roles, table.schema, table.name)))
    return "approve" in verbs and bool(verbs & PROPOSING)


def _giving(
    book: Book, roles: Iterable[str], tables: Iterable[Table], verbs: frozenset[str]
) -> tuple[str, ...]:
    tables = tuple(tables)
    return tuple(
        role
        for role in roles
        if any(
            rule.verbs & verbs
            for table in tables
            for rule in book.rules(frozenset((role,)), table.schema, table.name)
        )
    )

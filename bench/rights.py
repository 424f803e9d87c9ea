"""What rights cost a page: 500 tables × 50 roles beside 5 × 5, in Python calls and milliseconds, no database needed.

    python -m bench.rights

A page asks for the rail (every table one may see), for the permissions of its links, and for one table's view, verbs,
columns and row condition. Once the first page of a stamp has worked that out, nothing may grow with rules or tables.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import sqlalchemy as sa

from ops import policy
from ops.actor import Actor
from ops.catalog import Catalog, Column, Group, Options, PgType, Table
from ops.policy import Permission
from ops.roles import Book, Role, TableRule
from ops.web.navigation import VisibleTables

COLUMNS = 12
GOAL_MS = 1.0


@dataclass
class House:
    """A catalog, a book with rules for every table, and somebody who holds half of the roles."""

    catalog: Catalog
    actor: Actor
    rail: VisibleTables


def column(name: str) -> Column:
    """A plain column of texts."""
    return Column(
        name=name, type="text", base="text", cast_type="text", category="text", nullable=True, default=None,
        generated=None, identity=None, max_length=None, precision=None, scale=None, enum_values=(), element=None,
        comparable=True, insertable=True, updatable=True, comment=None, label=name.title(),
    )  # fmt: skip


def table(number: int) -> Table:
    """A table of twelve columns."""
    names = ["id", *(f"c{n}" for n in range(1, COLUMNS))]
    name = f"table_{number}"
    core = sa.Table(name, sa.MetaData(), *(sa.Column(n, PgType("text")) for n in names), schema="shop")
    return Table(
        schema="shop", name=name, oid=number, kind="table", comment=None,
        columns=MappingProxyType({n: column(n) for n in names}), keys=(("id",),), foreign_keys=(), indexes=(),
        estimate=1000, digest="", mark="", may_insert=True, may_update=True, may_delete=True, core=core, parents=(),
        key=("id",), label=name.title(), label_one=name.title(), group="Shop", help=None, resource=Options(),
        referenced_by=(),
    )  # fmt: skip


def house(tables: int, roles: int) -> House:
    """Every role has a rule of its own for every table: verbs, rows, a hidden and a masked column."""
    made = [table(n) for n in range(tables)]
    catalog = Catalog(MappingProxyType({one.ref: one for one in made}), (Group("Shop", tuple(made)),))
    book = Book(
        f"{tables} {roles}", MappingProxyType({f"r{n}": _role(f"r{n}", n, made) for n in range(roles)})
    )
    held = frozenset(f"r{n}" for n in range(0, roles, 2))
    return House(catalog, Actor(7, "Ann", held, email="ann@example.org", book=book), VisibleTables())


def _role(name: str, number: int, tables: list[Table]) -> Role:
    rules = {
        (one.schema, one.name): TableRule(
            name,
            one.schema,
            one.name,
            frozenset(("see", "edit") if number % 3 else ("see", "export", "approve")),
            rows=f"c1 = 'x{number}' or c2 = me",
            hidden=frozenset((f"c{3 + number % 4}",)),
            masked={"c8": "hash"},
        )
        for one in tables
    }
    return Role(name, name.title(), tables=MappingProxyType(rules))


def page(made: House, which: int = 0) -> None:
    """What one page of a list asks about rights."""
    actor = made.actor
    made.rail.groups(made.catalog, actor)
    for permission in Permission:
        policy.may(actor, permission)
    seen = policy.view(actor, made.catalog.groups[0].tables[which], made.catalog)
    for verb in ("see", "create", "edit", "delete", "export"):
        seen.may(verb)
    seen.limited_rows()
    seen.rows("edit")
    for one in seen.columns:
        seen.sees(one.name)


def calls(work: Callable[[], None]) -> int:
    """How many Python functions `work` calls: the same on every machine, however busy."""
    count = 0

    def tell(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(tell)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def milliseconds(work: Callable[[], None], rounds: int = 200) -> float:
    """The median of some rounds."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[rounds // 2]


def main() -> int:
    """Print the table; 1 if a page's rights take longer than the goal or grow with rules."""
    print("| tables × roles | first page ms | later pages ms | calls of a later page |")
    print("| --- | --- | --- | --- |")
    found = []
    for tables, roles in ((5, 5), (500, 50)):
        made = house(tables, roles)
        began = time.perf_counter()
        page(made)
        first = (time.perf_counter() - began) * 1000
        found.append((milliseconds(lambda made=made: page(made)), calls(lambda made=made: page(made))))
        print(f"| {tables} × {roles} | {first:.1f} | {found[-1][0]:.3f} | {found[-1][1]} |")
    return 0 if found[1][0] <= GOAL_MS and found[1][1] == found[0][1] else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Roles and people of one's own, for tests that take away all but one guard."""

from __future__ import annotations

from ops import identity
from ops.actor import Actor
from tests.changes.company import World


def role(world: World, name: str, table: str, verbs: str, *, rows: str = "", hidden: str = "{}") -> None:
    """A role of the company, with what it may do with one table."""
    world.sql("INSERT INTO ops.role (name, label) VALUES (:name, :name) ON CONFLICT DO NOTHING", name=name)
    world.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows, hidden) "
        "VALUES (:name, 'shop', :table, CAST(:verbs AS text[]), :rows, CAST(:hidden AS text[]))",
        name=name, table=table, verbs=verbs, rows=rows, hidden=hidden,
    )  # fmt: skip


def person(world: World, number: int, *roles: str) -> Actor:
    """Somebody new who holds the roles."""
    world.sql("INSERT INTO ops.person (id, iss, sub, name) VALUES (:n, 'i', 'p' || :n, 'P' || :n)", n=number)
    for one in roles:
        world.sql("INSERT INTO ops.person_role VALUES (:n, :role, 'hand')", n=number, role=one)
    with world.db.reading() as tx:
        return identity.actor_for(tx, number, source="form", request_id=f"r-{number}")

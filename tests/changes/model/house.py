"""The company of the model: ten people, four customers, a few plain rows; made as new for every walk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from tests.changes.company import World
from tests.changes.model import spy
from tests.changes.model.facts import ROLES, Rule

CUSTOMERS = ("1", "2", "3", "5")  # the last one is French: out of operators' reach
PLAIN = ("1", "2", "3", "4", "5")  # of which three are there in the beginning

_ONCE = """
DELETE FROM shop.payout; DELETE FROM shop.orders; DELETE FROM shop.ticket;
DELETE FROM shop.customer WHERE id NOT IN (1, 2, 3, 5);
INSERT INTO ops.role (name, label, permissions) VALUES ('firefighter', 'Firefighter', '{changes.emergency}');
INSERT INTO ops.person (id, iss, sub, name) VALUES
    (7, 'i', 'fia', 'Fia'), (8, 'i', 'gus', 'Gus'), (9, 'i', 'ola', 'Ola'), (10, 'i', 'ron', 'Ron')
"""
# What was asked and said stays, says the database, whoever asks: here an earlier walk is to be forgotten.
_FORGET = [
    "decision",
    "change_party",
    "stage",
    "operation",
    "revision",
    "emergency_review",
    "form_token",
    "rehearsal",
    "change_set",
]
_ANEW = """
DELETE FROM ops.work; DELETE FROM ops.outbox;
DELETE FROM ops.delegation; DELETE FROM ops.approval_rule;
UPDATE ops.person SET disabled_at = NULL, disabled_by = NULL; DELETE FROM ops.person_role;
UPDATE shop.customer SET name = 'Customer ' || id, credit_limit = 1000, code = 'C' || id;
DELETE FROM shop.plain; INSERT INTO shop.plain VALUES (1, 'one'), (2, 'two'), (3, 'three');
TRUNCATE spy.log
"""
_ROWS = sa.text(
    "SELECT 'shop.customer', to_jsonb(c)::text FROM shop.customer c "
    "UNION ALL SELECT 'shop.plain', to_jsonb(p)::text FROM shop.plain p"
)


class House:
    """A database for many walks, one after the other."""

    def __init__(self, world: World) -> None:
        self.world = world
        with world.db.transaction() as tx:
            for line in _ONCE.split(";\n"):
                tx.connection().exec_driver_sql(line)
        spy.install(world.db)

    def anew(self) -> None:
        """Nothing has happened yet; everybody is there with their roles, and no rule but the declared one."""
        with self.world.db.transaction() as tx:
            tx.connection().exec_driver_sql("SET LOCAL session_replication_role = 'replica'")
            for table in _FORGET:
                tx.connection().exec_driver_sql(f"DELETE FROM ops.{table}")
            tx.connection().exec_driver_sql("SET LOCAL session_replication_role = 'origin'")
            for line in _ANEW.split(";"):
                tx.connection().exec_driver_sql(line)
            for person, roles in ROLES.items():
                for role in sorted(roles):
                    tx.execute(_GIVE, {"person": person, "role": role})
        self.mend(False)

    def rows(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Every row of the company as it is now, by table and key."""
        with self.world.db.reading() as tx:
            found = [
                (table, json.loads(row, parse_float=str, parse_int=str)) for table, row in tx.execute(_ROWS)
            ]
        return {(table, row["id"]): row for table, row in found}

    def give(self, person: int, role: str) -> None:
        self.world.sql(_GIVE.text, person=person, role=role)

    def take(self, person: int, role: str) -> None:
        self.world.sql(
            "DELETE FROM ops.person_role WHERE person_id = :person AND role = :role", person=person, role=role
        )

    def switch(self, person: int, off: bool) -> None:
        self.world.sql(
            "UPDATE ops.person SET disabled_at = CASE WHEN :off THEN now() END, "
            "disabled_by = CASE WHEN :off THEN 'hand' END WHERE id = :person", person=person, off=off,
        )  # fmt: skip

    def put(self, rule: Rule) -> None:
        """Add the rule, or let the one of its name ask others."""
        row = rule.row
        given = ", ".join("CAST(:stages AS jsonb)" if name == "stages" else f":{name}" for name in row)
        self.world.sql(
            f"INSERT INTO ops.approval_rule ({', '.join(row)}) VALUES ({given}) "
            "ON CONFLICT (name) DO UPDATE SET stages = EXCLUDED.stages", **row,
        )  # fmt: skip

    def drop(self, name: str) -> None:
        self.world.sql("DELETE FROM ops.approval_rule WHERE name = :name", name=name)

    def standing(self) -> dict[str, Any]:
        """The rules that are there, by name: what each asks."""
        return dict(self.world.sql("SELECT name, stages FROM ops.approval_rule"))

    def late(self, change_id: int) -> None:
        """Its term is over."""
        text = "UPDATE ops.change_set SET expires_at = now() - interval '1 second' WHERE id = :id"
        spy.marked(self.world.db, text, "clock", id=change_id)

    def comes(self, change_id: int) -> None:
        """The moment it is to be applied at is there."""
        text = "UPDATE ops.change_set SET apply_at = now() - interval '1 second' WHERE id = :id"
        text += " AND apply_at IS NOT NULL"
        spy.marked(self.world.db, text, "clock", id=change_id)

    def move(self, table: str, key: str, after: Mapping[str, str]) -> None:
        """Somebody else's program writes the row."""
        sets = ", ".join(f"{name} = CAST(:{name} AS {_TYPES[name]})" for name in after)
        spy.marked(
            self.world.db, f"UPDATE {table} SET {sets} WHERE id = CAST(:key AS bigint)", key=key, **after
        )

    def mend(self, yes: bool) -> None:
        """Let the table take what a constraint and a trigger of it refuse, or let them refuse it again."""
        for line in _MENDED if yes else _AS_IT_WAS:
            self.world.sql(line)

    def remove(self, key: str) -> None:
        """Somebody else's program deletes a plain row."""
        spy.marked(self.world.db, "DELETE FROM shop.plain WHERE id = CAST(:key AS bigint)", key=key)


_GONE = "ALTER TABLE shop.customer DROP CONSTRAINT IF EXISTS customer_credit_range"
_MENDED = (_GONE, "ALTER TABLE shop.customer DISABLE TRIGGER touch")
_AS_IT_WAS = (
    _GONE,
    # Not over a row that it would refuse: somebody else's program, which writes another column of it, would be stopped.
    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM shop.customer WHERE credit_limit > 50000) THEN "
    "ALTER TABLE shop.customer ADD CONSTRAINT customer_credit_range CHECK (credit_limit <= 50000); END IF; END $$",
    "ALTER TABLE shop.customer ENABLE TRIGGER touch",
)
_TYPES = {"credit_limit": "numeric", "name": "text", "v": "text", "code": "text"}
_GIVE = sa.text(
    "INSERT INTO ops.person_role (person_id, role, origin) VALUES (:person, :role, 'hand') ON CONFLICT DO NOTHING"
)

"""A company with roles of its own: tables, people, and a `Company` to give rights and look through them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from ops import catalog, roles
from ops.actor import Actor
from ops.catalog import Catalog, Resource
from ops.db import Database
from ops.policy import View, view

TABLES = """
CREATE SCHEMA shop;
CREATE TABLE shop.customer (
    id int PRIMARY KEY, name text NOT NULL, country char(2) NOT NULL, iban text, email text, owner text,
    team varchar(20), owner_id bigint, salary numeric, uid uuid, born date, password text, token_count int,
    internal text, twice numeric GENERATED ALWAYS AS (salary * 2) STORED
);
CREATE TABLE shop.orders (id int PRIMARY KEY, customer_id int REFERENCES shop.customer, total numeric);
CREATE TABLE shop.loose (a text);
CREATE INDEX ON shop.customer (owner);
INSERT INTO shop.customer (id, name, country, iban, email, owner, team, owner_id, salary, uid, internal) VALUES
    (1, 'A', 'DE', 'DE89370400440532013000', 'anna@example.org', 'ann@x.org', 'red', 1, 10, NULL, 'i1'),
    (2, 'B', 'DE', 'DE02120300000000202051', 'bo@example.org', 'bo@x.org', 'blue', 2, 20, NULL, 'i2'),
    (3, 'C', 'IS', 'IS140159260076545510730339', 'c@x', 'ann@x.org', 'blue', 3, 30, NULL, 'i3'),
    (4, 'D', 'IS', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO shop.orders VALUES (1, 1, 5), (2, 2, 6), (3, 3, 7);
"""


@dataclass
class Company:
    """The database, its catalog, and rights that a test gives."""

    db: Database
    catalog: Catalog

    def sql(self, text: str, **values: Any) -> None:
        with self.db.transaction() as tx:
            tx.execute(sa.text(text), values)

    def role(self, name: str, table: str = "customer", schema: str = "shop", **said: Any) -> None:
        """Say what a role may do with a table: verbs as words, rows, hidden, masked, readonly."""
        if name not in roles.BUILT_IN.roles:
            self.sql("INSERT INTO ops.role (name, label) VALUES (:n, :n) ON CONFLICT DO NOTHING", n=name)
        self.sql(
            "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows, hidden, masked, readonly) "
            "VALUES (:role, :schema, :table, :verbs, :rows, :hidden, CAST(:masked AS jsonb), :readonly)",
            role=name,
            schema=schema,
            table=table,
            verbs=said.get("verbs", "see").split(),
            rows=said.get("rows", ""),
            hidden=list(said.get("hidden", ())),
            masked=said.get("masked", "{}"),
            readonly=list(said.get("readonly", ())),
        )

    def actor(self, *held: str, **about: Any) -> Actor:
        """Somebody who holds these roles, with the rights of this moment."""
        with self.db.reading() as tx:
            found = roles.book(tx, None)
        return replace(Actor(1, "Ann", frozenset(held), book=found, email="ann@x.org", sub="ann"), **about)

    def view(self, *held: str, table: str = "customer", **about: Any) -> View:
        """The view of somebody who holds these roles."""
        return view(self.actor(*held, **about), self.catalog.by_name("shop", table), self.catalog)

    def rows(self, seen: View, verb: str = "see") -> list[int]:
        """The keys of the rows in which the verb holds."""
        own = seen.under(verb)
        with self.db.reading() as tx:
            return [int(key) for key in tx.scalars(own.select(own.text("id")).order_by(own.raw("id")))]


def build(db: Database, resources: list[type[Resource]] | None = None) -> Company:
    """Make the tables in a migrated database."""
    with db.transaction() as tx:
        tx.connection().exec_driver_sql(TABLES)
    return Company(db, loaded(db, resources))


def loaded(db: Database, resources: list[type[Resource]] | None = None) -> Catalog:
    """The catalog with other resources."""
    with db.reading() as tx:
        return catalog.load(tx, schemas=("shop",), resources=resources or [])

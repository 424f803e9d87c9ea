"""What deleting a row would do: every effect, two levels, bounded, as far as the reader sees (P14, P45)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ops.actor import Actor
from ops.catalog import Catalog, Resource, load
from ops.db import EXPORT, Database
from ops.policy import view
from ops.records import Consequences, consequences, one
from ops.records.facts import facts_of, forget

SCHEMA = """
CREATE TABLE client (id int PRIMARY KEY, name text, parent_id int REFERENCES client);
CREATE INDEX ON client (parent_id);
CREATE TABLE bill (id int PRIMARY KEY, client_id int REFERENCES client ON DELETE CASCADE, country text);
CREATE INDEX ON bill (client_id);
CREATE TABLE bill_line (id int PRIMARY KEY, bill_id int REFERENCES bill ON DELETE CASCADE);
CREATE INDEX ON bill_line (bill_id);
CREATE TABLE receipt (id int PRIMARY KEY, bill_id int REFERENCES bill);
CREATE INDEX ON receipt (bill_id);
CREATE TABLE stamp (id int PRIMARY KEY, line_id int REFERENCES bill_line ON DELETE CASCADE);
CREATE TABLE note (id int PRIMARY KEY, client_id int REFERENCES client ON DELETE SET NULL);
CREATE TABLE badge (id int PRIMARY KEY, client_id int NOT NULL REFERENCES client ON DELETE SET NULL);
CREATE TABLE visit (id int PRIMARY KEY, client_id int REFERENCES client);
CREATE TABLE secret (id int PRIMARY KEY, client_id int REFERENCES client ON DELETE CASCADE);
INSERT INTO client SELECT n, 'Client ' || n, NULL FROM generate_series(1, 5) n;
UPDATE client SET parent_id = 1 WHERE id = 1;
INSERT INTO bill SELECT n, 1 + n % 2, CASE WHEN n % 4 = 0 THEN 'IS' ELSE 'DE' END FROM generate_series(1, 400) n;
INSERT INTO bill_line SELECT n, n FROM generate_series(1, 400) n;
INSERT INTO receipt VALUES (1, 2);
INSERT INTO stamp VALUES (1, 2);
INSERT INTO note VALUES (1, 1), (2, 2);
INSERT INTO badge VALUES (1, 1);
INSERT INTO visit SELECT n, 3 FROM generate_series(1, 20000) n;
ANALYZE
"""


class Bills(Resource):
    table = "bill"
    rows = {"operator": "country <> 'IS'"}


@pytest.fixture(scope="module")
def house(make_module_database) -> Iterator[tuple[Database, Catalog]]:
    database = Database(make_module_database(), application_name="countersign tests")
    with database.transaction(EXPORT) as tx:
        for line in SCHEMA.split(";\n"):
            tx.connection().exec_driver_sql(line.replace("%", "%%"), None)
    with database.reading() as tx:
        catalog = load(tx, schemas=("public",), resources=[Bills])
    yield database, catalog
    database.close()
    forget()


def asked(house: tuple[Database, Catalog], role: str, key: str) -> Consequences:
    database, catalog = house
    actor = Actor(1, "Ann", frozenset({role}))
    with database.reading() as tx:
        for table in catalog:
            facts_of(tx, view(actor, table, catalog))
        seen = view(actor, catalog.by_name("public", "client"), catalog)
        return consequences(tx, catalog, actor, seen, one(tx, seen, key))


def told(found: Consequences) -> dict[str, tuple[str, int | None]]:
    return {item.foreign_key.table: (item.effect, item.count.rows) for item in found.first}


def test_each_effect_is_told_with_its_count(house: tuple[Database, Catalog]) -> None:
    """A row that points at itself stops nothing; an emptied NOT NULL fails; counting ends at the limit."""
    found = asked(house, "manager", "~1")
    first = told(found)
    assert first["bill"] == ("cascade", 100)
    assert next(item for item in found.first if item.foreign_key.table == "bill").count.more
    assert first["note"] == ("set null", 1)
    assert first["badge"] == ("cannot", 1)
    assert first["client"][1] == 0
    assert first["secret"] == ("cascade", 0)
    assert [item.foreign_key.table for item in found.first if item.stops] == ["badge"]


def test_the_second_level_is_looked_at_too(house: tuple[Database, Catalog]) -> None:
    found = asked(house, "manager", "~1")
    second = {item.foreign_key.table: (item.effect, item.count.rows) for item in found.second}
    assert second["receipt"] == ("stops", 1)
    assert second["bill_line"] == ("cascade", 50)
    assert found.deeper
    assert asked(house, "manager", "~5").second == ()


def test_large_tables_without_an_index_are_not_walked(house: tuple[Database, Catalog]) -> None:
    found = asked(house, "manager", "~3")
    visits = next(item for item in found.first if item.foreign_key.table == "visit")
    assert not visits.quick
    assert visits.count.rows is None
    assert not visits.stops  # nobody knows


def test_only_rows_in_sight_count(house: tuple[Database, Catalog]) -> None:
    """P14: of 200 bills of client 1 every other one is out of an operator's sight; the page says that there may be."""
    database, _ = house
    with database.transaction() as tx:
        tx.connection().exec_driver_sql("DELETE FROM receipt; DELETE FROM stamp; DELETE FROM bill_line")
        tx.connection().exec_driver_sql("DELETE FROM bill WHERE id NOT IN (4, 8, 10)")
    assert told(asked(house, "manager", "~1"))["bill"] == ("cascade", 3)
    found = asked(house, "operator", "~1")
    assert told(found)["bill"] == ("cascade", 1)
    assert found.others

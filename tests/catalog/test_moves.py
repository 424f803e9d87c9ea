"""P47 The company changes its tables under a running process: what is said of it, and what a Resource keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ops import policy
from ops.actor import Actor
from ops.catalog import Catalog, Resource, Rule, action, fingerprint, load, moves, validates
from ops.db import SCHEMA, Database
from tests.catalog.conftest import catalog_of

TABLES = """
CREATE TABLE town (id int PRIMARY KEY, name text NOT NULL, country text);
CREATE TABLE person (
    id int PRIMARY KEY, name text NOT NULL, city text, iban text, score int, note varchar(20),
    town_id int REFERENCES town
);
"""


class People(Resource):
    table = "person"
    title = "{name}"
    columns = ("name", "city", "twice")
    hidden = ("score",)
    masked = {"iban": "finance"}
    rows = {"operator": "note <> 'secret'"}
    rules = (Rule("Names", columns=("name",)),)
    computed = {"twice": "score * 2"}
    formats = {"twice": "percent"}

    @action("Move")
    def move(self, person: Any, *, to: str) -> Any:
        return {"city": to}

    @validates("city")
    def city_is_there(self, city: Any) -> None:
        return None


ANN = Actor(1, "Ann", frozenset({"operator"}))


@pytest.fixture
def company(make_database: Callable[..., str]) -> Iterator[Database]:
    database = Database(make_database(), application_name="countersign tests")
    run(database, TABLES)
    yield database
    database.close()


def run(database: Database, text: str) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql(text)


def after(database: Database, change: str, *resources: type[Resource]) -> tuple[Catalog, Catalog]:
    """The catalog before and after a change of the company, as a running process has them."""
    old = catalog_of(database, resources=resources)
    run(database, change)
    with database.reading() as tx:
        return old, load(tx, resources=resources, earlier=old)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("ALTER TABLE person DROP city", "“City” is gone."),
        (
            "ALTER TABLE person RENAME score TO points",
            "“Score” is gone and “Points” is there, of the same type",
        ),
        ("ALTER TABLE person ALTER note TYPE text", "“Note” is text now; it was character varying(20)."),
        ("ALTER TABLE person ALTER city SET NOT NULL", "“City” needs a value now."),
        ("ALTER TABLE person ALTER name DROP NOT NULL", "“Name” may be empty now."),
        ("ALTER TABLE person ADD born date", "“Born” is new."),
        ("ALTER TABLE person ADD born date NOT NULL", "“Born” is new, and needs a value."),
        ("ALTER TABLE person RENAME TO human", "The table is called public.human now."),
        ("DROP TABLE person", "The table is gone"),
        ("ALTER TABLE person DROP CONSTRAINT person_pkey", "Rows are told apart by other columns now"),
    ],
)
def test_p47_every_kind_of_move_is_told(company: Database, change: str, said: str) -> None:
    (found,) = [one for one in moves(*after(company, change)) if one.ref == "person"]
    assert said in found.words


def test_nothing_moved_is_nothing_said_and_the_fingerprint_says_so(company: Database) -> None:
    def mark() -> str:
        with company.reading() as tx:
            return fingerprint(tx, None, own=SCHEMA)

    last = mark()
    old, new = after(company, "INSERT INTO town VALUES (1, 'Bergen', 'NO'); ANALYZE")
    assert moves(old, new) == [] and mark() == last
    for change in (
        "CREATE INDEX ON person (city)", "ALTER TABLE person ALTER city SET DEFAULT 'x'", "CREATE TABLE other (id int)",
        "ALTER TABLE person DROP CONSTRAINT person_town_id_fkey", "CREATE TYPE kind AS ENUM ('a')",
        "ALTER TYPE kind ADD VALUE 'b'", "ALTER TABLE person ADD x int", "ALTER TABLE person DROP x",
        "ALTER TABLE person ALTER note TYPE varchar(30)",
        "REVOKE ALL ON town FROM PUBLIC; GRANT SELECT ON town TO PUBLIC",
    ):  # fmt: skip
        run(company, change)
        assert mark() != last, change
        last = mark()


def test_what_opens_yields_to_the_guesses(company: Database) -> None:
    class Plain(People):
        rows: Any = {}
        rules = ()
        city_is_there = None  # type: ignore[assignment]  # taken away for the test

    Plain.city_is_there = lambda self: None  # type: ignore[assignment]  # taken away for the test
    _, new = after(company, "ALTER TABLE person DROP city", Plain)
    table = new.table("person")
    assert new.misfits["person"][0].startswith("E103 Plain.columns: no column 'city'")
    assert table.resource.hidden == {"score"} and dict(table.resource.masked), "what protects is kept"
    assert table.resource.title == (("column", "name"),) and "twice" in table.computed
    assert table.resource.columns and "city" not in table.resource.columns
    assert policy.sees(ANN, table)


def test_what_was_hidden_or_masked_does_not_come_back_under_another_name(company: Database) -> None:
    for old_name, name in (("iban", "account"), ("score", "points")):
        _, new = after(company, f"ALTER TABLE person RENAME {old_name} TO {name}", People)
        table = new.table("person")
        assert name in table.resource.hidden and not policy.view(ANN, table).sees(name)
        assert "score" not in table.columns or "score" in table.resource.hidden
        assert any(f"no column '{old_name}'" in one for one in new.misfits["person"])
        run(company, f"ALTER TABLE person RENAME {name} TO {old_name}")


@pytest.mark.parametrize(
    "change", ["ALTER TABLE person DROP note", "ALTER TABLE person DROP name", "ALTER TABLE person DROP city"]
)
def test_without_its_rows_rules_or_validators_nobody_sees_the_table(company: Database, change: str) -> None:
    _, new = after(company, change, People)
    table = new.table("person")
    assert table.resource.shut and not policy.sees(ANN, table)
    assert table.resource.declared == "People" and new.misfits["person"]


def test_a_computed_column_and_an_action_that_fit_no_more_are_gone(company: Database) -> None:
    class Towns(Resource):
        table = "town"
        columns = ("name", "people")
        computed = {"people": "SELECT count(*) FROM person p WHERE p.town_id = town.id"}

    old, new = after(company, "DROP TABLE person", Towns, People)
    assert "people" in old.table("town").computed and not new.table("town").computed
    assert (
        new.table("town").resource.columns == ("name",) or "people" not in new.table("town").resource.columns
    )
    assert any(one.startswith("E121 Towns.computed") for one in new.misfits["town"])
    assert new.misfits["People"][0].startswith("E102 People.table: no table 'person'")


def test_what_fits_again_is_whole_again(company: Database) -> None:
    _, new = after(company, "ALTER TABLE person RENAME iban TO account", People)
    run(company, "ALTER TABLE person RENAME account TO iban")
    with company.reading() as tx:
        again = load(tx, resources=[People], earlier=new)
    assert (
        not again.misfits
        and dict(again.table("person").resource.masked)
        and not again.table("person").resource.shut
    )

"""What PostgreSQL knows is read rightly: keys, foreign keys, indexes, partitions, privileges, estimates."""

from __future__ import annotations

import os
from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa

from ops.catalog import Catalog, ResourceErrors, UnknownTable, digests_now, fingerprint, load
from ops.db import Database
from ops.direct import on_statement
from tests.catalog.conftest import catalog_of
from tests.conftest import Databases

ODD = ("we.ird %s", "Odd, Näme. of 100%")


def test_lists_every_kind_of_relation_and_nothing_else(catalog: Catalog) -> None:
    kinds = {table.full_name: table.kind for table in catalog}
    assert kinds["public.events"] == "partitioned"
    assert kinds["public.some_view"] == "view"
    assert kinds["public.some_matview"] == "materialized view"
    assert kinds["public.far_away"] == "foreign table"
    assert kinds["public.animals"] == kinds["public.dogs"] == "table"
    assert not [
        name for name in kinds if "not_this" in name or name.startswith(("ops.", "pg_", "information_"))
    ]
    assert not [name for name in kinds if name.startswith("public.events_")], (
        "partitions are shown as their parent"
    )


def test_no_table_is_unknown_quietly(catalog: Catalog) -> None:
    for ref in ("nothing", "public.nothing", "a.b.c", "", "%FF", "ops.not_this_either"):
        with pytest.raises(UnknownTable):
            catalog.table(ref)


def test_keys(catalog: Catalog) -> None:
    key = {table.full_name: table.key for table in catalog}
    assert key["public.every_type"] == ("id",)
    assert catalog.by_name(*ODD).key == ("id,%", "%(x)s")
    assert key["public.events"] == ("at", "id")
    assert key["public.unique_key"] == ("code",), "the shortest unique NOT NULL index"
    for keyless in (
        "no_key",
        "deferrable_key",
        "json_key",
        "no_columns",
        "some_view",
        "some_matview",
        "far_away",
    ):
        assert key[f"public.{keyless}"] == ()
        assert not catalog.table(keyless).writable
    assert key["public.animals"] == (), "a parent's key is not unique over its children's rows"
    assert key["public.dogs"] == ("id",)
    assert catalog.table("dogs").parents == (("public", "animals"),), "its rows are theirs, too"
    assert catalog.table("animals").parents == catalog.table("events").parents == ()


def test_secret_keys_never_stand_in_addresses(catalog: Catalog) -> None:
    assert catalog.table("sessions").key == ()
    assert catalog.table("sessions").resource.hidden == {"token"}
    assert catalog.table("device_tokens").key == ("number",)


def test_secrets_are_hidden_until_a_resource_names_them(catalog: Catalog) -> None:
    customers = catalog.table("customers")
    assert customers.resource.hidden == {"api_token", "password_hash"}
    assert not customers.resource.hidden.intersection(customers.resource.columns)


def test_foreign_keys_both_ways(catalog: Catalog) -> None:
    links = {(f.columns, f.target_ref, f.on_delete) for f in catalog.table("event_notes").foreign_keys}
    assert links == {
        (("event_at", "event_id"), "events", "no action"),
        (("other_at", "other_id"), "events", "restrict"),
    }
    assert [f.ref for f in catalog.table("events").referenced_by] == ["event_notes", "event_notes"]
    (to_itself,) = catalog.table("customers").foreign_keys
    assert to_itself.role == "parent" and catalog.target(to_itself) is catalog.table("customers")
    assert {f.ref for f in catalog.table("customers").referenced_by} == {
        "customers", "device_tokens", "events", "sessions",
    }  # fmt: skip


def test_what_becomes_of_rows_that_point_at_others(make_database: Databases) -> None:
    """Of two that declare the same link what does most; of a deletion the columns that it empties."""
    database = Database(make_database(), application_name="countersign tests")
    with database.transaction() as tx:
        tx.execute(
            sa.text(
                "CREATE TABLE p (a int, b int, code text UNIQUE, UNIQUE (a, b));"
                "CREATE TABLE c (id int PRIMARY KEY, a int, b int, code text, other text,"
                " CONSTRAINT c_1 FOREIGN KEY (a, b) REFERENCES p (a, b) ON DELETE SET NULL (b) ON UPDATE SET NULL,"
                " CONSTRAINT c_2 FOREIGN KEY (code) REFERENCES p (code) ON UPDATE RESTRICT,"
                " CONSTRAINT c_3 FOREIGN KEY (code) REFERENCES p (code) ON UPDATE CASCADE ON DELETE SET DEFAULT,"
                " CONSTRAINT c_4 FOREIGN KEY (other) REFERENCES p (code))"
            )
        )
    found = {
        f.name: (f.on_delete, f.on_update, f.emptied) for f in catalog_of(database).table("c").foreign_keys
    }
    assert found == {
        "c_1": ("set null", "set null", ("b",)),
        "c_2": ("set default", "cascade", ()),
        "c_4": ("no action", "no action", ()),
    }
    with database.transaction() as tx:
        before = fingerprint(tx, None, own="ops")
        tx.execute(
            sa.text(
                "ALTER TABLE c DROP CONSTRAINT c_4;"
                "ALTER TABLE c ADD CONSTRAINT c_4 FOREIGN KEY (other) REFERENCES p (code) ON UPDATE CASCADE"
            )
        )
        assert fingerprint(tx, None, own="ops") != before
    database.close()


def test_constraints_of_partitions_are_the_parents_once(catalog: Catalog) -> None:
    links = {(f.columns, f.target_ref, f.on_delete) for f in catalog.table("events").foreign_keys}
    assert links == {(("customer_id",), "customers", "set null"), (("backup_id",), "customers", "no action")}
    assert len(catalog.table("events").foreign_keys) == 2


def test_pagila_declares_foreign_keys_on_partitions_only(foreign: Callable[[str], Catalog]) -> None:
    payment = foreign("pagila").table("payment")
    assert {(f.columns, f.target_ref) for f in payment.foreign_keys} == {
        (("customer_id",), "customer"), (("rental_id",), "rental"), (("staff_id",), "staff"),
    }  # fmt: skip
    assert payment.key == ("payment_date", "payment_id")
    assert payment.estimate == 16049, "partitions added up"


def test_estimates(catalog: Catalog) -> None:
    assert catalog.table("customers").estimate == 100
    assert catalog.table("events").estimate == 100, "through partitions of partitions"
    assert catalog.table("no_key").estimate == 0
    assert catalog.table("far_away").estimate == 0, "never analysed is 0, not -1"


def test_indexes(catalog: Catalog) -> None:
    indexes = {index.name: index for index in catalog.table("indexed").indexes}
    mixed = [(c.name, c.descending, c.nulls_first) for c in indexes["indexed_mixed"].columns]
    assert mixed == [("at", True, True), ("id", False, False)], "INCLUDE columns are no key columns"
    nulls = [(c.name, c.descending, c.nulls_first) for c in indexes["indexed_nulls"].columns]
    assert nulls == [("name", True, False), ("at", False, True)]
    assert indexes["indexed_tags"].method == "gin" and indexes["indexed_brin"].method == "brin"
    assert indexes["indexed_pattern"].columns[0].opclass == "text_pattern_ops"
    assert indexes["indexed_partial"].partial and indexes["indexed_partial"].predicate
    assert indexes["indexed_lower"].has_expression
    assert indexes["indexed_lower"].columns[0].expression == "lower(name)"
    assert indexes["indexed_pkey"].unique
    assert "indexed_gone" not in indexes


@pytest.mark.parametrize("column", ["by_pattern", "by_c", "by_default"])
def test_prefix_is_served_as_the_planner_says(nasty: Database, catalog: Catalog, column: str) -> None:
    """Whether the plain index serves LIKE 'x%' depends on the database's collation: the planner knows."""
    (index,) = [i for i in catalog.table("prefixes").indexes if i.columns[0].name == column]
    with nasty.reading() as tx:
        explain = sa.text(f"EXPLAIN SELECT 1 FROM prefixes WHERE {column} LIKE 'abcd%'")
        plan = "\n".join(tx.scalars(explain))
    assert ("Index Cond" in plan) == index.columns[0].prefix, plan


def test_unique_on(catalog: Catalog) -> None:
    table = catalog.table("unique_key")
    assert table.unique_on(["code"]) and table.unique_on(["c", "b"]) and table.unique_on(["code", "a"])
    assert not table.unique_on(["b"]) and not table.unique_on([])
    assert catalog.table("no_key").unique_on(["a"]) and not catalog.table("no_key").unique_on(["b"])


def test_catalog_cannot_be_changed(catalog: Catalog) -> None:
    table = catalog.table("customers")
    with pytest.raises(AttributeError):
        table.label = "Other"  # type: ignore[misc]  # it must fail
    with pytest.raises(TypeError):
        table.columns["x"] = table.columns["id"]  # type: ignore[index]  # it must fail
    with pytest.raises(TypeError):
        catalog.tables["x"] = table  # type: ignore[index]  # it must fail


def test_the_search_path_is_as_it_was_and_types_do_not_depend_on_it(nasty: Database) -> None:
    with nasty.reading() as tx:
        tx.execute(sa.text("""SET LOCAL search_path = "we.ird %s", public"""))
        other = load(tx)
        assert tx.scalar(sa.text("SHOW search_path")) == '"we.ird %s", public'
    usual = catalog_of(nasty)
    for table in usual:
        assert dict(other.by_name(table.schema, table.name).columns) == dict(table.columns)
        assert other.by_name(table.schema, table.name).digest == table.digest


def test_only_chosen_schemas(nasty: Database) -> None:
    only = catalog_of(nasty, schemas=("we.ird %s",))
    assert [(table.schema, table.name) for table in only] == [ODD]
    with pytest.raises(ResourceErrors) as caught:
        catalog_of(nasty, schemas=("pubic", "ops"))
    first, second = caught.value.problems
    assert first.startswith("E100 OPS_SCHEMAS: no schema 'ops'")
    assert second.startswith("E100 OPS_SCHEMAS: no schema 'pubic' in the database; did you mean 'public'?")


def test_only_what_the_role_may_read(nasty: Database) -> None:
    role = f"reader_{os.getpid()}"
    with psycopg.connect(nasty.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role}")
        try:
            connection.execute(f"GRANT SELECT ON customers, unique_key TO {role}")
            connection.execute(f"GRANT UPDATE (name), DELETE ON customers TO {role}")
            connection.execute(f"GRANT SELECT (id, name) ON indexed TO {role}")
            connection.execute(f"GRANT SELECT (a, b) ON no_key TO {role}")
            connection.execute(f"GRANT INSERT ON sessions TO {role}")
            with nasty.reading() as tx:
                tx.execute(sa.text(f"SET LOCAL ROLE {role}"))
                catalog = load(tx)
        finally:
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert set(catalog.tables) == {"customers", "unique_key", "indexed", "no_key"}
    customers = catalog.table("customers")
    assert customers.writable and customers.may_delete and customers.may_update and not customers.may_insert
    assert customers.columns["name"].updatable and not customers.columns["email"].updatable
    assert not catalog.table("unique_key").writable
    assert list(catalog.table("indexed").columns) == ["id", "name"]
    assert {f.ref for f in customers.referenced_by} == {"customers"}


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE shaped ADD COLUMN more int",
        "ALTER TABLE shaped DROP COLUMN a",
        "ALTER TABLE shaped RENAME COLUMN a TO b",
        "ALTER TABLE shaped ALTER COLUMN a TYPE varchar(11)",
        "ALTER TABLE shaped ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE shaped DROP CONSTRAINT shaped_pkey",
        "ALTER TABLE shaped ALTER COLUMN g DROP EXPRESSION",
    ],
)
def test_digest_changes_with_the_shape(ops_url: str, change: str) -> None:
    """P47 a table whose shape changed is noticed before anything is written."""
    database = Database(ops_url, application_name="countersign tests")
    with database.transaction() as tx:
        columns = "id int PRIMARY KEY, a varchar(10), g int GENERATED ALWAYS AS (id) STORED"
        tx.execute(sa.text(f"CREATE TABLE shaped ({columns})"))
    with database.reading() as tx:
        table = load(tx).table("shaped")
        assert digests_now(tx, [table]) == {"shaped": table.digest}
    with database.transaction() as tx:
        tx.execute(sa.text("INSERT INTO shaped (id, a) VALUES (1, 'x'); COMMENT ON TABLE shaped IS 'other'"))
        tx.execute(sa.text("CREATE INDEX ON shaped (a)"))
        assert digests_now(tx, [table]) == {"shaped": table.digest}, "indexes and comments are no shape"
        tx.execute(sa.text(change))
        assert digests_now(tx, [table])["shaped"] != table.digest
        tx.execute(sa.text("DROP TABLE shaped"))
        assert digests_now(tx, [table]) == {}
    database.close()


def test_a_thousand_tables_cost_no_further_statement(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TYPE state AS ENUM ('a', 'b')")
        columns = (
            "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text UNIQUE, name varchar(80) NOT NULL,"
            "state state, amount numeric, at timestamptz DEFAULT now(), note text, data jsonb, tags text[]"
        )
        for start in range(0, 1000, 250):
            connection.execute(
                "".join(
                    f"CREATE TABLE t{n} ({columns}, up_id bigint{f' REFERENCES t{n - 1}' if n else ''});"
                    f"CREATE INDEX ON t{n} (at DESC, id);"
                    for n in range(start, start + 250)
                )
            )
    database = Database(database_url, application_name="countersign tests")
    sent: list[str] = []
    on_statement(database.engine, sent.append)
    with database.reading() as tx:
        sent.clear()
        catalog = load(tx)
    assert len(catalog.tables) == 1000 and len(catalog.table("t500").foreign_keys) == 1
    assert len(sent) <= 9, "the number of questions does not grow with the number of tables"
    database.close()

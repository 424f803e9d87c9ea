"""The demo's own resources: the catalog accepts every option, and every table of the company is shaped."""

from __future__ import annotations

from demo import load
from ops.catalog import load as load_catalog
from ops.catalog.resource import resources_from
from ops.db import Database


def test_the_catalog_accepts_every_resource_and_each_list_has_a_served_order(database_url: str) -> None:
    load(database_url, orders=20, say=lambda _line: None)
    database = Database(database_url, application_name="countersign tests")
    try:
        with database.reading() as tx:
            catalog = load_catalog(tx, schemas=("shop",), resources=resources_from("demo.resources"))
    finally:
        database.close()
    assert {table.group for table in catalog.tables.values()} == {"Sales", "Stock", "Finance", "Service"}
    for table in catalog.tables.values():
        order = table.resource.order
        if order is None or (order.removeprefix("-"),) == table.key:
            continue
        wanted = (order.removeprefix("-"), *table.key)
        served = [tuple(column.name for column in index.columns) for index in table.indexes]
        # The key of a partitioned table holds the partition's column too: it need not come twice.
        assert any(set(columns) == set(wanted) and columns[0] == wanted[0] for columns in served), table.ref


def test_one_column_is_hidden_one_masked_and_one_row_condition_declared() -> None:
    customers = next(r for r in resources_from("demo.resources") if r.table == "shop.customers")
    assert tuple(customers.hidden) == ("internal_risk_score",)
    assert dict(customers.masked) == {"iban": "manager"}
    assert customers.rows == {"operator": "country <> 'IS'"}


def test_p14_who_does_not_see_a_customer_does_not_meet_them_in_a_view() -> None:
    """P14: a row condition holds for its own table; a view that names the same people needs it said again."""
    shaped = resources_from("demo.resources")
    naming = [r for r in shaped if r.table == "shop.customers" or "customer_name" in (r.columns or ())]
    assert [r.table for r in naming] == ["shop.customers", "shop.open_orders"]
    assert all("operator" in r.rows for r in naming)

"""Columns a Resource computes: read like any other, under the same rights, and never written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ops import exports, policy, records
from ops.actor import Actor
from ops.catalog import Catalog, Resource
from ops.db import Database
from ops.policy import Masked, NotVisible
from ops.records import ListQuery
from ops.roles import BUILT_IN, Role, TableRule
from ops.roles.book import bound
from tests.catalog.conftest import catalog_of

CONFIRMED = "SELECT sum(o.total) FROM shop.orders o WHERE o.customer_id = customers.id"


class Customers(Resource):
    table = "shop.customers"
    columns = ("number", "name", "spent", "risky")
    hidden = ("internal_risk_score",)
    computed = {"spent": CONFIRMED, "risky": "internal_risk_score > 0.5", "secret": "'s'"}
    masked = {"secret": "finance"}
    formats = {"spent": "money"}


@pytest.fixture(scope="module")
def demo(make_module_database: Callable[..., str]) -> Iterator[Database]:
    database = Database(make_module_database("shop"), application_name="countersign tests")
    yield database
    database.close()


@pytest.fixture(scope="module")
def catalog(demo: Database) -> Catalog:
    return catalog_of(demo, resources=[Customers])


def ann(*rules: TableRule) -> Actor:
    book = bound("x", [Role("clerk", "Clerk")], rules, None) if rules else BUILT_IN
    return Actor(1, "Ann", frozenset({"clerk" if rules else "operator"}), book=book)


def rule(**options: Any) -> TableRule:
    return TableRule("clerk", "shop", "customers", frozenset({"see", "edit", "export"}), **options)


def test_a_list_shows_them_and_a_small_table_can_be_sorted_by_one(demo: Database, catalog: Catalog) -> None:
    seen = policy.view(ann(), catalog.table("shop.customers"), catalog)
    with demo.reading() as tx:
        page = records.page(tx, seen, ListQuery(columns=("number", "spent", "risky"), sort="-spent"), size=25)
        again = ListQuery(columns=("number", "spent"), sort="-spent", cursor=page.next)
        second = records.page(tx, seen, again, size=25)
    spent = [row.cells["spent"].value for row in (*page.rows, *second.rows)]
    with demo.reading() as tx:
        wanted = (
            tx.connection()
            .exec_driver_sql(
                "SELECT c.number, (SELECT sum(total) FROM shop.orders o WHERE o.customer_id = c.id)::text "
                "FROM shop.customers c ORDER BY 2::numeric DESC NULLS FIRST".replace(
                    "2::numeric", "(SELECT sum(total) FROM shop.orders o WHERE o.customer_id = c.id)"
                )
            )
            .all()
        )
    by_number = {row[0]: row[1] for row in wanted}
    assert all(by_number[row.cells["number"].text] == row.cells["spent"].value for row in page.rows)
    assert sorted(spent, key=lambda text: (text is None, float(text or 0)), reverse=True) == spent
    assert {row.cells["risky"].value for row in page.rows} <= {"true", "false", None}


def test_a_record_shows_them_where_asked_and_a_form_never(demo: Database, catalog: Catalog) -> None:
    seen = policy.view(ann(), catalog.table("shop.customers"), catalog)
    with demo.reading() as tx:
        key = records.page(tx, seen, ListQuery(columns=("number",)), size=1).rows[0].key or ""
        assert set(records.one(tx, seen, key, computed=True).values) - set(records.one(tx, seen, key).values) == {
            "spent", "risky", "secret",
        }  # fmt: skip
    assert not seen.settable("edit") & {"spent", "risky"} and not seen.settable("create") & {"spent"}
    assert [one.name for one in seen.shown if one.column.expression] == ["spent", "risky", "secret"]
    assert "spent" not in {one.name for one in seen.columns}


def test_roles_hide_and_mask_them_like_any_column(demo: Database, catalog: Catalog) -> None:
    table = catalog.table("shop.customers")
    seen = policy.view(ann(rule(hidden=frozenset({"risky"}), masked={"spent": "full"})), table, catalog)
    with pytest.raises(NotVisible):
        seen.text("risky")
    with pytest.raises(Masked):
        seen.raw("spent")
    with pytest.raises(Masked):
        seen.raw("secret")
    with demo.reading() as tx:
        rows = records.page(tx, seen, ListQuery(columns=("number", "spent", "secret")), size=5).rows
    assert {row.cells["secret"].text for row in rows} == {"••••"}
    assert {row.cells["spent"].text for row in rows} <= {"••••", ""}


def test_row_conditions_hold_for_them_and_aliases_do_not_move_them(demo: Database, catalog: Catalog) -> None:
    seen = policy.view(ann(rule(rows="country = 'NO'")), catalog.table("shop.customers"), catalog).alias("x")
    with demo.reading() as tx:
        found = tx.execute(seen.select(seen.text("number"), seen.text("spent"), seen.text("country"))).all()
        plain = tx.connection().exec_driver_sql(
            "SELECT c.number, (SELECT sum(total) FROM shop.orders o WHERE o.customer_id = c.id)::text, c.country::text "
            "FROM shop.customers c WHERE country = 'NO'"
        )
        assert sorted(map(tuple, found)) == sorted(map(tuple, plain)) and found


def test_a_file_has_them_and_masks_what_is_masked(demo: Database, catalog: Catalog) -> None:
    seen = policy.view(
        replace(ann(), roles=frozenset({"operator", "finance"})), catalog.table("shop.customers"), catalog
    )
    exported = seen.for_export()
    said = exports.columns.columns_of(exported)
    assert {"spent", "risky"} <= set(said.plain) and said.masked == ("secret",)
    with demo.reading() as tx:
        row = tx.execute(records.statement(exported, ListQuery(columns=())).limit(1)).one()
    assert row.secret == "••••" and "spent" in row._fields

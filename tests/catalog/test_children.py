"""Which rows stand in a record's form: what a Resource says, checked against what refers to the table."""

from __future__ import annotations

from ops.db import Database
from tests.catalog.test_shaping import demo, problems, shaped

__all__ = ["demo"]


def test_children_are_the_references_that_were_named(demo: Database) -> None:
    table = shaped(demo, table="shop.products", children=("shop.stock_levels",))
    assert [one.partition("/")[0] for one in table.resource.children or ()] == ["shop.stock_levels"]
    assert shaped(demo, table="shop.products", children=()).resource.children == ()
    assert shaped(demo, table="shop.products").resource.children is None


def test_e126_a_child_that_does_not_refer_to_the_table(demo: Database) -> None:
    (said,) = problems(demo, children=("shop.warehouses",))
    assert said.startswith("E126 Things.children: no table 'shop.warehouses' refers to this one; these do: ")
    assert "shop.order_lines" in said

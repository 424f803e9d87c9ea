"""Databases nobody here wrote, and the demo: every table lists, sorts, filters, searches and opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.actor import Actor
from ops.catalog import load, resources_from
from ops.conditions import Filter, filter_problem
from ops.db import Database
from ops.policy import view
from ops.records import from_query_string, one, page, related, statement, titles

BO = Actor(2, "Bo", frozenset({"manager"}))
DEMO = Path(__file__).parents[2] / "demo" / "resources.py"


@pytest.mark.parametrize("name", ["shop", "northwind", "pagila"])
def test_every_table_lists_opens_and_exports(make_database, name):
    """P45, P14: nothing in a company's tables stops a page."""
    database = Database(make_database(name), application_name="countersign tests", pool_size=2)
    with database.reading() as tx:
        catalog = load(tx, resources=resources_from(str(DEMO)) if name == "shop" else ())
        for table in catalog:
            it = view(BO, table, catalog)
            first = page(tx, it, from_query_string(it, ""), size=7)
            for column, served in first.sortable.items():
                for sign in ("", "-"):
                    if served:
                        found = page(tx, it, from_query_string(it, [("sort", sign + column)]), size=7)
                        assert len(found.rows) == len(first.rows) and found.sort == sign + column
                        for link in (found.next, found.last):
                            if link:
                                args = [("sort", sign + column), tuple(link.split("=", 1))]
                                assert page(tx, it, from_query_string(it, args), size=7).rows
            if first.rows:
                everything(tx, catalog, it, first)
            if any("never filled" in note for note in first.notes):
                continue  # pagila's dump leaves materialized views empty
            exported = tx.execute(statement(it, from_query_string(it, "")).limit(3)).all()
            assert len(exported) == len(first.rows[:3])
    database.close()


def everything(tx, catalog, it, first):
    row = first.rows[-1]
    for column, cell in row.cells.items():
        if cell.null or cell.cut or not cell.text:
            continue
        for op in ("is", "contains"):
            if (
                filter_problem(Filter(column, op, cell.text), it.column(column).column) is None
                and not cell.masked
            ):
                found = page(
                    tx, it, from_query_string(it, [(f"f.{column.replace('.', '%2E')}.{op}", cell.text)])
                )
                assert found.rows, (it.table.ref, column, op, cell.text)
        page(tx, it, from_query_string(it, [("q", cell.text[:50])]))
    if row.key is not None:
        record = one(tx, it, row.key)
        assert record.key == row.key
        related(tx, catalog, BO, it, record)
        assert row.key in titles(tx, catalog, BO, {it.table.ref: {row.key}})[it.table.ref]

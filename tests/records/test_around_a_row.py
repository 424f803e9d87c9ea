"""What stands around one row of a large table reads few blocks: neighbours, related rows, what deleting does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog
from ops.db import Database
from ops.policy import view
from ops.records import consequences, from_query_string, neighbours, one, page, related
from ops.records.facts import facts_of, forget

House = tuple[Database, Catalog]


def blocks(tx: Session, work: Callable[[], object]) -> int:
    """The most blocks any statement of `work` touches, by running each under EXPLAIN."""
    most, busy = 0, False
    engine = tx.get_bind()

    def explain(conn, cursor, statement, parameters, context, executemany):
        nonlocal most, busy
        if busy or not statement.lstrip().upper().startswith(("SELECT", "WITH", "(")):
            return
        busy = True
        plan = conn.exec_driver_sql(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters
        ).scalar_one()
        busy = False
        top = plan[0]["Plan"]
        most = max(most, top["Shared Hit Blocks"] + top["Shared Read Blocks"])

    sa.event.listen(engine, "before_cursor_execute", explain)
    try:
        work()
    finally:
        sa.event.remove(engine, "before_cursor_execute", explain)
    assert most
    return most


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sort=-placed_at",
        "f.status.is=held&sort=-placed_at",
        "f.customer_id.is=17",
        "f.note.contains=9",
        "q=SO-0001",
    ],
)
def test_neighbours_in_a_large_list(large: House, manager: Actor, text: str) -> None:
    """P45: at most 2,000 blocks a statement, and the rows are those beside it in the list."""
    database, catalog = large
    forget()
    with database.reading() as tx:
        orders = view(manager, catalog.by_name("public", "orders"), catalog)
        facts_of(tx, orders)
        query = from_query_string(orders, text)
        rows = page(tx, orders, query).rows
        record = one(tx, orders, rows[20].key or "", computed=True)
        found = neighbours(tx, orders, query, record)
        assert (found.previous, found.next) == (rows[19].key, rows[21].key)
        assert blocks(tx, lambda: neighbours(tx, orders, query, record)) <= 2000


def test_what_points_at_a_row_and_what_deleting_it_does(large: House, manager: Actor) -> None:
    """P45: a customer with a thousand orders."""
    database, catalog = large
    with database.reading() as tx:
        customers = view(manager, catalog.by_name("public", "customer"), catalog)
        record = one(tx, customers, "~17", computed=True)
        assert blocks(tx, lambda: related(tx, catalog, manager, customers, record)) <= 2000
        assert blocks(tx, lambda: consequences(tx, catalog, manager, customers, record)) <= 2000
        assert related(tx, catalog, manager, customers, record)[0].count.rows == 1000

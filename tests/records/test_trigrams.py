"""With pg_trgm and an index of it, a large table is searched inside its texts. Debian's PostgreSQL has it."""

from __future__ import annotations

import psycopg
import pytest

from ops.actor import Actor
from ops.catalog import load
from ops.policy import view
from ops.records import from_query_string, page
from tests.records.conftest import Customers, Orders, build


def test_a_trigram_index_lets_a_large_table_be_searched_inside(make_database, manager: Actor) -> None:
    database, _ = build(make_database(), 60_000)
    with psycopg.connect(database.url, autocommit=True) as connection:
        known = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
        if not connection.execute(known).fetchone():
            database.close()
            pytest.skip("this PostgreSQL comes without pg_trgm; CI's second stage runs on one that has it")
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE INDEX ON orders USING gin (note gin_trgm_ops)")
        connection.execute("ANALYZE orders")
    with database.reading() as tx:
        catalog = load(tx, schemas=("public",), resources=[Customers, Orders])
        seen = view(manager, catalog.table("orders"), catalog)
        found = page(tx, seen, from_query_string(seen, "q=TE+5974"))
        assert sorted(row.cells["note"].text for row in found.rows) == sorted(
            f"note {n}" for n in (5974, *range(59740, 59750)) if n % 5
        )
        assert not any("gin_trgm_ops" in note for note in found.notes)
        found = page(tx, seen, from_query_string(seen, "f.note.contains=e+5974"))
        assert found.count.rows == 9 and not found.notes
    database.close()

"""Making the demo: the same rows from the same seed, and never over something that is not the demo."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime

import psycopg
import pytest

from demo import DemoError, Sizes, load

UNTIL = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
# One digest of everything in a table, whatever order the rows lie in.
DIGEST = """
    select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from shop.{table} t
"""


def quiet(_line: str) -> None:
    """Takes what the loader says."""


def tables(url: str) -> list[str]:
    """The tables and materialized views of the demo, partitions left to their parent."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select quote_ident(relname) from pg_class where relnamespace = 'shop'::regnamespace"
            " and relkind in ('r', 'p', 'm') and not relispartition order by 1"
        ).fetchall()
    return [row[0] for row in rows]


def digests(url: str) -> dict[str, tuple[int, int]]:
    """Rows and contents of every table."""
    with psycopg.connect(url) as connection:
        connection.execute("set timezone = 'UTC'")
        found = {}
        for table in tables(url):
            row = connection.execute(DIGEST.format(table=table).encode()).fetchone()
            assert row is not None
            found[table] = (row[0], int(row[1]))
        return found


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(database_url: str) -> None:
    load(database_url, orders=700, seed=3, until=UNTIL, say=quiet)
    first = digests(database_url)
    load(database_url, orders=700, seed=3, until=UNTIL, say=quiet, drop=True)
    assert digests(database_url) == first
    load(database_url, orders=700, seed=4, until=UNTIL, say=quiet, drop=True)
    other = digests(database_url)
    assert other["customers"][0] == first["customers"][0]
    same = {table for table in first if first[table] == other[table]}
    assert same <= {"product_categories", "warehouses"}


def test_a_demo_that_is_there_is_kept_unless_dropping_is_allowed(database_url: str) -> None:
    load(database_url, orders=20, until=UNTIL, say=quiet)
    before = digests(database_url)
    with pytest.raises(DemoError, match="already in database"):
        load(database_url, orders=30, until=UNTIL, say=quiet)
    assert digests(database_url) == before


def test_a_company_s_own_schema_of_that_name_is_never_dropped(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("create schema shop")
        connection.execute("create table shop.ours as select 1 as id")
        with pytest.raises(DemoError, match="not the demo"):
            load(database_url, orders=20, drop=True, say=quiet)
        assert connection.execute("select count(*) from shop.ours").fetchone() == (1,)


@pytest.mark.skipif("OPS_TEST_PGBOUNCER" in os.environ, reason="the pooler lets in only roles it knows")
def test_a_role_that_may_not_create_schemas_is_told_what_to_ask_for(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        name = "demo_visitor_" + connection.info.dbname
        connection.execute(
            psycopg.sql.SQL("create role {} login password 'visitor'").format(psycopg.sql.Identifier(name))
        )
        try:
            visitor = psycopg.conninfo.make_conninfo(database_url, user=name, password="visitor")
            with pytest.raises(DemoError, match="GRANT CREATE ON DATABASE"):
                load(visitor, orders=20, say=quiet)
            connection.execute(
                psycopg.sql.SQL("grant create on database {} to {}").format(
                    psycopg.sql.Identifier(connection.info.dbname), psycopg.sql.Identifier(name)
                )
            )
            load(visitor, orders=20, say=quiet)
        finally:
            connection.execute(
                psycopg.sql.SQL("drop owned by {} cascade").format(psycopg.sql.Identifier(name))
            )
            connection.execute(psycopg.sql.SQL("drop role {}").format(psycopg.sql.Identifier(name)))


@pytest.mark.parametrize("orders", [0, -1, 100_000_001])
def test_sizes_out_of_range_are_refused_before_anything_is_touched(database_url: str, orders: int) -> None:
    with pytest.raises(DemoError, match="number of orders"):
        load(database_url, orders=orders, say=quiet)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select to_regnamespace('shop')").fetchone() == (None,)


def test_one_order_is_enough(database_url: str) -> None:
    load(database_url, orders=1, say=quiet)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select number from shop.orders").fetchall() == [("SO-000001",)]


def test_two_loaders_at_once_leave_one_whole_demo(database_url: str) -> None:
    outcomes: list[str] = []

    def run() -> None:
        try:
            load(database_url, orders=200, say=quiet)
            outcomes.append("made")
        except (DemoError, psycopg.Error) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["DemoError", "made"]
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from shop.orders").fetchone() == (200,)


def test_ten_million_orders_stay_on_a_small_disk() -> None:
    sizes = Sizes.of(10_000_000)
    assert (sizes.customers, sizes.products, sizes.recent, sizes.lines_extra) == (
        500_000,
        30_000,
        1_000_000,
        1,
    )
    assert sizes.number_width == 8
    assert Sizes.of(5000).customers == 250

"""ops.migrate: from nothing to head, twice without harm, never over a foreign schema, and away again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from ops import migrate
from ops.db import Database


def test_up_twice_and_away_again(database_url: str) -> None:
    assert migrate.upgrade(database_url) == migrate.upgrade(database_url) == migrate.head()
    assert migrate.uninstall(database_url)
    assert not migrate.uninstall(database_url)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT to_regnamespace('ops')").fetchone() == (None,)


def test_a_foreign_schema_of_our_name_is_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ops; CREATE TABLE ops.theirs (a int)")
    with pytest.raises(migrate.NotOurs):
        migrate.upgrade(database_url)
    with pytest.raises(migrate.NotOurs):
        migrate.uninstall(database_url)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT to_regclass('ops.theirs')").fetchone() != (None,)


def test_several_at_once_migrate_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(migrate.upgrade, [database_url] * 4)) == {migrate.head()}


def test_nothing_outside_our_schema_is_touched_p43(make_database: object) -> None:
    """P43: own schema; no DDL on company tables."""
    url = make_database()  # type: ignore[operator]  # a fixture's callable
    shape = (
        "SELECT coalesce(string_agg(n.nspname || '.' || c.relname || c.relkind::text, ',' ORDER BY 1), '') "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname NOT IN ('ops', 'pg_catalog', 'information_schema', 'pg_toast')"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE theirs (a int primary key)")
        before = connection.execute(shape).fetchone()
        migrate.upgrade(url)
        assert connection.execute(shape).fetchone() == before


def test_the_current_revision_is_readable(db: Database) -> None:
    with db.reading() as tx:
        assert migrate.current(tx.connection()) == migrate.head()

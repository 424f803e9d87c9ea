"""ops.migrate: from nothing to head, twice without harm, never over a foreign schema, and away again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import LiteralString

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from ops import migrate
from ops.db import Database
from ops.share import folder


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


def test_a_database_of_the_first_release_comes_along_with_its_rows(database_url: str) -> None:
    """People, sessions, roles nobody describes and changes under review are there afterwards, and count as before."""
    _first_release(database_url)
    migrate.upgrade(database_url)
    with psycopg.connect(database_url) as connection:

        def all_of(text: LiteralString) -> list[tuple[object, ...]]:
            return connection.execute(text).fetchall()

        held = all_of("SELECT person_id, role, origin FROM ops.held_role ORDER BY 1, 2")
        assert held == [(1, "finance", "hand"), (1, "owner", "setting"), (2, "manager", "provider")]
        periods = all_of("SELECT person_id, role FROM ops.role_period WHERE until IS NULL ORDER BY 1, 2")
        assert periods == [(1, "finance"), (1, "owner"), (2, "manager"), (3, "operator"), (4, "manager")]
        assert all_of("SELECT person_id FROM ops.off_period WHERE until IS NULL") == [(3,)]
        assert all_of("SELECT disabled_by FROM ops.person WHERE id = 3") == [("hand",)]
        # Who they are is still known; that they proved it lately is not.
        assert all_of("SELECT person_id, auth_time FROM ops.session") == [(1, None)]
        assert all_of(
            "SELECT s.role, s.lapses_at, c.state FROM ops.stage s JOIN ops.change_set c ON c.id = s.change_id"
        ) == [("manager", None, "in_review")]
        assert all_of("SELECT length(mask_key) FROM ops.installation") == [(32,)]
        # A role that nobody described can still be taken away, and none of its kind be given anew.
        connection.execute("DELETE FROM ops.person_role WHERE role = 'finance'")
        with pytest.raises(psycopg.errors.RaiseException):
            connection.execute(
                "INSERT INTO ops.person_role (person_id, role, origin) VALUES (1, 'finance', 'hand')"
            )


def _first_release(url: str) -> None:
    """The schema as the first release made it, with rows in it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ops")
    engine = sa.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=sa.NullPool
    )
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """
            INSERT INTO ops.person (id, iss, sub, name, signed_in_at, disabled_at) VALUES
                (1, 'i', 'a', 'A', now(), NULL), (2, 'i', 'b', 'B', now(), NULL),
                (3, 'i', 'c', 'C', now(), now()), (4, 'i', 'd', 'D', now() - interval '8 days', NULL);
            INSERT INTO ops.person_role VALUES (1, 'owner', 'setting'), (1, 'finance', 'hand'),
                (2, 'manager', 'provider'), (3, 'operator', 'hand'), (4, 'manager', 'provider');
            INSERT INTO ops.group_role VALUES ('i', 'g', 'finance');
            INSERT INTO ops.session (id, person_id, iss, expires_at)
                VALUES ('\\x01', 1, 'i', now() + interval '1 hour');
            INSERT INTO ops.change_set (id, title, source, state, digest, proposer_id)
                VALUES (1, 't', 'form', 'in_review', 'd', 1);
            INSERT INTO ops.change_party VALUES (1, 1, 'maker', 'proposer'), (1, 2, 'decider', 'approver');
            INSERT INTO ops.stage VALUES (1, 1, 1, 'manager', 2, '{}');
            INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest)
                VALUES (1, 1, 2, 1, 'approve', 'd');
            INSERT INTO ops.export_run (person_id, schema_name, table_name, query, format)
                VALUES (1, 's', 't', '{}', 'csv')
            """
        )

"""Brings the schema `ops` from any earlier commit to this one, and takes it away again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ops.db import Database
from ops.share import folder

if TYPE_CHECKING:
    # Read where it is used: every process knows this room for its words, few of them migrate.
    from alembic.config import Config

_LOCK = 0x6F70735F  # one migration at a time; a transaction-level advisory lock works through PgBouncer


class NotOurs(Exception):
    """A schema named `ops` is there that Countersign did not make; nothing was touched."""


def upgrade(url: str, application: str | None = None) -> str:
    """Run every missing migration in one transaction and return the revision reached.

    `application` is the address the application itself works by, where that is another than the owner's: its
    role then gets what it needs, and of the trail only INSERT and SELECT (level A, P37), each time anew. Raises
    NotOurs where a foreign schema has our name.
    """
    from alembic import command

    role = None if application in (None, url) else role_of(str(application))
    with _connection(url) as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _claim_schema(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if role is not None and role != connection.scalar(sa.text("SELECT current_user")):
            connection.execute(sa.text("SELECT ops.grant_application(CAST(:role AS name))"), {"role": role})
        return head()


def role_of(url: str) -> str:
    """The role PostgreSQL knows the holder of this address by; asked, for a pooler may choose it."""
    with _connection(url) as connection:
        return str(connection.scalar(sa.text("SELECT current_user")))


def current(connection: sa.Connection) -> str | None:
    """The revision of the database, or None where nothing of ours is there. Raises NotOurs."""
    if connection.scalar(sa.text("SELECT to_regnamespace('ops')")) is None:
        return None
    if connection.scalar(sa.text("SELECT to_regclass('ops.installation')")) is None:
        raise NotOurs(
            "the database has a schema named ops that is not Countersign's; nothing was touched. "
            "Rename that schema, or point Countersign at another database"
        )
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection, opts={"version_table_schema": "ops"}).get_current_revision()


@cache
def head() -> str:
    """The newest revision this version knows: that of the files which were there when the process first asked."""
    from alembic.script import ScriptDirectory

    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("this installation has no migrations; install it again")
    return revision


def uninstall(url: str) -> bool:
    """Drop the schema `ops` and everything in it; False where there was none. Raises NotOurs."""
    with _connection(url) as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if current(connection) is None:
            return False
        connection.execute(sa.text("DROP SCHEMA ops CASCADE"))
        return True


def _claim_schema(connection: sa.Connection) -> None:
    if current(connection) is None:
        connection.execute(sa.text("CREATE SCHEMA ops"))
        connection.execute(sa.text("COMMENT ON SCHEMA ops IS 'Countersign'"))


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    return config


@contextmanager
def _connection(url: str) -> Iterator[sa.Connection]:
    # Migrations run on a plain engine: Alembic wants to see the transaction it works in.
    database = Database(url, application_name="countersign migrate", pool_size=1)
    engine = sa.create_engine("postgresql+psycopg://", creator=database.connect, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("BEGIN"))
            try:
                yield connection
                connection.execute(sa.text("COMMIT"))
            except BaseException:
                connection.execute(sa.text("ROLLBACK"))
                raise
    finally:
        engine.dispose()
        database.close()

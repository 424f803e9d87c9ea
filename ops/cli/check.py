"""`ops check`: what is right and wrong with a set-up, each finding with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
import redis
import sqlalchemy as sa

from ops import migrate
from ops.audit.protection import protection_level
from ops.catalog import ResourceErrors
from ops.cli.personal import unmasked
from ops.cli.scim_silence import silence
from ops.db import Database, libpq_url
from ops.identity.provider import ProviderClient
from ops.platform import build
from ops.settings import Settings, SettingsError

OLDEST_POSTGRES = 15
OLDEST_REDIS = (6, 2)
CLOCK_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the list: `right`, `note` (works, but know this) or `wrong` (must be put right)."""

    mark: Literal["right", "note", "wrong"]
    text: str


def right(text: str) -> Finding:
    """It is as it should be."""
    return Finding("right", text)


def note(text: str) -> Finding:
    """It works, and yet the reader should know."""
    return Finding("note", text)


def wrong(text: str) -> Finding:
    """It must be put right."""
    return Finding("wrong", text)


def findings(settings: Settings) -> Iterator[Finding]:
    """Look at everything in turn; never raises for what is wrong with the surroundings."""
    for warning in settings.warnings:
        yield note(f"{warning}; most often a slip of the pen")
    yield right(f"The settings can be read; this is {settings.env}.")
    yield from _keys(settings)
    yield from _database(settings)
    yield from _redis(settings)
    yield from _sign_in(settings)
    yield from _catalog(settings)


def _keys(settings: Settings) -> Iterator[Finding]:
    if settings.secret_key:
        yield right("OPS_SECRET_KEY is set.")
    else:
        yield note(f"OPS_SECRET_KEY is not set: a key is made once and kept in {settings.home}/secret-key.")
    if settings.encryption_key:
        yield right("OPS_ENCRYPTION_KEY is set.")
    else:
        yield note(
            f"OPS_ENCRYPTION_KEY is not set: one is kept in {settings.home}/encryption-key; back it up."
        )
    if settings.secret_key_previous or settings.encryption_key_previous:
        yield note("Earlier keys still count; take them away after `ops keys rotate`.")


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is None:
        yield wrong("OPS_DATABASE_URL is not set, and no `ops up` runs on this OPS_HOME.")
        return
    try:
        connection = psycopg.connect(
            libpq_url(settings.database_url), autocommit=True, connect_timeout=5, prepare_threshold=None,
            application_name="countersign command",
        )  # fmt: skip
    except psycopg.OperationalError as error:
        yield wrong(f"The database cannot be reached: {str(error).strip().partition(chr(10))[0]}")
        return
    with connection:
        yield from _server(connection)
        yield from _schema(settings)
        if not _may_look(connection):
            yield wrong(_NO_RIGHTS.format(role=connection.info.user))
        elif connection.execute("SELECT to_regclass('ops.event')").fetchone() != (None,):
            yield from _rights(settings, connection)
            yield from _clock(connection)
            yield from map(note, silence(connection))


def _may_look(connection: psycopg.Connection[Any]) -> bool:
    """Whether the role may look into the schema ops; true where there is none yet."""
    question = "SELECT has_schema_privilege(n.oid, 'USAGE') FROM pg_namespace n WHERE n.nspname = 'ops'"
    row = connection.execute(question).fetchone()
    return row is None or bool(row[0])


def _server(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    number = connection.info.server_version
    text = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    if number // 10_000 < OLDEST_POSTGRES:
        yield wrong(f"{text}: Countersign needs {OLDEST_POSTGRES} or later.")
    else:
        yield right(f"{text} answers.")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in ("UTF8", None):
        yield note(f"The database is encoded as {encoding}: letters it does not have cannot be saved.")
    if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
        yield wrong(
            "This server is a standby: it cannot be written to. Name the primary in OPS_DATABASE_URL."
        )
    if not connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchone():
        yield note("The extension pg_trgm is not there: search works, and is slower on large tables.")


def _schema(settings: Settings) -> Iterator[Finding]:
    database = Database(
        settings.migration_url or settings.database_url or "", application_name="countersign command"
    )
    try:
        with database.reading() as tx:
            found, newest = migrate.current(tx.connection()), migrate.head()
    except migrate.NotOurs as error:
        yield wrong(str(error))
        return
    except Exception as error:
        yield wrong(f"The schema ops cannot be looked at as OPS_MIGRATION_URL: {type(error).__name__}.")
        return
    finally:
        database.close()
    if found is None:
        yield wrong("The schema ops is not there yet. Run: ops migrate")
    elif found != newest:
        yield wrong(f"The schema ops is at revision {found}, this version needs {newest}. Run: ops migrate")
    else:
        yield right(f"The schema ops is ours and at revision {newest}.")


_ROLE = """
    SELECT current_user, r.rolsuper, r.rolbypassrls,
           has_table_privilege('ops.event', 'INSERT') AND has_table_privilege('ops.event', 'SELECT')
    FROM pg_roles r WHERE r.rolname = current_user
"""


def _rights(settings: Settings, connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    row = connection.execute(_ROLE).fetchone()
    assert row is not None
    role, superuser, bypasses, may_write = row
    if superuser or bypasses:
        yield note(
            f"The role {role} is {'superuser' if superuser else 'above row security'}: give it least rights."
        )
    if not may_write:
        yield wrong(_NO_RIGHTS.format(role=role))
        return
    database = Database(settings.database_url or "", application_name="countersign command", pool_size=1)
    try:
        with database.reading() as tx:
            found = protection_level(tx)
    finally:
        database.close()
    if found.level == "A":
        yield right(f"The trail is protected by level A: the role {role} may only append to it and read it.")
        return
    because = " and ".join(_BECAUSE[one] for one in found.because)
    text = (
        f"The trail is protected by level B: the role {role} {because}, so triggers stop accidents and injection, "
        "not the role's holder."
    )
    if settings.migration_url and settings.migration_url != settings.database_url:
        yield wrong(
            f"{text} Run `ops migrate` again, and let no role of the application be the owner's member."
        )
    else:
        yield note(f"{text} Level A needs a second role: docs/running.md.")


_NO_RIGHTS = (
    "The role {role} may not read and append to the trail. Set OPS_MIGRATION_URL to the owner's address beside "
    "OPS_DATABASE_URL and run: ops migrate"
)
_BECAUSE = {
    "owns": "owns it", "update": "may update it", "delete": "may delete from it", "truncate": "may empty it",
}  # fmt: skip


def _clock(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    row = connection.execute(
        "SELECT extract(epoch FROM now() - until)::int FROM ops.lease WHERE name = 'clock'"
    ).fetchone()
    if row is None:
        yield note("No clock has run yet: exports and notices wait until `ops clock` runs.")
    elif row[0] > CLOCK_SECONDS:
        yield wrong(f"The clock was last seen {row[0] // 60} minutes ago. Start: ops clock")
    else:
        yield right("A clock runs." if row[0] <= 0 else "A clock ran a moment ago.")


def _redis(settings: Settings) -> Iterator[Finding]:
    if settings.redis_url is None:
        yield wrong("OPS_REDIS_URL is not set, and no `ops up` runs on this OPS_HOME.")
        return
    client = redis.Redis.from_url(
        settings.redis_url, socket_timeout=3, socket_connect_timeout=3, retry=None, decode_responses=True
    )
    try:
        server: Any = client.info("server")
        policy = ""
        with suppress(redis.ResponseError):  # hosted ones often refuse CONFIG; their INFO still tells
            memory: Any = client.info("memory")
            policy = str(memory.get("maxmemory_policy", ""))
    except (redis.RedisError, OSError) as error:
        yield wrong(f"Redis cannot be used ({type(error).__name__}); work waits in PostgreSQL until it can.")
        return
    finally:
        client.close()
    text = str(server.get("redis_version", "0"))
    parts = tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())
    if parts < OLDEST_REDIS:
        yield wrong(f"Redis {text}: Countersign needs 6.2 or later.")
    else:
        yield right(f"Redis {text} answers.")
    if policy not in ("", "noeviction"):
        yield note(
            f"Redis evicts keys ({policy}): a ring may get lost, and the clock rings again. Best: noeviction."
        )


def _sign_in(settings: Settings) -> Iterator[Finding]:
    if not settings.oidc:
        yield note("OPS_OIDC_ISSUER is not set: `ops up` runs the demo sign-in, where anyone is anyone.")
    for provider in settings.oidc:
        try:
            found = ProviderClient(provider, f"{settings.public_url}/auth/callback").metadata()
        except Exception as error:
            yield wrong(f"The provider {provider.issuer} cannot be used: {error}")
        else:
            yield right(f"The provider {found.get('issuer', provider.issuer)} answers.")
            if found.get("backchannel_logout_supported") is not True:
                yield note(
                    f"{provider.name} announces no back-channel logout: a sign-out there ends nothing here."
                )
    if settings.break_glass:
        yield note(
            "OPS_BREAK_GLASS is on: break-glass accounts can sign in. Take it away when the day is over."
        )


def _catalog(settings: Settings) -> Iterator[Finding]:
    if not settings.database_url or not settings.redis_url:
        return  # told already
    try:
        platform = build(settings, "command")
    except ResourceErrors as error:
        for problem in error.problems:
            yield wrong(problem)
        return
    except SettingsError as error:
        for problem in error.problems:
            yield wrong(problem)
        return
    except (sa.exc.SQLAlchemyError, Exception) as error:
        yield wrong(f"The tables cannot be read: {error}")
        return
    tables = list(platform.catalog)
    writable = sum(table.writable for table in tables)
    try:
        personal = unmasked(platform)
    except sa.exc.SQLAlchemyError:
        personal = None  # no schema ops yet: told above
    platform.close()
    if not tables:
        yield wrong(
            "This role may read no table in these schemas: grant it USAGE and SELECT, or see OPS_SCHEMAS."
        )
    else:
        yield right(f"{len(tables)} tables and views can be read, {writable} of them written.")
    keyless = [
        table.full_name for table in tables if not table.key and table.kind in ("table", "partitioned")
    ]
    if keyless:
        more = f" and {len(keyless) - 5} more" if len(keyless) > 5 else ""
        yield note(f"No key, so read-only: {', '.join(keyless[:5])}{more}.")
    if personal:
        yield note(personal)
